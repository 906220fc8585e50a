#![allow(clippy::unwrap_used)]

use super::*;
use crate::bins::commands::{BinCommand, Target};
use crate::bins::runtime::Runtime;

const FILE: Target = Target::File { carriage_return: false, executable: true };

fn offers(commands: &[(&str, Target)]) -> Arc<PackOffers> {
    let commands = commands.iter().map(|(name, target)| BinCommand {
        name: (*name).to_owned(),
        path: format!("{name}.js"),
        target: *target,
        runtime: Runtime::default(),
    });
    let own = PackageBins { name: "p".to_owned(), version: "1.0.0".to_owned(), commands: commands.collect() };
    Arc::new(PackOffers { own: Some(own), bundled: Vec::new(), requires_build: false })
}

fn commands(offers: &Offers) -> Vec<(&str, Target)> {
    let own = offers.packs.values().flat_map(|offers| &offers.own);
    own.flat_map(|bins| &bins.commands).map(|command| (command.name.as_str(), command.target)).collect()
}

/// The behaviour of pnpm was observed in 9.15.9, 10.34.9, 11.28.11 and 12.21.0: a patch deletes the file of a command,
/// and one of `directories.bin`.
#[test]
fn commands_are_linked_before_a_patch_deletes_their_files() {
    let package = DepPath::new("p@1.0.0(patch_hash=x)");
    let before = offers(&[("named", FILE), ("listed", FILE)]);
    let patched = offers(&[("named", Target::Missing)]);
    let all = Offers {
        packs: BTreeMap::from([(package.clone(), patched)]),
        unpatched: BTreeMap::from([(package, before)]),
        ..Offers::default()
    };
    let seen = |missing| all.before_patches(missing);
    assert_eq!(commands(&seen(MissingTarget::LeftOut)), [("named", FILE), ("listed", FILE)]);
    assert_eq!(commands(&seen(MissingTarget::Linked)), [("named", Target::Missing), ("listed", FILE)]);
    assert_eq!(commands(&all.with_files_before_patches()), [("named", FILE)]);
    assert_eq!(commands(&all), [("named", Target::Missing)]);
}
