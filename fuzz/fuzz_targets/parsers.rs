//! One of the readers of `fourply_testing::parsers`, which `FOURPLY_FUZZ` names; without it, the first byte chooses. With `FOURPLY_FUZZ_SEEDS` it
//! leaves their seeds in the folders of that one, by the names of the readers, and ends.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use fourply_testing::parsers::{Target, seeds, targets};
use libfuzzer_sys::fuzz_target;

static CHOSEN: OnceLock<(Vec<(&str, Target)>, Option<Target>)> = OnceLock::new();

fn choose() -> (Vec<(&'static str, Target)>, Option<Target>) {
    let all = targets();
    let name = std::env::var("FOURPLY_FUZZ").ok();
    let named = name.map(|name| {
        let found = all.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("there is no target {name}")).1
    });
    (all, named)
}

fn leave_seeds(folder: &Path) {
    for (name, _) in targets() {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        for (number, seed) in seeds(name).iter().enumerate() {
            std::fs::write(folder.join(name).join(format!("seed-{number}")), seed).unwrap();
        }
    }
}

fn begin() {
    if let Some(folder) = std::env::var_os("FOURPLY_FUZZ_SEEDS") {
        leave_seeds(Path::new(&folder));
        std::process::exit(0);
    }
}

fuzz_target!(init: begin(), |bytes: &[u8]| {
    match CHOSEN.get_or_init(choose) {
        (_, Some(target)) => target(bytes),
        (all, None) => {
            if let Some((first, bytes)) = bytes.split_first() {
                all[usize::from(*first) % all.len()].1(bytes);
            }
        }
    }
});
