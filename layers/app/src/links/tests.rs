#![allow(clippy::unwrap_used)]

use super::*;

fn target(path: &str, to: &str) -> Option<(String, bool)> {
    let roots = Roots { here: Path::new("/build/folder"), image: "/app" };
    roots.target(path, to).map(|target| (target.relative, target.absolute))
}

#[test]
fn absolute_links_into_the_workspace_lead_to_the_same_place() {
    let some = |relative: &str, absolute| Some((relative.to_owned(), absolute));
    assert_eq!(target("a/b/link", "/build/folder/c/d"), some("../../c/d", true));
    assert_eq!(target("a/b/link", "/app/c"), some("../../c", true));
    assert_eq!(target("a/b/link", "/build/folder"), some("../..", true));
    assert_eq!(target("link", "/build/folder/"), some(".", true));
    assert_eq!(target("a/link", "../c"), some("../c", false));
    for out in ["/build/folderx/c", "/etc/passwd", "../../c", "", "/build/folder/../x", "/build"] {
        assert_eq!(target("a/link", out), None, "{out}");
    }
    assert_eq!(resolved("a/b/link", "../../c/d").unwrap().as_str(), "c/d");
    assert!(resolved("a/b/link", "../..").unwrap().is_root());
}
