#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::requests;
use crate::closure::testing::workspace;
use crate::{Bundled, Closure, ClosurePackage, DepPath, ModulesError, Resolution};

const INTEGRITY: &str =
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

fn request(version: &str, resolution: Resolution) -> Result<Option<String>, ModulesError> {
    let package = ClosurePackage {
        name: "a".to_owned(),
        version: version.to_owned(),
        resolution,
        children: Vec::new(),
        has_bin: false,
        optional: false,
        bundled: Bundled::None,
        requires_build: None,
    };
    let closure = Closure {
        importers: Vec::new(),
        direct: BTreeMap::new(),
        packages: BTreeMap::from([(DepPath::new(format!("a@{version}")), package)]),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
    };
    let requests = requests(&workspace("lockfileVersion: '9.0'\n"), &closure)?;
    Ok(requests.into_iter().next().unwrap().1.tarball)
}

fn tarball(url: &str, integrity: Option<&str>) -> Resolution {
    Resolution::Tarball {
        url: url.to_owned(),
        integrity: integrity.map(str::to_owned),
        path: None,
        git_hosted: false,
    }
}

#[test]
fn registry_packages_and_tarballs_with_integrity_are_asked_for() {
    assert_eq!(
        request("1.0.0+build.5", Resolution::Registry { integrity: INTEGRITY.to_owned() }).unwrap(),
        None
    );
    let url = "https://example.org/a.tgz";
    assert_eq!(request(url, tarball(url, Some(INTEGRITY))).unwrap().unwrap(), url);
    assert_eq!(
        request("1.0.0", tarball("file:vendor/a.tgz", Some(INTEGRITY))).unwrap().unwrap(),
        "file:/w/vendor/a.tgz"
    );
}

#[test]
fn what_cannot_be_fetched_is_refused_with_the_reason() {
    let git = Resolution::Git { repo: "r".to_owned(), commit: "c".to_owned(), path: None };
    let hosted = Resolution::Tarball {
        url: "https://codeload.github.com/x".to_owned(),
        integrity: None,
        path: None,
        git_hosted: true,
    };
    for (resolution, word) in [
        (git, "git repository"),
        (hosted, "git host"),
        (tarball("https://example.org/a.tgz", None), "no integrity"),
        (Resolution::Directory { path: "x".to_owned() }, "folder"),
        (Resolution::Variations(Vec::new()), "runtime"),
        (Resolution::Unknown { kind: "custom:x".to_owned() }, "custom:x"),
        (Resolution::Registry { integrity: "nonsense".to_owned() }, "integrity"),
    ] {
        let error = request("1.0.0", resolution).unwrap_err();
        assert!(
            error.to_string().starts_with("a@1.0.0 cannot be fetched: ") && error.to_string().contains(word),
            "{error}"
        );
    }
}

#[test]
fn hostile_origins_are_refused() {
    let integrity = Some(INTEGRITY);
    for url in ["file:../a.tgz", "file:/etc/passwd", "file:a/../../b.tgz", "file:///etc/passwd"] {
        assert!(
            matches!(request("1.0.0", tarball(url, integrity)).unwrap_err(), ModulesError::Outside { .. }),
            "{url}"
        );
    }
    assert!(request("1.0.0", tarball("ftp://h/a.tgz", integrity)).is_err());
    for version in ["../../x", "1.0.0/../x", "", "alias:1.0.0"] {
        assert!(
            request(version, Resolution::Registry { integrity: INTEGRITY.to_owned() }).is_err(),
            "{version}"
        );
    }
}
