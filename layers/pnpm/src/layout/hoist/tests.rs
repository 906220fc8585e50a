#![allow(clippy::unwrap_used)]

use super::*;
use crate::closure::testing::{target, with_manifest, workspace};
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use crate::{Include, Rules, closure};

const ALL: [&Rules; 4] = [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12];

/// What each rule set hoists for `svc`, as `alias`, or `+alias` in the root's node_modules.
fn hoisted(workspace: &mut Workspace) -> [String; 4] {
    let svc = ImporterId::new("svc").unwrap();
    ALL.map(|rules| {
        workspace.rules = rules;
        let closure = closure(workspace, std::slice::from_ref(&svc), Include::Production, &target()).unwrap();
        let names = &rules.layout.dir_name;
        let locations = Locations::new(&closure, names, "node_modules/.pnpm", "node_modules", 120).unwrap();
        let found = hoist(workspace, &closure, &locations, &rules.hoist);
        let mut aliases: Vec<String> = found
            .iter()
            .map(|hoisted| format!("{}{}", if hoisted.public { "+" } else { "" }, hoisted.alias))
            .collect();
        aliases.sort();
        aliases.join(" ")
    })
}

fn locked(importers: &str, packages: &[(&str, &str, &str)]) -> String {
    let mut text = format!("lockfileVersion: '9.0'\nimporters:\n{importers}packages:\n");
    for (key, demands, _) in packages {
        text.push_str(&format!("  {key}:\n    resolution: {{integrity: sha512-AA==}}\n{demands}"));
    }
    text.push_str("snapshots:\n");
    for (key, _, needs) in packages {
        let body = if needs.is_empty() { " {}".to_owned() } else { format!("\n{needs}") };
        text.push_str(&format!("  {key}:{body}\n"));
    }
    text
}

fn needs(folder: &str, list: &str, alias: &str, version: &str) -> String {
    format!("  {folder}:\n    {list}:\n      {alias}: {{specifier: '*', version: {version}}}\n")
}

#[test]
fn without_a_package_some_rules_hoist_what_the_workspace_has() {
    let linked = needs("svc", "dependencies", "lib", "link:../lib") + "  lib: {}\n  .: {}\n";
    let mut both = workspace(&format!("lockfileVersion: '9.0'\nimporters:\n{linked}"));
    let mut bare = workspace("lockfileVersion: '9.0'\nimporters:\n  svc: {}\n  lib: {}\n  .: {}\n");
    for workspace in [&mut both, &mut bare] {
        with_manifest(workspace, "lib", r#"{"name": "lib"}"#);
    }
    assert_eq!(hoisted(&mut both), ["lib", "", "lib", "lib"]);
    assert_eq!(hoisted(&mut bare), ["", "", "lib", "lib"]);
}

#[test]
fn an_alias_of_the_root_in_upper_case_hides_something_only_by_newer_rules() {
    let importers = needs(".", "dependencies", "UP", "1.0.0") + &needs("svc", "dependencies", "a", "1.0.0");
    let packages =
        [("UP@1.0.0", "", ""), ("a@1.0.0", "", "    dependencies:\n      up: 2.0.0\n"), ("up@2.0.0", "", "")];
    let mut workspace = workspace(&locked(&importers, &packages));
    assert_eq!(hoisted(&mut workspace), ["UP a", "UP a", "a", "a"]);
}

#[test]
fn what_the_root_has_for_development_hides_something_only_by_the_oldest_rules() {
    let importers = needs(".", "devDependencies", "b", "1.0.0") + &needs("svc", "dependencies", "a", "1.0.0");
    let packages = [("a@1.0.0", "", "    dependencies:\n      b: 1.0.0\n"), ("b@1.0.0", "", "")];
    let mut workspace = workspace(&locked(&importers, &packages));
    assert_eq!(hoisted(&mut workspace), ["a", "a b", "a b", "a b"]);
}

#[test]
fn a_skipped_dependency_takes_its_alias_only_by_the_oldest_rules() {
    let importers = needs("svc", "dependencies", "a", "1.0.0") + "  .: {}\n";
    let packages = [
        ("a@1.0.0", "", "    dependencies:\n      z: 1.0.0\n    optionalDependencies:\n      m: 1.0.0\n"),
        ("m@1.0.0", "    os: [darwin]\n", "    optional: true\n"),
        ("m@2.0.0", "", ""),
        ("z@1.0.0", "", "    dependencies:\n      m: 2.0.0\n"),
    ];
    let mut workspace = workspace(&locked(&importers, &packages));
    assert_eq!(hoisted(&mut workspace), ["a z", "a m z", "a m z", "a m z"]);
}

#[test]
fn which_packages_of_the_workspace_are_hoisted() {
    let importers = needs("svc", "dependencies", "a", "1.0.0")
        + &needs("other", "dependencies", "taken", "1.0.0")
        + "  lib: {}\n  late: {}\n  .: {}\n";
    let packages = [("a@1.0.0", "", ""), ("taken@1.0.0", "", "")];
    let mut workspace = workspace(&locked(&importers, &packages));
    with_manifest(&mut workspace, "lib", r#"{"name": "lib"}"#);
    with_manifest(&mut workspace, "late", r#"{"name": "taken"}"#);
    assert_eq!(hoisted(&mut workspace), ["a lib taken", "a", "a lib", "a lib taken"]);
    workspace.settings.resolution.dedupe_peer_dependents = false;
    assert_eq!(hoisted(&mut workspace)[0], "a");
}

#[test]
fn what_an_importer_without_links_depends_on_is_hoisted_all_the_same() {
    let importers = needs(".", "dependencies", "lib", "link:lib")
        + &needs("svc", "dependencies", "a", "1.0.0")
        + &needs("lib", "dependencies", "b", "1.0.0");
    let mut workspace = workspace(&locked(&importers, &[("a@1.0.0", "", ""), ("b@1.0.0", "", "")]));
    workspace.settings.resolution.dedupe_peer_dependents = false;
    assert_eq!(hoisted(&mut workspace)[0], "a b");
}

#[test]
fn a_link_of_the_root_hides_the_workspace_package_only_by_older_rules() {
    let importers = needs(".", "dependencies", "lib", "link:lib")
        + &needs("svc", "dependencies", "a", "1.0.0")
        + "  lib: {}\n";
    let mut workspace = workspace(&locked(&importers, &[("a@1.0.0", "", "")]));
    with_manifest(&mut workspace, "lib", r#"{"name": "lib"}"#);
    assert_eq!(hoisted(&mut workspace), ["a", "a", "a lib", "a lib"]);
}
