#![allow(clippy::unwrap_used)]

use super::super::testing::{target, workspace};
use super::*;
use crate::image_closure;

const LOCKFILE: &str = "lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      r: {specifier: '1', version: 1.0.0}
  svc:
    dependencies:
      a: {specifier: '1', version: 1.0.0}
      b: {specifier: '1', version: 1.0.0}
      lib: {specifier: 'workspace:*', version: link:../lib}
  lib:
    dependencies:
      c: {specifier: '1', version: 1.0.0}
packages:
  a@1.0.0: {resolution: {integrity: sha512-aaaa}}
  b@1.0.0: {resolution: {integrity: sha512-aaaa}}
  c@1.0.0: {resolution: {integrity: sha512-aaaa}}
  d@1.0.0: {resolution: {integrity: sha512-aaaa}}
  r@1.0.0: {resolution: {integrity: sha512-aaaa}}
snapshots:
  a@1.0.0: {dependencies: {d: 1.0.0}}
  b@1.0.0: {}
  c@1.0.0: {dependencies: {a: 1.0.0}}
  d@1.0.0: {}
  r@1.0.0: {}
";

fn service() -> ImporterId {
    ImporterId::new("svc").unwrap()
}

/// The importers and the packages that stay.
fn part(names: &[&str]) -> Result<(String, String), PnpmError> {
    let workspace = workspace(LOCKFILE);
    let whole = image_closure(&workspace, &service(), &target()).unwrap();
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let part = whole.part(&service(), &ImagePackages::Only(names))?;
    assert!(part.direct.keys().all(|id| part.importers.contains(id)));
    let importers: Vec<&str> = part.importers.iter().map(ImporterId::as_str).collect();
    let packages: Vec<&str> = part.packages.keys().map(DepPath::name).collect();
    Ok((importers.join(" "), packages.join(" ")))
}

#[test]
fn what_is_named_stays_with_what_it_needs() {
    let found = |importers: &str, packages: &str| (importers.to_owned(), packages.to_owned());
    assert_eq!(part(&["a"]).unwrap(), found("svc .", "a d"));
    assert_eq!(part(&["b", "a"]).unwrap(), found("svc .", "a b d"));
    assert_eq!(part(&["lib"]).unwrap(), found("svc lib .", "a c d"));
    assert_eq!(part(&[]).unwrap(), found("svc .", ""));
}

#[test]
fn a_name_that_the_service_does_not_depend_on_is_an_error() {
    let text = part(&["d"]).unwrap_err().to_string();
    assert_eq!(text, "svc does not depend on d; its dependencies are: a, b, lib");
}
