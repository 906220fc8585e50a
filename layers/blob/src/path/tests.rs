use super::LayerPath;

#[test]
fn ordinary_paths_pass() {
    for path in
        ["a", "app/node_modules/.pnpm/a@1/node_modules/a", "ü/日本", "a b\n", "..a", ".w", "x.wh.y", "a\\b"]
    {
        assert_eq!(LayerPath::new(path).unwrap().as_str(), path);
    }
    assert!(LayerPath::new("n".repeat(255)).is_ok());
    assert!(LayerPath::new("0123456/".repeat(511) + "1234567").is_ok());
}

#[test]
fn others_are_refused_with_their_name() {
    for path in [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "./a",
        "a\0b",
        ".wh.a",
        "a/.wh..wh..opq",
        "a/.wh.b/c",
    ] {
        let error = LayerPath::new(path).unwrap_err();
        assert_eq!(error.path(), path);
        assert_eq!(error.is_whiteout(), path.contains(".wh."), "{path}");
        assert!(error.to_string().contains(&format!("{path:?}")), "{error}");
    }
    assert!(LayerPath::new("n".repeat(256)).is_err());
    assert!(LayerPath::new("0123456/".repeat(512)).is_err());
}

#[test]
fn joins_and_parents() {
    let path = LayerPath::new("a/b").unwrap();
    assert_eq!(path.join("c/d").unwrap().as_str(), "a/b/c/d");
    assert!(path.join("../c").is_err());
    assert!(path.join("/c").is_err());
    assert_eq!(path.parent(), Some(LayerPath::new("a").unwrap()));
    assert_eq!(path.parent().unwrap().parent(), None);
    assert_eq!(path.name(), "b");
    let above: Vec<String> = LayerPath::new("a/b/c").unwrap().ancestors().map(String::from).collect();
    assert_eq!(above, ["a", "a/b"]);
}

#[test]
fn a_directory_sorts_before_what_lies_in_it() {
    let mut paths = ["a/b", "a-b", "a", "a.b/c", "a.b"].map(|path| LayerPath::new(path).unwrap());
    paths.sort();
    assert_eq!(paths.map(String::from), ["a", "a-b", "a.b", "a.b/c", "a/b"]);
}
