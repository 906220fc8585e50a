//! Version 9.0 in all its forms.

use super::{SHORT, parse, refused};
use crate::{Bundled, DepPath, ImporterId, LockfileError, LockfileFormat, PackageInfo, Resolution};
use fourply_testing::npm_registry::Registry;
use fourply_testing::real_pnpm;

/// The entry in `packages` with this body.
fn package(body: &str) -> PackageInfo {
    let lockfile =
        parse(&format!("lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n{body}snapshots:\n  a@1.0.0: {{}}\n"));
    lockfile.packages["a@1.0.0"].clone()
}

#[test]
fn entries_are_found_by_key() {
    let lockfile = parse(SHORT);
    assert_eq!(lockfile.format, LockfileFormat::V9);
    assert_eq!(lockfile.settings.auto_install_peers, Some(true));
    let root = &lockfile.importers[&ImporterId::root()];
    assert_eq!(root.dependencies["a"].specifier, "^1.0.0");
    let dep_path = DepPath::from_reference("a", &root.dependencies["a"].version).unwrap();
    assert_eq!(lockfile.snapshots[&dep_path].dependencies["b"], "2.0.0");
    assert_eq!(
        lockfile.info(&dep_path).unwrap().resolution,
        Resolution::Registry { integrity: "sha512-AA==".to_owned() }
    );
}

#[test]
fn versions_may_be_numbers() {
    for version in ["9.0", "'9.0'", "\"9.0\"", "9"] {
        assert_eq!(parse(&SHORT.replace("'9.0'", version)), parse(SHORT), "{version}");
    }
}

#[test]
fn marks_of_order_and_line_ends_of_windows_change_nothing() {
    let windows = format!("\u{feff}{}", SHORT.replace('\n', "\r\n"));
    assert_eq!(parse(&windows), parse(SHORT));
}

#[test]
fn of_two_documents_the_last_is_the_projects() {
    let first = "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies:\n      x:\n        specifier: 1.0.0\n        version: 1.0.0\n\n";
    let both = format!("{first}---\n{SHORT}");
    assert_eq!(parse(&both), parse(SHORT));
    assert_eq!(parse(&format!("\u{feff}{}", both.replace('\n', "\r\n"))), parse(SHORT));
    assert_eq!(parse(&format!("---\n{SHORT}")), parse(SHORT));
}

/// From 11 on, pnpm records its own packages in a separate document.
#[test]
#[ignore = "needs real pnpm"]
fn the_two_documents_of_pnpm_give_the_project() {
    for major in [11, 12] {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write(".npmrc", &Registry::start().npmrc());
        write("pnpm-workspace.yaml", "packages: [.]\nconfigDependencies: {plain-b: 1.0.0}\n");
        write("package.json", r#"{"name": "x", "private": true, "dependencies": {"plain-a": "1.0.0"}}"#);
        real_pnpm::lock(major, dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join("pnpm-lock.yaml")).unwrap();
        assert_eq!(text.matches("lockfileVersion:").count(), 2, "pnpm {major}: {text}");
        let lockfile = parse(&text);
        assert!(lockfile.importers[&ImporterId::root()].dependencies.contains_key("plain-a"));
        assert_eq!(lockfile.packages.len(), 2, "pnpm {major}");
    }
}

#[test]
fn one_project_alone_needs_no_importers() {
    let text = "lockfileVersion: '9.0'\ndependencies:\n  a:\n    specifier: 1.0.0\n    version: 1.0.0\n";
    let lockfile = parse(text);
    assert_eq!(lockfile.importers[&ImporterId::root()].dependencies["a"].version, "1.0.0");
}

#[test]
fn empty_lists_may_be_null() {
    let lockfile = parse("lockfileVersion: '9.0'\nimporters:\n  a:\n  b: {}\npackages:\nsnapshots:\n");
    assert_eq!(lockfile.importers.len(), 2);
    assert!(lockfile.snapshots.is_empty());
}

#[test]
fn keys_may_be_longer_than_yaml_allows() {
    let peers: String = (0..60).map(|peer| format!("(@scope/a-rather-long-name-{peer}@1.0.0)")).collect();
    assert!(peers.len() > 1_024);
    let key = format!("a@1.0.0{peers}");
    let base = "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-AA==}\nsnapshots:\n";
    for entry in [format!("  {key}:\n    optional: true\n"), format!("  ? '{key}'\n  : optional: true\n")] {
        let lockfile = parse(&format!("{base}{entry}"));
        let dep_path = DepPath::new(key.as_str());
        assert!(lockfile.snapshots[&dep_path].optional);
        assert!(lockfile.info(&dep_path).is_some());
    }
}

#[test]
fn every_kind_of_resolution_is_told() {
    let of = |body: &str| package(&format!("    resolution: {body}\n")).resolution;
    let tarball = |url: &str, integrity: Option<&str>, git_hosted| Resolution::Tarball {
        url: url.to_owned(),
        integrity: integrity.map(str::to_owned),
        path: None,
        git_hosted,
    };
    assert_eq!(
        of("{integrity: sha512-AA==, tarball: file:x.tgz}"),
        tarball("file:x.tgz", Some("sha512-AA=="), false)
    );
    assert_eq!(of("{tarball: https://example.org/x.tgz}"), tarball("https://example.org/x.tgz", None, false));
    assert_eq!(
        of("{tarball: https://codeload.github.com/a/b/tar.gz/c}"),
        tarball("https://codeload.github.com/a/b/tar.gz/c", None, true)
    );
    assert_eq!(
        of("{tarball: https://example.org/x, gitHosted: true}"),
        tarball("https://example.org/x", None, true)
    );
    assert_eq!(
        of("{directory: packages/inj, type: directory}"),
        Resolution::Directory { path: "packages/inj".to_owned() }
    );
    let git = Resolution::Git {
        repo: "git+ssh://h/r".to_owned(),
        commit: "c0ffee".to_owned(),
        path: Some("/sub".to_owned()),
    };
    assert_eq!(of("{commit: c0ffee, path: /sub, repo: git+ssh://h/r, type: git}"), git);
    assert_eq!(of("{type: custom:thing, x: 1}"), Resolution::Unknown { kind: "custom:thing".to_owned() });
    let binary =
        "{type: binary, url: https://h/n.tar.gz, integrity: sha256-AA==, archive: tarball, bin: bin/node}";
    let runtime =
        Resolution::Binary { url: "https://h/n.tar.gz".to_owned(), integrity: "sha256-AA==".to_owned() };
    assert_eq!(of(binary), runtime);
    let variants = format!(
        "{{type: variations, variants: [{{resolution: {binary}, targets: [{{os: linux, cpu: x64, libc: musl}}]}}]}}"
    );
    let Resolution::Variations(variants) = of(&variants) else { panic!() };
    assert_eq!(variants[0].resolution, runtime);
    assert_eq!(variants[0].targets, [("linux".to_owned(), "x64".to_owned(), Some("musl".to_owned()))]);
}

#[test]
fn a_package_without_an_origin_is_refused() {
    let text = "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    hasBin: true\n";
    assert!(matches!(refused(text), LockfileError::Entry { key, .. } if key == "a@1.0.0"));
}

#[test]
fn demands_are_lists_or_words_and_old_engines_say_nothing() {
    let resolution = "    resolution: {integrity: sha512-AA==}\n";
    let info = package(&format!(
        "{resolution}    os: [linux, '!win32']\n    cpu: x64\n    libc: [musl]\n    engines: {{node: '>=18', npm: '9'}}\n"
    ));
    assert_eq!(info.os.unwrap(), ["linux", "!win32"]);
    assert_eq!(info.cpu.unwrap(), ["x64"]);
    assert_eq!(info.engines_node.unwrap(), ">=18");
    for engines in ["{'0': node >= 0.2}", "[node >= 0.2]", "node >= 0.2"] {
        assert_eq!(package(&format!("{resolution}    engines: {engines}\n")).engines_node, None);
    }
}

#[test]
fn bundled_dependencies_are_all_or_some() {
    let of = |value: &str| {
        package(&format!("    resolution: {{integrity: sha512-AA==}}\n    bundledDependencies: {value}\n"))
            .bundled
    };
    assert_eq!(of("true"), Bundled::All);
    assert_eq!(of("false"), Bundled::None);
    assert_eq!(of("[x, '@s/y']"), Bundled::Names(vec!["x".to_owned(), "@s/y".to_owned()]));
}

#[test]
fn patches_are_hashes_or_hashes_with_paths() {
    let lockfile = parse(
        "lockfileVersion: '9.0'\npatchedDependencies:\n  a@1.0.0: c0ffee\n  b:\n    hash: beef\n    path: patches/b.patch\n",
    );
    assert_eq!(lockfile.patched_dependencies["a@1.0.0"].hash, "c0ffee");
    assert_eq!(lockfile.patched_dependencies["a@1.0.0"].path, None);
    assert_eq!(lockfile.patched_dependencies["b"].path.as_deref(), Some("patches/b.patch"));
}

#[test]
fn catalogs_keep_their_specifiers() {
    let text = "lockfileVersion: '9.0'\ncatalogs:\n  default:\n    a:\n      specifier: ^1.0.0\n      version: 1.2.0\n";
    assert_eq!(parse(text).catalogs["default"]["a"], "^1.0.0");
}

#[test]
fn other_versions_are_named_with_a_way_out() {
    for version in ["5.4", "'5.4'", "'7.0'", "'13.0'", "'9.1'", "nine"] {
        let error = refused(&format!("lockfileVersion: {version}\n"));
        let LockfileError::Version { found } = &error else { panic!("{error}") };
        assert_eq!(found, version.trim_matches('\''));
    }
    assert_eq!(refused("importers: {}\n"), LockfileError::NoVersion);
}

/// A format after 9.0, written as JSON with tabs and trailing commas.
#[test]
fn version_13_is_refused_by_name() {
    let text = "{\n\t\"lockfileVersion\": \"13.0\",\n\n\t\"settings\": {\n\t\t\"autoInstallPeers\": true,\n\t},\n\n\t\"projects\": {\n\t},\n}\n";
    assert_eq!(refused(text), LockfileError::Version { found: "13.0".to_owned() });
}
