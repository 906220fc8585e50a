//! Times the plan of one service: `plan ROOT SERVICE`. Prints milliseconds for reading, checking and walking, best of ten.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fourply_platform::Libc;
use fourply_pnpm::{Include, Lockfile, Target, Workspace, check_fresh, closure};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let root = PathBuf::from(arguments.next().ok_or("plan ROOT SERVICE")?);
    let service = arguments.next().unwrap_or_else(|| ".".to_owned());
    let text = std::fs::read_to_string(root.join("pnpm-lock.yaml"))?;
    let node = Some("22.12.0".parse()?);
    let target = Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Glibc, node };
    let mut best = [Duration::MAX; 4];
    let mut packages = 0;
    for _ in 0..10 {
        let start = Instant::now();
        Lockfile::parse(&text)?;
        let parsed = start.elapsed();
        let workspace = Workspace::read(&root, None)?;
        let read = start.elapsed() - parsed;
        check_fresh(&workspace)?;
        let checked = start.elapsed() - parsed - read;
        let id = workspace.importer(&service)?;
        packages = closure(&workspace, &[id], Include::Production, &target)?.packages.len();
        let walked = start.elapsed() - parsed - read - checked;
        for (best, time) in best.iter_mut().zip([parsed, read, checked, walked]) {
            *best = time.min(*best);
        }
    }
    let [parsed, read, checked, walked] = best.map(|time| time.as_secs_f64() * 1_000.0);
    println!(
        "{} bytes, {packages} packages: parse {parsed:.1} ms; read {read:.1}, check {checked:.1}, closure {walked:.1}",
        text.len()
    );
    Ok(())
}
