//! The rules of the walk, one at a time.

use proptest::prelude::*;

use crate::closure::testing::{target, with_manifest, workspace};
use crate::rules::{PNPM_8, PNPM_9, PNPM_10, PNPM_11, PNPM_12, PnpmVersion, Rules};
use crate::{Closure, Dependency, ImporterId, Include, PnpmError, Workspace, closure, image_closure};

/// A lockfile of these importers and packages; a package is `name: [demands | needs…]`.
fn lockfile(importers: &str, packages: &[(&str, &str, &str)]) -> String {
    let mut text = format!("lockfileVersion: '9.0'\nimporters:\n{importers}packages:\n");
    for (key, demands, _) in packages {
        let base = key.split('(').next().unwrap();
        if !text.contains(&format!("  {base}:\n    resolution")) {
            text.push_str(&format!("  {base}:\n    resolution: {{integrity: sha512-AA==}}\n{demands}"));
        }
    }
    text.push_str("snapshots:\n");
    for (key, _, body) in packages {
        text.push_str(&format!(
            "  {key}:{}\n",
            if body.is_empty() { " {}".to_owned() } else { format!("\n{body}") }
        ));
    }
    text
}

/// `dependencies` of an importer, `alias@reference`, as YAML.
fn importer(folder: &str, list: &str, entries: &[&str]) -> String {
    let mut text = format!("  {folder}:\n    {list}:\n");
    for entry in entries {
        let (alias, reference) = entry.split_once('=').unwrap();
        text.push_str(&format!("      {alias}:\n        specifier: '*'\n        version: {reference}\n"));
    }
    text
}

fn id(folder: &str) -> ImporterId {
    ImporterId::new(folder).unwrap()
}

fn production(workspace: &Workspace, folder: &str) -> Result<Closure, PnpmError> {
    closure(workspace, &[id(folder)], Include::Production, &target())
}

fn names(closure: &Closure) -> Vec<&str> {
    closure.packages.keys().map(crate::DepPath::as_str).collect()
}

fn folders(closure: &Closure) -> Vec<&str> {
    closure.importers.iter().map(ImporterId::as_str).collect()
}

#[test]
fn links_are_followed_in_the_order_of_package_json_and_the_root_comes_last() {
    let importers = importer(".", "dependencies", &["root-dep=1.0.0"])
        + &importer("svc", "dependencies", &["a=link:../a", "b=link:../b"])
        + &importer("a", "dependencies", &["b=link:../b"])
        + "  b: {}\n  other: {}\n";
    let mut workspace = workspace(&lockfile(&importers, &[("root-dep@1.0.0", "", "")]));
    assert_eq!(folders(&production(&workspace, "svc").unwrap()), ["svc", "a", "b", "."]);
    with_manifest(&mut workspace, "svc", r#"{"dependencies": {"b": "workspace:*", "a": "workspace:*"}}"#);
    assert_eq!(folders(&production(&workspace, "svc").unwrap()), ["svc", "b", "a", "."]);
    workspace.rules = &PNPM_12;
    let closure = production(&workspace, "svc").unwrap();
    assert_eq!(folders(&closure), [".", "a", "b", "svc"]);
    assert_eq!(names(&closure), ["root-dep@1.0.0"]);
    assert_eq!(closure.direct[&id("svc")][0], ("a".to_owned(), Dependency::Link(id("a"))));
}

#[test]
fn a_folder_that_only_the_root_links_to_gets_links_of_its_own_unless_pnpm_reads_selected_packages_alone() {
    let importers = importer(".", "dependencies", &["plain=link:plain"])
        + &importer("svc", "dependencies", &["x=1.0.0"])
        + &importer("plain", "dependencies", &["y=1.0.0", "zeta=link:../zeta"])
        + &importer("zeta", "dependencies", &["z=1.0.0"]);
    let packages = [("x@1.0.0", "", ""), ("y@1.0.0", "", ""), ("z@1.0.0", "", "")];
    let mut workspace = workspace(&lockfile(&importers, &packages));
    for rules in [&PNPM_8, &PNPM_9, &PNPM_10, &PNPM_11] {
        workspace.rules = rules;
        for dedupe in [true, false] {
            workspace.settings.resolution.dedupe_peer_dependents = dedupe;
            let found = production(&workspace, "svc").unwrap();
            assert_eq!(names(&found), ["x@1.0.0", "y@1.0.0"], "{rules}");
            // As in real 8.15.9, 9.14.2, 10.34.9 and 11.28.11.
            let linked = dedupe || rules.major() > 9;
            assert_eq!(found.importers.contains(&id("plain")), linked, "{rules}");
            assert_eq!(found.unlinked.contains_key(&id("plain")), !linked, "{rules}");
            let build = closure(&workspace, &[id("svc")], Include::All, &target()).unwrap();
            assert!(build.importers.contains(&id("plain")), "{rules}");
            let image = image_closure(&workspace, &id("svc"), &target()).unwrap();
            assert!(image.direct.contains_key(&id("zeta")) && image.unlinked.is_empty(), "{rules}");
        }
    }
}

#[test]
fn development_counts_only_for_the_build() {
    let importers = importer("svc", "devDependencies", &["tool=link:../tool", "jest=1.0.0"])
        + &importer("tool", "devDependencies", &["x=1.0.0"]);
    let workspace = workspace(&lockfile(&importers, &[("jest@1.0.0", "", ""), ("x@1.0.0", "", "")]));
    let closure_of = |include| closure(&workspace, &[id("svc")], include, &target()).unwrap();
    assert!(names(&closure_of(Include::Production)).is_empty());
    assert_eq!(folders(&closure_of(Include::Production)), ["svc"]);
    assert_eq!(names(&closure_of(Include::All)), ["jest@1.0.0", "x@1.0.0"]);
    assert_eq!(folders(&closure_of(Include::All)), ["svc", "tool"]);
}

/// As in real 10.34.9, 11.27.1, 11.28.11, 12.6.0 and 12.21.0 (valibot with typescript).
#[test]
fn an_optional_peer_that_development_provides_is_no_part_of_production() {
    let needs = |list: &str| format!("    {list}:\n      peer: 1.0.0\n");
    let optional = "    peerDependencies: {peer: '*'}\n    peerDependenciesMeta: {peer: {optional: true}}\n";
    let required = "    peerDependencies: {peer: '*'}\n";
    let found = |more: &str, demands: &str, rules: &'static Rules| {
        let importers = importer("svc", "dependencies", &["x=1.0.0(peer@1.0.0)"])
            + &importer("svc", "devDependencies", &["peer=1.0.0"]).replace("  svc:\n", "")
            + more;
        let x = needs("optionalDependencies");
        let packages = [("x@1.0.0(peer@1.0.0)", demands, &*x), ("peer@1.0.0", "", "")];
        let mut workspace = workspace(&lockfile(&importers, &packages));
        workspace.rules = rules;
        let build = closure(&workspace, &[id("svc")], Include::All, &target()).unwrap();
        assert_eq!(build.packages.len(), 2);
        let found = production(&workspace, "svc").unwrap();
        let x = found.packages.iter().find(|(path, _)| path.name() == "x").unwrap().1;
        assert_eq!(x.children.is_empty(), found.packages.len() == 1);
        found.packages.len()
    };
    let version = |version: &str| Rules::of_version(PnpmVersion::parse(version).unwrap());
    for (name, count) in
        [("10.34.9", 2), ("11.27.1", 2), ("11.28.0", 1), ("12.6.0", 2), ("12.7.0", 1), ("12.21.0", 1)]
    {
        assert_eq!(found("", optional, version(name)), count, "{name}");
    }
    assert_eq!(found("", required, &PNPM_12), 2);
    // The peer that another package must bring, because nothing provides it there.
    let without = importer("other", "dependencies", &["x=1.0.0(peer@1.0.0)"]);
    assert_eq!(found(&without, optional, &PNPM_12), 2);
    // The root's development dependencies provide peers everywhere.
    let root = importer(".", "devDependencies", &["peer=1.0.0"]);
    assert_eq!(found(&(without + &root), optional, &PNPM_12), 1);
}

#[test]
fn circles_of_importers_and_packages_end() {
    let importers = importer("svc", "dependencies", &["a=link:../a", "x=1.0.0"])
        + &importer("a", "dependencies", &["svc=link:../svc"]);
    let packages = [
        ("x@1.0.0", "", "    dependencies:\n      y: 1.0.0\n      x: 1.0.0"),
        ("y@1.0.0", "", "    dependencies:\n      x: 1.0.0"),
    ];
    let closure = production(&workspace(&lockfile(&importers, &packages)), "svc").unwrap();
    assert_eq!((folders(&closure), names(&closure)), (vec!["svc", "a"], vec!["x@1.0.0", "y@1.0.0"]));
}

#[test]
fn an_optional_package_of_another_platform_goes_with_what_only_it_needs() {
    let darwin = "    os: [darwin]\n";
    let importers = importer("svc", "dependencies", &["p=1.0.0", "keeps=1.0.0"]);
    let packages = [
        ("p@1.0.0", "", "    optionalDependencies:\n      mac: 1.0.0"),
        (
            "mac@1.0.0",
            darwin,
            "    dependencies:\n      only: 1.0.0\n      shared: 1.0.0\n    optional: true",
        ),
        ("only@1.0.0", "", "    optional: true"),
        ("shared@1.0.0", "", "    optional: true"),
        ("keeps@1.0.0", "", "    dependencies:\n      shared: 1.0.0"),
    ];
    for rules in [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12] {
        let mut workspace = workspace(&lockfile(&importers, &packages));
        workspace.rules = rules;
        let closure = production(&workspace, "svc").unwrap();
        assert_eq!(names(&closure), ["keeps@1.0.0", "p@1.0.0", "shared@1.0.0"]);
        assert_eq!(closure.skipped["mac@1.0.0"], "its os is darwin, the image's linux");
        assert_eq!(closure.skipped["only@1.0.0"], "only mac@1.0.0 needs it, and that package is left out");
        assert!(closure.packages["p@1.0.0"].children.is_empty());
    }
}

#[test]
fn what_is_not_optional_stays_and_is_told() {
    let importers = importer("svc", "dependencies", &["x=1.0.0"]);
    let mut workspace = workspace(&lockfile(&importers, &[("x@1.0.0", "    engines: {node: '>=99'}\n", "")]));
    let closure = production(&workspace, "svc").unwrap();
    assert_eq!(closure.mismatched["x@1.0.0"], "it needs node >=99, the image has 20.20.2");
    assert_eq!(names(&closure), ["x@1.0.0"]);
    workspace.settings.platforms.node_version = Some("99.0.0".to_owned());
    assert!(production(&workspace, "svc").unwrap().mismatched.is_empty());
    workspace.settings.platforms.node_version = None;
    workspace.settings.platforms.engine_strict = true;
    assert!(matches!(production(&workspace, "svc").unwrap_err(), PnpmError::Unsupported { .. }));
}

#[test]
fn pnpm_11_asks_the_edge_and_its_forerunners_the_package() {
    let importers = importer("svc", "optionalDependencies", &["p=1.0.0"]);
    let packages = [
        ("p@1.0.0", "", "    dependencies:\n      mac: 1.0.0\n    optional: true"),
        ("mac@1.0.0", "    os: [darwin]\n", "    optional: true"),
    ];
    for (rules, expected) in [(&PNPM_10, vec!["p@1.0.0"]), (&PNPM_11, vec!["mac@1.0.0", "p@1.0.0"])] {
        let mut workspace = workspace(&lockfile(&importers, &packages));
        workspace.rules = rules;
        assert_eq!(names(&production(&workspace, "svc").unwrap()), expected, "{rules}");
    }
}

#[test]
fn what_another_importer_requires_is_optional_to_pnpm_11_where_only_an_optional_edge_leads_there() {
    let importers = importer("svc", "optionalDependencies", &["mac=1.0.0"]);
    for (rules, kept) in [(&PNPM_9, 1), (&PNPM_10, 1), (&PNPM_11, 0), (&PNPM_12, 0)] {
        let mut workspace = workspace(&lockfile(&importers, &[("mac@1.0.0", "    os: [darwin]\n", "")]));
        workspace.rules = rules;
        let closure = production(&workspace, "svc").unwrap();
        assert_eq!((closure.packages.len(), closure.direct[&id("svc")].len()), (kept, kept), "{rules}");
    }
}

#[test]
fn links_of_the_root_lead_one_step_until_pnpm_11() {
    let importers = importer(".", "dependencies", &["lib=link:lib"])
        + &importer("lib", "dependencies", &["x=1.0.0", "sub=link:../sub"])
        + "  sub: {}\n  svc: {}\n";
    for (rules, expected) in [(&PNPM_9, vec!["svc", ".", "lib"]), (&PNPM_12, vec![".", "svc"])] {
        let mut workspace = workspace(&lockfile(&importers, &[("x@1.0.0", "", "")]));
        workspace.rules = rules;
        assert_eq!(folders(&production(&workspace, "svc").unwrap()), expected, "{rules}");
    }
}

#[test]
fn aliases_and_injected_packages_keep_their_names_apart() {
    let importers = importer(
        "svc",
        "dependencies",
        &["b-alias=plain-b@2.0.0", "'@acme/inj'=file:packages/inj(peer@2.0.0)"],
    ) + "  packages/inj: {}\n"
        + &importer("packages/dep", "dependencies", &["plain-b=2.0.0"]);
    let text = lockfile(
        &importers,
        &[
            ("plain-b@2.0.0", "", ""),
            (
                "'@acme/inj@file:packages/inj(peer@2.0.0)'",
                "",
                "    dependencies:\n      '@acme/dep': link:packages/dep",
            ),
        ],
    );
    let text = text.replace(
        "  '@acme/inj@file:packages/inj:\n    resolution: {integrity: sha512-AA==}",
        "  '@acme/inj@file:packages/inj':\n    resolution: {directory: packages/inj, type: directory}",
    );
    let closure = production(&workspace(&text), "svc").unwrap();
    assert_eq!(folders(&closure), ["svc", "packages/inj", "packages/dep"]);
    assert_eq!(closure.packages["plain-b@2.0.0"].name, "plain-b");
    let inj = &closure.packages["@acme/inj@file:packages/inj(peer@2.0.0)"];
    assert_eq!(inj.children, [("@acme/dep".to_owned(), Dependency::Link(id("packages/dep")))]);
    assert_eq!(inj.name, "@acme/inj");
}

#[test]
fn a_link_to_a_published_folder_leads_to_its_package() {
    let importers = importer("svc", "dependencies", &["pub=link:../pub/dist"])
        + &importer("pub", "dependencies", &["x=1.0.0"])
        + "    publishDirectory: dist\n";
    let closure = production(&workspace(&lockfile(&importers, &[("x@1.0.0", "", "")])), "svc").unwrap();
    assert_eq!(folders(&closure), ["svc", "pub"]);
    assert_eq!(closure.direct[&id("svc")], [("pub".to_owned(), Dependency::Link(id("pub/dist")))]);
    // The same where it is injected.
    let importers = importer("svc", "dependencies", &["pub=file:pub/dist"])
        + &importer("pub", "dependencies", &["x=1.0.0"])
        + "    publishDirectory: dist\n";
    let packages = [("x@1.0.0", "", ""), ("pub@file:pub/dist", "", "")];
    let text = lockfile(&importers, &packages).replace(
        "  pub@file:pub/dist:\n    resolution: {integrity: sha512-AA==}",
        "  pub@file:pub/dist:\n    resolution: {directory: pub/dist, type: directory}",
    );
    assert!(text.contains("directory: pub/dist"), "{text}");
    let closure = production(&workspace(&text), "svc").unwrap();
    assert_eq!(folders(&closure), ["svc", "pub"]);
}

#[test]
fn links_out_of_the_workspace_are_refused_where_they_are_needed() {
    let importers = importer("svc", "dependencies", &["out=link:../../x"]) + "  fine: {}\n";
    let workspace = workspace(&lockfile(&importers, &[]));
    assert!(
        matches!(production(&workspace, "svc").unwrap_err(), PnpmError::Outside { from, .. } if from == "svc")
    );
    assert!(production(&workspace, "fine").is_ok());
}

#[test]
fn names_that_are_paths_are_refused() {
    for alias in ["'../x'", "'.bin'", "'a/b'", "node_modules", "'@s/../../x'", "'@s'"] {
        let importers = importer("svc", "dependencies", &[&format!("{alias}=1.0.0")]);
        let error = production(&workspace(&lockfile(&importers, &[])), "svc").unwrap_err();
        assert!(matches!(error, PnpmError::Name { .. }), "{alias}: {error}");
    }
    let importers = importer("svc", "dependencies", &["x='../../evil@1.0.0'"]);
    let error =
        production(&workspace(&lockfile(&importers, &[("../../evil@1.0.0", "", "")])), "svc").unwrap_err();
    assert!(matches!(error, PnpmError::Name { .. }), "{error}");
}

#[test]
fn missing_entries_are_told_with_who_needs_them() {
    let importers = importer("svc", "dependencies", &["x=1.0.0"]);
    let error = production(
        &workspace(&lockfile(&importers, &[("x@1.0.0", "", "    dependencies:\n      y: 2.0.0")])),
        "svc",
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "the lockfile is broken: x@1.0.0 needs y@2.0.0, which has no entry");
    assert!(matches!(error, PnpmError::MissingEntry { .. }));
    let unknown =
        production(&workspace("lockfileVersion: '9.0'\nimporters:\n  svc: {}\n"), "nope").unwrap_err();
    assert!(matches!(unknown, PnpmError::NoImporter { .. }));
}

#[test]
fn a_chain_of_fifty_thousand_packages_is_walked() {
    let importers = importer("svc", "dependencies", &["p0=1.0.0"]);
    let mut text = format!("lockfileVersion: '9.0'\nimporters:\n{importers}packages:\n");
    for number in 0..50_000 {
        text.push_str(&format!("  p{number}@1.0.0:\n    resolution: {{integrity: sha512-AA==}}\n"));
    }
    text.push_str("snapshots:\n");
    for number in 0..49_999 {
        text.push_str(&format!("  p{number}@1.0.0:\n    dependencies:\n      p{}: 1.0.0\n", number + 1));
    }
    text.push_str("  p49999@1.0.0: {}\n");
    assert_eq!(production(&workspace(&text), "svc").unwrap().packages.len(), 50_000);
}

/// A small graph with everything that a walk handles.
fn sample() -> String {
    let importers = importer("svc", "dependencies", &["x=1.0.0", "a=link:../a", "'@s/y'=2.0.0(x@1.0.0)"])
        + &importer("a", "optionalDependencies", &["mac=1.0.0"]);
    let packages = [
        ("x@1.0.0", "    engines: {node: '>=18'}\n", "    dependencies:\n      mac: 1.0.0"),
        ("'@s/y@2.0.0(x@1.0.0)'", "", "    dependencies:\n      a: link:a\n      x: 1.0.0"),
        ("mac@1.0.0", "    os: [darwin]\n", "    optional: true"),
    ];
    lockfile(&importers, &packages).replace("  '@s/y@2.0.0:", "  '@s/y@2.0.0':")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_change_of_a_lockfile_makes_the_walk_panic_or_lead_out(at in 0..400_usize, length in 0..30_usize, put in "[ -~\n]{0,12}") {
        let text = sample();
        let (at, end) = (at.min(text.len()), (at + length).min(text.len()));
        let changed = format!("{}{put}{}", &text[..at], &text[end..]);
        if let Ok(lockfile) = crate::Lockfile::parse(&changed) {
            let mut workspace = workspace("lockfileVersion: '9.0'\n");
            workspace.lockfile = lockfile;
            for id in workspace.lockfile.importers.keys() {
                let Ok(closure) = closure(&workspace, std::slice::from_ref(id), Include::All, &target()) else { continue };
                let aliases = closure.direct.values().flatten().map(|(alias, _)| alias);
                for alias in aliases.chain(closure.packages.values().map(|package| &package.name)) {
                    prop_assert!(!alias.split('/').any(|part| part.starts_with('.') || part.is_empty()), "{alias}");
                }
            }
        }
    }
}

#[test]
fn an_image_has_every_package_that_a_link_in_it_leads_to() {
    let importers = importer(".", "dependencies", &["kit=link:kit"])
        + "  svc: {}\n"
        + &importer("kit", "dependencies", &["deep=link:deep"])
        + &importer("deep", "dependencies", &["x=1.0.0", "kit=link:../kit"])
        + "  other: {}\n";
    let importers = importers.replace("link:deep", "link:../deep");
    for (rules, linked) in [(&PNPM_10, vec!["svc", ".", "kit"]), (&PNPM_12, vec![".", "svc"])] {
        let mut workspace = workspace(&lockfile(&importers, &[("x@1.0.0", "", "")]));
        workspace.rules = rules;
        assert_eq!(folders(&production(&workspace, "svc").unwrap()), linked);
        let image = image_closure(&workspace, &id("svc"), &target()).unwrap();
        let all: std::collections::BTreeSet<&str> = folders(&image).into_iter().collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [".", "deep", "kit", "svc"]);
        assert_eq!(names(&image), ["x@1.0.0"]);
    }
}
