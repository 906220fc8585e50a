use super::*;
use crate::bins::runtime::Runtime;
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};

const ALL: [&Rules; 4] = [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12];

/// The result of `.bin/NAME` by each rule set: `link TARGET`, `script` or `nothing`, with `x` if the file becomes
/// executable.
fn linked(name: &str, package: &str, target: Target, symlinks: bool) -> [String; 4] {
    let command =
        BinCommand { name: name.to_owned(), path: "cli.js".to_owned(), target, runtime: Runtime::default() };
    let bins = PackageBins { name: "p".to_owned(), version: "1.0.0".to_owned(), commands: vec![command] };
    ALL.map(|rules| {
        let node_path = NodePath { rule: rules.bins.node_path, root: "/app", hoisted: None };
        let linker = Linker { rules, symlinks, node_path };
        let (location, real) = (package.to_owned(), package.to_owned());
        let source =
            BinSource { location, real, bins: &bins, rank: Rank::Direct, only_present: false, patched: None };
        let linked = linker.link("node_modules/.bin", &[source]);
        let node = match linked.nodes.get(&format!("node_modules/.bin/{name}")) {
            Some(Node::Symlink(target)) => format!("link {target}"),
            Some(Node::File { .. }) => "script".to_owned(),
            Some(Node::Directory) | None => "nothing".to_owned(),
        };
        format!("{node}{}", if linked.executables.is_empty() { "" } else { " x" })
    })
}

const PACKAGE: &str = "node_modules/.pnpm/p@1.0.0/node_modules/p";

fn file(carriage_return: bool, executable: bool) -> Target {
    Target::File { carriage_return, executable }
}

#[test]
fn files_of_the_workspace_stay_as_they_are_by_newer_rules() {
    assert_eq!(linked("c", "lib", file(false, false), false), ["script x", "script x", "script", "script"]);
    assert_eq!(linked("c", PACKAGE, file(false, false), false), ["script x"; 4]);
}

#[test]
fn a_command_without_a_file_has_a_script_by_newer_rules() {
    assert_eq!(linked("c", PACKAGE, Target::Missing, false), ["nothing", "nothing", "script", "script"]);
}

#[test]
fn the_command_node_is_an_absolute_link_by_newer_rules() {
    let link = format!("link /app/{PACKAGE}/cli.js x");
    let [nine, ten, eleven, twelve] = linked("node", PACKAGE, file(false, true), false);
    assert_eq!([nine, ten], ["script x", "script x"]);
    assert_eq!([eleven, twelve], [link.clone(), link]);
}

#[test]
fn what_may_be_a_link_in_place_of_a_script() {
    let of_workspace = |carriage_return, executable| {
        linked("c", "lib", file(carriage_return, executable), true).map(|node| node.starts_with("link "))
    };
    assert_eq!(of_workspace(false, true), [true; 4]);
    assert_eq!(of_workspace(false, false), [true, true, false, false]);
    let damaged = linked("c", PACKAGE, file(true, true), true).map(|node| node.starts_with("link "));
    assert_eq!(damaged, [true, true, true, false]);
}
