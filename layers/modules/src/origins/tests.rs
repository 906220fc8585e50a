#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::{PackageOrigin, origins};
use crate::ModulesError;
use crate::testing::workspace;
use fourply_pnpm::{Bundled, Closure, ClosurePackage, DepPath, ImporterId, PnpmError, Resolution};

const INTEGRITY: &str =
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";

fn origin(version: &str, resolution: Resolution) -> Result<PackageOrigin, ModulesError> {
    pinned(version, resolution, &BTreeMap::new())
}

fn pinned(
    version: &str,
    resolution: Resolution,
    integrities: &BTreeMap<String, String>,
) -> Result<PackageOrigin, ModulesError> {
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
        others: BTreeSet::new(),
        unlinked: BTreeMap::new(),
        include: fourply_pnpm::Include::Production,
        direct: BTreeMap::new(),
        packages: BTreeMap::from([(DepPath::new(format!("a@{version}")), package)]),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
    };
    let origins = origins(&workspace("lockfileVersion: '9.0'\n"), &closure, integrities)?;
    Ok(origins.into_iter().next().unwrap().1)
}

/// The location of a package's tarball.
fn request(version: &str, resolution: Resolution) -> Result<Option<String>, ModulesError> {
    match origin(version, resolution)? {
        PackageOrigin::Tarball(request) => Ok(request.tarball),
        other => panic!("{other:?}"),
    }
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
fn folders_repositories_and_archives_have_an_origin_of_their_own() {
    let folder = |path: &str| ImporterId::new(path).unwrap();
    let directory = Resolution::Directory { path: "packages/x".to_owned() };
    assert_eq!(origin("file:packages/x", directory).unwrap(), PackageOrigin::Folder(folder("packages/x")));
    let (repo, commit) = ("https://example.org/x.git".to_owned(), "a".repeat(40));
    let git = Resolution::Git { repo: repo.clone(), commit: commit.clone(), path: Some("/sub".to_owned()) };
    assert_eq!(origin("1.0.0", git).unwrap(), PackageOrigin::Git { repo, commit, folder: folder("sub") });
    let hosted = |integrity: Option<&str>| Resolution::Tarball {
        url: "https://git.example.org/x.tar.gz".to_owned(),
        integrity: integrity.map(str::to_owned),
        path: None,
        git_hosted: true,
    };
    let found = origin("1.0.0", hosted(Some(INTEGRITY))).unwrap();
    assert!(matches!(found, PackageOrigin::Archive { folder, .. } if folder.is_root()));
    assert!(matches!(origin("1.0.0", hosted(None)).unwrap(), PackageOrigin::Unpinned { .. }));
}

#[test]
fn a_tarball_without_integrity_is_taken_where_the_configuration_has_one() {
    let url = "https://example.org/a.tgz";
    assert_eq!(
        origin("1.0.0", tarball(url, None)).unwrap(),
        PackageOrigin::Unpinned { tarball: url.to_owned() }
    );
    let pins = BTreeMap::from([("a@1.0.0".to_owned(), INTEGRITY.to_owned())]);
    let found = pinned("1.0.0", tarball(url, None), &pins).unwrap();
    assert!(matches!(found, PackageOrigin::Tarball(request) if request.integrity.to_string() == INTEGRITY));
}

#[test]
fn what_cannot_be_fetched_is_refused_with_the_reason() {
    for (resolution, word) in [
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
            matches!(
                request("1.0.0", tarball(url, integrity)).unwrap_err(),
                ModulesError::Pnpm(PnpmError::Outside { .. })
            ),
            "{url}"
        );
    }
    assert!(request("1.0.0", tarball("ftp://h/a.tgz", integrity)).is_err());
    for path in ["../x", "/etc", "a/../../b"] {
        let directory = Resolution::Directory { path: path.to_owned() };
        assert!(
            matches!(origin("1.0.0", directory).unwrap_err(), ModulesError::Pnpm(PnpmError::Outside { .. })),
            "{path}"
        );
    }
    let git =
        Resolution::Git { repo: "r".to_owned(), commit: "c".to_owned(), path: Some("/../x".to_owned()) };
    assert!(matches!(origin("1.0.0", git).unwrap_err(), ModulesError::Pnpm(PnpmError::Outside { .. })));
    for version in ["../../x", "1.0.0/../x", "", "alias:../x", "a:b:1.0.0"] {
        assert!(
            request(version, Resolution::Registry { integrity: INTEGRITY.to_owned() }).is_err(),
            "{version}"
        );
    }
}
