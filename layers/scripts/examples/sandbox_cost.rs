//! The cost of the sandbox: the time of an empty script at each level, the median of many. In: how many, 40 by default.
//! Out: milliseconds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fourply_scripts::process::{Shell, run};
use fourply_scripts::sandbox::{Level, Room, Sandbox, Strictness, View, enter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let entered = enter();
    let count = std::env::args().nth(1).map_or(Ok(40), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let root = folder.path().canonicalize()?;
    let view = View { write: vec![root.clone()], home: root.clone(), tmp: root.clone(), ..View::default() };
    let began = Instant::now();
    let strongest = Sandbox::new(entered, Strictness::Auto, Vec::<PathBuf>::new()).strength().level;
    println!("to find out how strong it is: {:.1} ms", milliseconds(began.elapsed()));
    for level in Level::ALL.into_iter().filter(|level| *level <= strongest) {
        let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new()).at_most(level);
        if sandbox.strength().level == level {
            println!("{level}: {:.1} ms a script", milliseconds(median(&sandbox, &view, &root, count)?));
        }
    }
    Ok(())
}

fn median(
    sandbox: &Sandbox,
    view: &View,
    folder: &Path,
    count: usize,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let environment = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".into())]);
    let room = Some(Room { sandbox, view, network: None });
    let shell = Shell { text: ":", folder, environment: &environment, room };
    let mut times = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        run(&shell, &|| false, &mut |_| ())?;
        times.push(began.elapsed());
    }
    times.sort();
    Ok(times.get(count / 2).copied().unwrap_or_default())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
