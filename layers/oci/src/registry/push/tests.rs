#![allow(clippy::unwrap_used)]

use super::*;

fn parsed(texts: &[&str]) -> Vec<Reference> {
    texts.iter().map(|text| Reference::parse(text).unwrap()).collect()
}

fn root() -> Digest {
    Digest::of(b"root")
}

#[test]
fn references_are_grouped_by_repository() {
    let references =
        parsed(&["a.example/x:1", "b.example/x:1", "a.example/x:2", "a.example/x:1", "a.example/y:1"]);
    let targets = targets(&references, root()).unwrap();
    let found: Vec<(String, Vec<&str>)> =
        targets.iter().map(|target| (target.reference.name(), target.tags.clone())).collect();
    let expected = [("a.example/x", vec!["1", "2"]), ("b.example/x", vec!["1"]), ("a.example/y", vec!["1"])];
    assert_eq!(found, expected.map(|(name, tags)| (name.to_owned(), tags)));
}

#[test]
fn a_push_goes_to_a_tag() {
    let digest = format!("a.example/x:1@sha256:{}", "0".repeat(64));
    let Err(error) = targets(&parsed(&[&digest]), root()).map(|_| ()) else { panic!("taken") };
    assert!(matches!(error, RegistryError::Target { .. }), "{error}");
}

#[test]
fn a_digest_names_the_root_without_a_tag() {
    let own = format!("a.example/x@{}", root());
    let references = parsed(&[&own, "a.example/x:1"]);
    let targets = targets(&references, root()).unwrap();
    assert_eq!((targets.len(), targets[0].tags.clone()), (1, vec!["1"]));
    let other = parsed(&[&format!("a.example/x@{}", Digest::of(b"other"))]);
    assert!(super::targets(&other, root()).is_err());
}
