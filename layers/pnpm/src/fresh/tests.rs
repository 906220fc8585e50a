#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::{Difference, Selector, check_fresh, hash, selector::Name};
use crate::closure::testing::{with_manifest, workspace};
use crate::rules::{PNPM_9, PNPM_10};
use crate::{PnpmError, Workspace};

/// One importer, `svc`, that depends on `a`, `b` (development) and `c` (optional).
fn made(manifest: &str) -> Workspace {
    let entry = |list: &str, name: &str| {
        format!("    {list}:\n      {name}:\n        specifier: ^1.0.0\n        version: 1.0.0\n")
    };
    let lists =
        [entry("dependencies", "a"), entry("devDependencies", "b"), entry("optionalDependencies", "c")]
            .concat();
    let mut workspace = workspace(&format!("lockfileVersion: '9.0'\nimporters:\n  svc:\n{lists}"));
    with_manifest(&mut workspace, "svc", manifest);
    workspace
}

const FITTING: &str = r#"{"dependencies": {"a": "^1.0.0"}, "devDependencies": {"b": "^1.0.0"}, "optionalDependencies": {"c": "^1.0.0"}}"#;

fn differences(workspace: &Workspace) -> Vec<Difference> {
    match check_fresh(workspace) {
        Ok(()) => Vec::new(),
        Err(PnpmError::Stale(stale)) => stale.differences,
        Err(other) => panic!("{other}"),
    }
}

fn lines(workspace: &Workspace) -> Vec<String> {
    differences(workspace).iter().map(ToString::to_string).collect()
}

#[test]
fn a_fitting_manifest_is_fresh() {
    assert_eq!(lines(&made(FITTING)), [""; 0]);
}

#[test]
fn every_difference_is_told() {
    let workspace =
        made(r#"{"dependencies": {"a": "^2.0.0", "d": "1"}, "devDependencies": {"c": "^1.0.0"}}"#);
    assert_eq!(
        lines(&workspace),
        [
            r#"svc: dependencies.a: package.json has "^2.0.0", the lockfile has "^1.0.0""#,
            r#"svc: devDependencies.b: package.json has nothing, the lockfile has "^1.0.0""#,
            r#"svc: c: package.json has "devDependencies", the lockfile has "optionalDependencies""#,
            r#"svc: dependencies.d: package.json has "1", the lockfile has nothing"#,
        ]
    );
    let error = check_fresh(&workspace).unwrap_err();
    assert!(
        error.to_string().starts_with("pnpm-lock.yaml is not up to date:\n  svc: dependencies.a"),
        "{error}"
    );
    assert!(matches!(error, PnpmError::Stale(crate::Stale { pnpmfile: false, .. })), "{error:?}");
}

#[test]
fn a_package_that_the_lockfile_does_not_know_is_told() {
    let mut workspace = made(FITTING);
    with_manifest(&mut workspace, "new", r#"{"dependencies": {"x": "1"}}"#);
    assert_eq!(lines(&workspace), ["new: the lockfile does not have this package"]);
}

#[test]
fn a_folder_that_was_renamed_is_told_from_a_new_one() {
    let mut workspace = made(FITTING);
    workspace.manifests.clear();
    with_manifest(&mut workspace, "renamed", FITTING);
    let expected = "renamed: the lockfile does not have this package; it has svc, which is no longer a package of the workspace";
    assert_eq!(lines(&workspace), [expected]);
}

#[test]
fn a_name_in_several_lists_counts_from_the_strongest() {
    let manifest = r#"{"dependencies": {"a": "^1.0.0", "c": "^0.1.0"}, "devDependencies": {"a": "^7.0.0", "b": "^1.0.0"}, "optionalDependencies": {"c": "^1.0.0"}}"#;
    assert_eq!(lines(&made(manifest)), [""; 0]);
}

#[test]
fn peers_are_asked_for_where_they_are_installed() {
    let manifest = FITTING.replace(
        "\"dependencies\": {\"a\": \"^1.0.0\"}, ",
        "\"peerDependencies\": {\"a\": \"^1.0.0\", \"b\": \"*\"}, ",
    );
    let mut workspace = made(&manifest);
    assert_eq!(lines(&workspace), [""; 0]);
    workspace.settings.resolution.auto_install_peers = false;
    assert_eq!(differences(&workspace).len(), 1);
}

#[test]
fn overrides_are_applied_before_the_comparison() {
    let manifest = FITTING.replace(r#""a": "^1.0.0""#, r#""a": "^0.5.0", "gone": "1""#);
    let mut workspace = made(&manifest);
    for (selector, value) in [("a@<1", "^1.0.0"), ("gone", "-"), ("other>b", "9"), ("b@^2", "9")] {
        workspace.settings.resolution.overrides.insert(selector.to_owned(), value.to_owned());
        workspace.lockfile.overrides.insert(selector.to_owned(), value.to_owned());
    }
    assert_eq!(lines(&workspace), [""; 0]);
    workspace.settings.resolution.overrides.insert("b".to_owned(), "2".to_owned());
    assert_eq!(differences(&workspace).len(), 2, "the override and what it changes");
}

#[test]
fn ignored_optional_dependencies_are_left_out() {
    let manifest = FITTING.replace(r#""c": "^1.0.0""#, r#""c": "^1.0.0", "@native/x": "1""#);
    let mut workspace = made(&manifest);
    workspace.settings.platforms.ignored_optional_dependencies = vec!["@native/*".to_owned()];
    workspace.lockfile.ignored_optional_dependencies = vec!["@native/*".to_owned()];
    assert_eq!(lines(&workspace), [""; 0]);
}

#[test]
fn links_may_be_left_out_of_the_lockfile() {
    let mut workspace = made(&FITTING.replace(r#""a": "^1.0.0""#, r#""a": "^1.0.0", "l": "link:../l""#));
    workspace.settings.resolution.exclude_links_from_lockfile = true;
    workspace.lockfile.settings.exclude_links_from_lockfile = Some(true);
    assert_eq!(lines(&workspace), [""; 0]);
}

#[test]
fn settings_that_the_lockfile_was_made_with_are_compared() {
    let mut workspace = made(FITTING);
    workspace.lockfile.settings.auto_install_peers = Some(false);
    workspace.lockfile.catalogs.insert("default".to_owned(), [("a".to_owned(), "1".to_owned())].into());
    workspace.lockfile.patched_dependencies.clear();
    workspace.settings.resolution.package_extensions = Some(json!({"x": {"dependencies": {"y": "1"}}}));
    let names: Vec<_> = differences(&workspace).into_iter().map(|difference| difference.name).collect();
    assert_eq!(names, ["catalogs.default.a", "autoInstallPeers", "packageExtensions"]);
}

#[test]
fn meta_and_published_folder_are_compared() {
    let manifest = FITTING.replacen(
        '{',
        r#"{"publishConfig": {"directory": "dist"}, "dependenciesMeta": {"a": {"injected": true}}, "#,
        1,
    );
    let names: Vec<_> = differences(&made(&manifest)).into_iter().map(|difference| difference.name).collect();
    assert_eq!(names, ["publishConfig.directory", "dependenciesMeta"]);
}

#[test]
fn selectors_have_a_parent_and_ranges() {
    let name = |name, range| Name { name, range };
    for (text, parent, target) in [
        ("a", None, name("a", None)),
        ("@s/a@^1", None, name("@s/a", Some("^1"))),
        ("a@>=2 <3", None, name("a", Some(">=2 <3"))),
        ("a@>1", None, name("a", Some(">1"))),
        ("a>b", Some(name("a", None)), name("b", None)),
        ("a@1>@s/b@2", Some(name("a", Some("1"))), name("@s/b", Some("2"))),
        ("", None, name("", None)),
        (">", None, name(">", None)),
    ] {
        assert_eq!(Selector::parse(text), Selector { parent, target }, "{text}");
    }
}

#[test]
fn hashes_are_pnpms() {
    // From lockfiles that pnpm 9.14.2 and 10.34.9 wrote for these package extensions.
    let extensions = json!({"uses-b2": {"dependencies": {"prerel": "1.0.0-beta.1"}}});
    assert_eq!(
        hash::extensions(&extensions, PNPM_9.lockfile.extensions_checksum).unwrap(),
        "26fb8a4f50022ef2dc883f545c5db84e"
    );
    assert_eq!(
        hash::extensions(&extensions, PNPM_10.lockfile.extensions_checksum).unwrap(),
        "sha256-v7/HopvkR0E0UmfmbM8Uy41WrDmx8dqvOAHmaYwzok8="
    );
    assert_eq!(hash::extensions(&json!({}), PNPM_9.lockfile.extensions_checksum), None);
    assert_eq!(
        hash::patch("a\r\nb", PNPM_9.lockfile.patch_hash),
        hash::patch("a\nb", PNPM_9.lockfile.patch_hash)
    );
    assert_eq!(
        hash::patch("", PNPM_10.lockfile.patch_hash),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}
