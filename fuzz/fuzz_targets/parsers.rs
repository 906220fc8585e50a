//! One of the readers of `fourply_testing::parsers`, which `FOURPLY_FUZZ` names; without it, the first byte chooses.
#![no_main]

use std::sync::OnceLock;

use fourply_testing::parsers::{Target, targets};
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

fuzz_target!(|bytes: &[u8]| {
    match CHOSEN.get_or_init(choose) {
        (_, Some(target)) => target(bytes),
        (all, None) => {
            if let Some((first, bytes)) = bytes.split_first() {
                all[usize::from(*first) % all.len()].1(bytes);
            }
        }
    }
});
