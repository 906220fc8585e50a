#![allow(clippy::unwrap_used)]

use super::*;
use crate::closure::testing::{target, with_manifest, workspace};
use crate::{DepPath, ImagePackages, Include, closure, image_closure};

const LOCKFILE: &str = "lockfileVersion: '9.0'
importers:
  svc:
    dependencies:
      a: {specifier: '1', version: 1.0.0}
    devDependencies:
      b: {specifier: '1', version: 1.0.0}
      tool: {specifier: 'workspace:*', version: link:../tool}
  tool:
    devDependencies:
      c: {specifier: '1', version: 1.0.0}
packages:
  a@1.0.0: {resolution: {integrity: sha512-aaaa}}
  b@1.0.0: {resolution: {integrity: sha512-aaaa}}
  c@1.0.0: {resolution: {integrity: sha512-aaaa}}
  d@1.0.0: {resolution: {integrity: sha512-aaaa}}
snapshots:
  a@1.0.0: {}
  b@1.0.0: {dependencies: {d: 1.0.0}}
  c@1.0.0: {}
  d@1.0.0: {}
";
const SERVICE: &str =
    r#"{"dependencies": {"a": "1"}, "devDependencies": {"b": "1", "tool": "workspace:*"}, "name": "svc"}"#;

fn given() -> Workspace {
    let mut workspace = workspace(LOCKFILE);
    with_manifest(&mut workspace, "svc", SERVICE);
    with_manifest(&mut workspace, "tool", r#"{"devDependencies": {"c": "1"}}"#);
    workspace
}

fn names(of: &[(&str, &[&str])]) -> DevelopmentNames {
    of.iter()
        .map(|(folder, names)| ((*folder).to_owned(), names.iter().map(|name| (*name).to_owned()).collect()))
        .collect()
}

/// The importers and the packages of the image.
fn image(workspace: &Workspace) -> String {
    let closure = image_closure(workspace, &ImporterId::new("svc").unwrap(), &target()).unwrap();
    let importers = closure.importers.iter().map(ImporterId::as_str);
    let packages = closure.packages.keys().map(DepPath::name);
    importers.chain(packages).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_image_has_what_is_named_with_all_that_it_needs() {
    assert_eq!(image(&given()), "svc a");
    for (wanted, expected) in [
        (names(&[("svc", &["b"])]), "svc a b d"),
        (names(&[("svc", &["tool"])]), "svc tool a"),
        (names(&[("svc", &["b", "tool"]), ("tool", &["c"])]), "svc tool a b c d"),
        (names(&[]), "svc a"),
    ] {
        assert_eq!(image(&given().with_development(&wanted).unwrap()), expected, "{wanted:?}");
    }
}

/// `modules` may name moved dependencies, and a build installs the same packages as before.
#[test]
fn what_is_named_is_a_dependency_like_the_others() {
    let moved = given().with_development(&names(&[("svc", &["b"])])).unwrap();
    let id = ImporterId::new("svc").unwrap();
    assert_eq!(
        moved.manifests[&id].raw.to_string().replace(' ', ""),
        r#"{"dependencies":{"a":"1","b":"1"},"devDependencies":{"tool":"workspace:*"},"name":"svc"}"#
    );
    let whole = image_closure(&moved, &id, &target()).unwrap();
    let part = whole.part(&id, &ImagePackages::Only(["b".to_owned()].into())).unwrap();
    assert_eq!(part.packages.keys().map(DepPath::name).collect::<Vec<_>>(), ["b", "d"]);
    let all = |workspace: &Workspace| {
        closure(workspace, std::slice::from_ref(&id), Include::All, &target()).unwrap().packages
    };
    assert_eq!(all(&moved), all(&given()));
    assert!(moved.lockfile_text_key != given().lockfile_text_key);
    let none = given().with_development(&names(&[])).unwrap();
    assert!(none.lockfile_text_key == given().lockfile_text_key);
}

#[test]
fn a_name_that_is_no_development_dependency_is_an_error() {
    let error = |workspace: Workspace, of: &str, name: &str| {
        workspace.with_development(&names(&[(of, &[name])])).unwrap_err()
    };
    assert_eq!(
        error(given(), "svc", "x").to_string(),
        "x is not among the devDependencies of svc, which are: b, tool"
    );
    let suggested = |name: &str| match error(given(), "svc", name) {
        PnpmError::NoDevelopment { suggestion, .. } => suggestion,
        other => panic!("{other}"),
    };
    assert_eq!((suggested("tol").as_deref(), suggested("entirely-other")), (Some("tool"), None));
    assert!(matches!(error(given(), "svc", "a"), PnpmError::InProduction { .. }));
    assert!(matches!(error(given(), "svcs", "b"), PnpmError::NoImporter { .. }));
    let mut broken = given();
    broken.lockfile.importers.get_mut("svc").unwrap().dev_dependencies.clear();
    assert!(matches!(error(broken, "svc", "b"), PnpmError::MissingEntry { .. }));
}

#[test]
fn a_package_that_others_have_as_a_copy_is_refused() {
    let text = LOCKFILE
        .replace("snapshots:", "  t@file:tool: {resolution: {directory: tool, type: directory}}\nsnapshots:");
    let mut workspace = workspace(&text);
    with_manifest(&mut workspace, "tool", r#"{"devDependencies": {"c": "1"}}"#);
    let error = workspace.with_development(&names(&[("tool", &["c"])])).unwrap_err();
    assert!(matches!(error, PnpmError::DevelopmentOfCopy { .. }), "{error}");
}
