#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_pnpm::{DepPath, ImporterId, Rules};
use fourply_scripts::{ScriptsError, pack_folder};
use fourply_store::{FetchSettings, Fetcher, Integrity, NoProgress, PackageRequest, Store};

use super::{GatherRequest, gather};
use crate::{ModulesError, PackageOrigin};

/// An archive as from git hosts, with these files below one folder, and its request.
fn archive(dir: &Path, files: &[(&str, &str)]) -> PackageRequest {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("x-0123abc/{path}"), text.as_bytes()).unwrap();
    }
    let bytes = builder.into_inner().unwrap();
    let path = dir.join("x.tar");
    fs_err::write(&path, &bytes).unwrap();
    PackageRequest {
        name: "x".to_owned(),
        version: "1.0.0".to_owned(),
        registry: None,
        tarball: Some(format!("file:{}", path.display())),
        integrity: Integrity::of(&bytes),
    }
}

/// The paths in the package of an origin.
fn packed(dir: &Path, rules: &'static Rules, origin: PackageOrigin) -> Result<Vec<String>, ModulesError> {
    let store = Store::open(&dir.join("store")).unwrap();
    let fetcher = Fetcher::new(store.clone(), FetchSettings { offline: true, ..FetchSettings::default() });
    let dep_path = DepPath::new("x@https://example.org/x");
    let none = BTreeMap::new();
    let request = GatherRequest {
        fetcher: &fetcher,
        rules: &rules.packing,
        folders: &none,
        optional: &|_| false,
        progress: &NoProgress,
    };
    let contents = gather(&request, vec![(dep_path.clone(), origin)])?.complete()?;
    let pack = store.open_pack(&contents.0[&dep_path]).unwrap();
    Ok(pack.entries().iter().map(|entry| entry.path.clone()).collect())
}

const MANIFEST: (&str, &str) =
    ("package.json", r#"{"name": "x", "files": ["lib"], "scripts": {"prepack": "tsc"}, "main": "lib/x"}"#);

#[test]
fn an_archive_of_a_git_host_is_what_npm_packs_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let request = archive(
        dir.path(),
        &[MANIFEST, ("lib/x/index.js", ""), ("test/a.js", ""), ("sub/package.json", "{}"), ("sub/b.js", "")],
    );
    let of = |folder: &str| PackageOrigin::Archive {
        request: request.clone(),
        folder: ImporterId::new(folder).unwrap(),
    };
    assert_eq!(packed(dir.path(), &PNPM_9, of(".")).unwrap(), ["lib/x/index.js", "package.json"]);
    assert_eq!(packed(dir.path(), &PNPM_12, of("sub")).unwrap(), ["b.js", "package.json"]);
}

#[test]
fn what_has_to_be_built_first_is_no_package_as_it_stands() {
    let dir = tempfile::tempdir().unwrap();
    for (manifest, script) in [
        (MANIFEST.1, "prepack"),
        (r#"{"scripts": {"prepare": "x"}, "main": "a.js"}"#, "prepare"),
        (r#"{"scripts": {"publish": "x"}}"#, "publish"),
    ] {
        let request = archive(dir.path(), &[("package.json", manifest), ("a.js", "")]);
        let error =
            packed(dir.path(), &PNPM_9, PackageOrigin::Archive { request, folder: ImporterId::root() });
        let error = error.unwrap_err();
        assert!(error.to_string().contains(&format!("{script:?}")), "{error}");
        let repository = matches!(error, ModulesError::Scripts(ScriptsError::Repository { .. }));
        assert!(repository, "{error:?}");
    }
}

#[test]
fn a_tarball_that_nothing_vouches_for_is_told_with_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let origin = PackageOrigin::Unpinned { tarball: "https://example.org/x".to_owned() };
    let error = packed(dir.path(), &PNPM_9, origin).unwrap_err();
    let ModulesError::Unpinned { package, found } = error else { panic!("{error}") };
    assert_eq!((package.as_str(), found), ("x@https://example.org/x", None));
}

#[test]
fn links_out_of_a_folder_are_never_followed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store")).unwrap();
    let folder = dir.path().join("p");
    fs_err::create_dir_all(folder.join("sub")).unwrap();
    fs_err::write(folder.join("package.json"), "{}").unwrap();
    for (name, target) in [
        ("a", "/etc/passwd"),
        ("b", "../secret"),
        ("c", "../../p/../secret"),
        ("d", "sub"),
        ("e", "package.json"),
    ] {
        std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
    }
    fs_err::write(dir.path().join("secret"), "x").unwrap();
    let paths = |rules: &Rules| {
        let pack =
            pack_folder(&store, dir.path(), &ImporterId::new("p").unwrap(), &rules.packing, &|_| false)
                .unwrap();
        let pack = store.open_pack(&pack).unwrap();
        pack.entries().iter().map(|entry| entry.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&PNPM_10), ["package.json"]);
    assert_eq!(paths(&PNPM_11), ["d", "e", "package.json"]);
}

#[test]
fn what_is_optional_may_be_missing_but_not_another() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store")).unwrap();
    let fetcher = Fetcher::new(store, FetchSettings { offline: true, ..FetchSettings::default() })
        .with_default_registry(|| Some("http://127.0.0.1:9/".to_owned()));
    let here = archive(dir.path(), &[MANIFEST]);
    let away = PackageRequest { tarball: None, integrity: Integrity::of(b"away"), ..here.clone() };
    let other = PackageRequest { integrity: Integrity::of(b"other"), ..here.clone() };
    let (path, needed) = (DepPath::new("x@1.0.0"), DepPath::new("y@1.0.0"));
    let gathered = |optional: PackageRequest| {
        let none = BTreeMap::new();
        let request = GatherRequest {
            fetcher: &fetcher,
            rules: &PNPM_9.packing,
            folders: &none,
            optional: &|dep_path| *dep_path == path,
            progress: &NoProgress,
        };
        let origins = [(path.clone(), optional), (needed.clone(), here.clone())];
        let origins = origins.map(|(path, request)| (path, PackageOrigin::Tarball(request)));
        gather(&request, origins.to_vec())
    };
    let found = gathered(away).unwrap();
    assert!(found.missing[&path].contains("x@1.0.0 is not in the store"), "{:?}", found.missing);
    assert_eq!(found.contents.0.keys().collect::<Vec<_>>(), [&needed]);
    // A content mismatch is reported, whether the package is optional or not.
    assert!(matches!(gathered(other), Err(ModulesError::Store(error)) if !error.is_unfetched()));
}
