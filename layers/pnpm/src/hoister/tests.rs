#![allow(clippy::unwrap_used)]

use super::*;
use crate::closure::testing::{target, workspace};
use crate::rules::{PNPM_8, PNPM_9, PNPM_11, PNPM_12};
use crate::{HoistingLimits, ImporterId, Include, NodeLinker, Rules, closure};

/// A lockfile: importers with their dependencies, packages with theirs, as `alias version` and `name@version`.
fn locked(importers: &[(&str, &[&str])], packages: &[(&str, &[&str])]) -> Workspace {
    let (mut text, mut snapshots) = ("lockfileVersion: '9.0'\nimporters:\n".to_owned(), String::new());
    for (folder, needs) in importers {
        text += &format!("  {folder}:\n    dependencies:\n");
        for need in *needs {
            let (alias, version) = need.split_once(' ').unwrap();
            text += &format!("      {alias}: {{specifier: '*', version: {version}}}\n");
        }
    }
    text += "packages:\n";
    for (key, needs) in packages {
        let base = key.split('(').next().unwrap();
        if !text.contains(&format!("\n  {base}:\n")) {
            text += &format!("  {base}:\n    resolution: {{integrity: sha512-AA==}}\n");
        }
        snapshots += &format!("  {key}:\n    dependencies:\n");
        for need in *needs {
            snapshots += &format!("      {}\n", need.replace(' ', ": "));
        }
        if needs.is_empty() {
            snapshots += "      {}\n";
        }
    }
    let mut workspace = workspace(&format!("{text}snapshots:\n{snapshots}"));
    workspace.settings.node_linker = NodeLinker::Hoisted;
    workspace
}

/// The location of each package, for the importer `a`.
fn placed(workspace: &mut Workspace, rules: &'static Rules) -> Vec<String> {
    workspace.rules = rules;
    let a = ImporterId::new("a").unwrap();
    let closure = closure(workspace, &[a], Include::Production, &target()).unwrap();
    let place = |place: Place| format!("{}: {} {}", place.importer, place.path.join("/"), place.package);
    let mut all: Vec<String> = places(workspace, &closure).unwrap().into_iter().map(place).collect();
    all.sort();
    all
}

#[test]
fn the_version_that_most_depend_on_goes_to_the_top() {
    let importers: &[(&str, &[&str])] = &[(".", &["p 1.0.0", "q 1.0.0", "r 1.0.0"]), ("a", &["x 1.0.0"])];
    let packages: &[(&str, &[&str])] = &[
        ("p@1.0.0", &["x 1.0.0"]),
        ("q@1.0.0", &["x 2.0.0"]),
        ("r@1.0.0", &["x 2.0.0"]),
        ("x@1.0.0", &[]),
        ("x@2.0.0", &[]),
    ];
    let expected =
        [".: p p@1.0.0", ".: p/x x@1.0.0", ".: q q@1.0.0", ".: r r@1.0.0", ".: x x@2.0.0", "a: x x@1.0.0"];
    for rules in [&PNPM_8, &PNPM_9, &PNPM_11] {
        let mut workspace = locked(importers, packages);
        let found = placed(&mut workspace, rules);
        // Among versions with equally many dependents, the first met wins.
        assert_eq!(found.len(), 6, "{rules}: {found:?}");
        assert!(found == expected || found.contains(&".: x x@1.0.0".to_owned()), "{rules}: {found:?}");
    }
}

#[test]
fn variants_by_peers_are_one_package() {
    let mut workspace = locked(
        &[(".", &["h 1.0.0", "p 1.0.0(h@1.0.0)"]), ("a", &["h 2.0.0", "p 1.0.0(h@2.0.0)"])],
        &[
            ("h@1.0.0", &[]),
            ("h@2.0.0", &[]),
            ("p@1.0.0(h@1.0.0)", &["h 1.0.0"]),
            ("p@1.0.0(h@2.0.0)", &["h 2.0.0"]),
        ],
    );
    let found = placed(&mut workspace, &PNPM_9);
    assert!(
        found
            .iter()
            .filter(|place| place.contains(" p@1.0.0"))
            .all(|place| place.ends_with("p@1.0.0(h@1.0.0)"))
    );
    assert!(found.contains(&"a: h h@2.0.0".to_owned()), "{found:?}");
}

#[test]
fn other_importers_take_part_only_by_the_rules_that_say_so() {
    let importers: &[(&str, &[&str])] = &[(".", &["q 1.0.0"]), ("a", &["x 1.0.0"]), ("b", &["y 1.0.0"])];
    let packages: &[(&str, &[&str])] = &[("q@1.0.0", &[]), ("x@1.0.0", &[]), ("y@1.0.0", &[])];
    let has_y = |rules| placed(&mut locked(importers, packages), rules).contains(&".: y y@1.0.0".to_owned());
    assert!(has_y(&PNPM_9));
    assert!(!has_y(&PNPM_11));
}

#[test]
fn limits_keep_packages_below_importers() {
    let mut workspace = locked(
        &[(".", &["q 1.0.0"]), ("a", &["x 1.0.0"])],
        &[("q@1.0.0", &[]), ("x@1.0.0", &["y 1.0.0"]), ("y@1.0.0", &[])],
    );
    assert_eq!(placed(&mut workspace, &PNPM_11), [".: q q@1.0.0", ".: x x@1.0.0", ".: y y@1.0.0"]);
    workspace.settings.hoisting.limits = HoistingLimits::Workspaces;
    assert_eq!(placed(&mut workspace, &PNPM_11), [".: q q@1.0.0", "a: x x@1.0.0", "a: y y@1.0.0"]);
    workspace.settings.hoisting.limits = HoistingLimits::Dependencies;
    assert_eq!(placed(&mut workspace, &PNPM_11), [".: q q@1.0.0", "a: x x@1.0.0", "a: x/y y@1.0.0"]);
}

/// The walk reaches `x` below `z` of the root, but only `a` limits it.
#[test]
fn a_limit_of_one_dependent_counts_below_all_but_in_earlier_versions() {
    let mut workspace = locked(
        &[(".", &["z 1.0.0"]), ("a", &["x 1.0.0"])],
        &[("x@1.0.0", &["y 1.0.0"]), ("y@1.0.0", &[]), ("z@1.0.0", &["x 1.0.0"])],
    );
    workspace.settings.hoisting.limits = HoistingLimits::Dependencies;
    let any = ["a: x x@1.0.0", "a: x/y y@1.0.0"];
    let found = placed(&mut workspace, &PNPM_11);
    assert!(any.iter().all(|place| found.contains(&(*place).to_owned())), "{found:?}");
    assert!(found.contains(&".: z/x/y y@1.0.0".to_owned()), "{found:?}");
    let first = placed(&mut workspace, Rules::of_name("11.18.0").unwrap());
    assert!(first.contains(&"a: y y@1.0.0".to_owned()), "{first:?}");
    assert!(first.contains(&".: z/y y@1.0.0".to_owned()), "{first:?}");
    let each = placed(&mut workspace, &PNPM_12);
    assert!(each.contains(&"a: x/y y@1.0.0".to_owned()), "{each:?}");
    assert!(each.contains(&".: z/y y@1.0.0".to_owned()), "{each:?}");
}

#[test]
fn packages_that_lie_in_one_another_too_deeply_are_refused() {
    let names: Vec<(String, String)> = (1..400)
        .map(|n| {
            (format!("{}@{}.0.0", ["x", "y"][n % 2], n), format!("{} {}.0.0", ["x", "y"][(n + 1) % 2], n + 1))
        })
        .chain([("x@400.0.0".to_owned(), String::new())])
        .collect();
    let needs: Vec<Vec<&str>> = names
        .iter()
        .map(|(_, need)| if need.is_empty() { Vec::new() } else { vec![need.as_str()] })
        .collect();
    let packages: Vec<(&str, &[&str])> =
        names.iter().zip(&needs).map(|((key, _), needs)| (key.as_str(), needs.as_slice())).collect();
    let mut workspace = locked(&[(".", &["y 1.0.0"]), ("a", &["y 1.0.0"])], &packages);
    workspace.rules = &PNPM_9;
    let a = ImporterId::new("a").unwrap();
    let closure = closure(&workspace, &[a], Include::Production, &target()).unwrap();
    assert!(matches!(places(&workspace, &closure), Err(LayoutError::TooEntangled)));
}
