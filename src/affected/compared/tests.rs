use super::*;

fn compared() -> Compared {
    let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    Compared {
        changed: set(&["images", "a/.gitattributes"]),
        submodules: set(&["images"]),
        attributes_above: BTreeSet::new(),
    }
}

#[test]
fn attributes_apply_to_their_folder() {
    assert_eq!(attributes_folder(".gitattributes"), Some(""));
    assert_eq!(attributes_folder("a/b/.gitattributes"), Some("a/b/"));
    assert_eq!(attributes_folder("a/x.gitattributes"), None);
    assert_eq!(attributes_folder("a/b"), None);
}

#[test]
fn a_base_may_lie_in_a_submodule_or_below_attributes() {
    assert!(compared().concerns("images", "images/base.tar"));
    assert!(!compared().concerns("images", "images2/base.tar"));
    assert!(compared().concerns("a/.gitattributes", "a/base.tar"));
    assert!(!compared().concerns("a/.gitattributes", "b/base.tar"));
}
