//! Whether a lockfile is up to date: real pnpm and `check_fresh` in the same folders. `pnpm install --frozen-lockfile
//! --lockfile-only` compares and fetches nothing, so the test packages need no registry; pnpm itself comes from one.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_pnpm::{PnpmError, Rules, Workspace, check_fresh};

const LOCKFILE: &str = "\
lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .: {}

  svc:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0
      lib:
        specifier: workspace:*
        version: link:../lib
    devDependencies:
      b:
        specifier: ^1.0.0
        version: 1.0.0
    optionalDependencies:
      c:
        specifier: ^1.0.0
        version: 1.0.0

  lib: {}

packages:

  a@1.0.0:
    resolution: {integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==}

  b@1.0.0:
    resolution: {integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==}

  c@1.0.0:
    resolution: {integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==}

snapshots:

  a@1.0.0: {}

  b@1.0.0: {}

  c@1.0.0:
    optional: true
";
const SERVICE: &str = r#"{"name": "svc", "version": "1.0.0", "dependencies": {"a": "^1.0.0", "lib": "workspace:*"}, "devDependencies": {"b": "^1.0.0"}, "optionalDependencies": {"c": "^1.0.0"}}"#;

/// A pnpm, and the folder of a node that is new enough for it.
struct Pnpm {
    program: PathBuf,
    node: PathBuf,
}

/// Installs this pnpm below `dir`, with its own node, because 11 and 12 need a newer one than some systems have.
fn pnpm(dir: &Path, version: &str) -> Pnpm {
    let package = format!("pnpm@{version}");
    let arguments = ["install", "--no-audit", "--no-fund", "--prefix"];
    let output = Command::new("npm").args(arguments).arg(dir).args([&package, "node@24"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Pnpm { program: dir.join("node_modules/.bin/pnpm"), node: dir.join("node_modules/node/bin") }
}

/// The differences from the matching workspace: files to write, and texts of the lockfile to replace.
struct Case {
    name: &'static str,
    files: Vec<(&'static str, String)>,
    lockfile: Vec<(&'static str, &'static str)>,
}

fn case(name: &'static str) -> Case {
    Case { name, files: Vec::new(), lockfile: Vec::new() }
}

impl Case {
    fn file(mut self, path: &'static str, text: impl Into<String>) -> Case {
        self.files.push((path, text.into()));
        self
    }

    fn service(self, from: &str, to: &str) -> Case {
        assert!(SERVICE.contains(from));
        self.file("svc/package.json", SERVICE.replace(from, to))
    }

    fn lock(mut self, from: &'static str, to: &'static str) -> Case {
        assert!(LOCKFILE.contains(from));
        self.lockfile.push((from, to));
        self
    }

    fn corrected(self) -> Case {
        CORRECTION.into_iter().fold(self, |case, (from, to)| case.lock(from, to))
    }

    fn write(&self, root: &Path) {
        let mut lockfile = LOCKFILE.to_owned();
        for (from, to) in &self.lockfile {
            lockfile = lockfile.replace(from, to);
        }
        let fitting = [
            ("package.json", r#"{"name": "root", "private": true}"#),
            ("pnpm-workspace.yaml", "packages: [svc, lib, new]\n"),
            ("pnpm-lock.yaml", &lockfile),
            ("svc/package.json", SERVICE),
            ("lib/package.json", r#"{"name": "lib", "version": "1.0.0"}"#),
        ];
        let changed = self.files.iter().map(|(path, text)| (*path, text.as_str()));
        for (path, text) in fitting.into_iter().chain(changed) {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
    }
}

fn root(pnpm: &str) -> String {
    format!(r#"{{"name": "root", "private": true, "pnpm": {pnpm}}}"#)
}

const OVERRIDES: &str = "overrides:\n  a@<1: ^1.0.0\n\nimporters:";
/// A workspace package with the name of one that pnpm corrects, and its lockfile entries.
const CORRECTED: &str = r#"{"name": "rollup-plugin-polyfill-node", "version": "0.8.0"}"#;
const CORRECTION: [(&str, &str); 3] = [
    (
        "  lib: {}\n",
        "  lib: {}\n\n  new:\n    dependencies:\n      rollup:\n        specifier: ^1.20.0 || ^2.0.0\n        version: 2.0.0\n",
    ),
    (
        "packages:\n",
        "packages:\n\n  rollup@2.0.0:\n    resolution: {integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==}\n",
    ),
    ("snapshots:\n", "snapshots:\n\n  rollup@2.0.0: {}\n"),
];
const HOOKS: &str = "module.exports = { hooks: { readPackage (pkg) { return pkg } } }\n";

/// Cases with the same result in pnpm 9 and 10.
fn cases() -> Vec<Case> {
    let older = |name| case(name).service(r#""a": "^1.0.0""#, r#""a": "^0.5.0""#);
    vec![
        case("fitting"),
        case("another specifier").service(r#""a": "^1.0.0""#, r#""a": "^2.0.0""#),
        case("another specifier of the same meaning").service(r#""b": "^1.0.0""#, r#""b": "1.x""#),
        case("one more").service(r#""a": "^1.0.0""#, r#""a": "^1.0.0", "d": "1""#),
        case("one less").service(r#""a": "^1.0.0", "#, ""),
        case("no longer optional")
            .service(r#""optionalDependencies""#, r#""peerDependenciesMeta": {}, "bundledStuff""#),
        case("moved").service(r#""dependencies": {"a": "^1.0.0", "#, r#""dependencies": {"b": "^1.0.0", "#),
        case("in two lists").service(r#""devDependencies": {"#, r#""devDependencies": {"a": "^1.0.0", "#),
        case("in two lists, with other words")
            .service(r#""devDependencies": {"#, r#""devDependencies": {"a": "^7.0.0", "#),
        case("another workspace specifier").service("workspace:*", "workspace:^"),
        case("a new package").file("new/package.json", r#"{"name": "new", "dependencies": {"x": "1"}}"#),
        case("a new package without dependencies").file("new/package.json", r#"{"name": "new"}"#),
        case("a name that pnpm corrects, corrected").file("new/package.json", CORRECTED).corrected(),
        case("a name that pnpm corrects, as it is").file("new/package.json", CORRECTED),
        case("a package that is gone").lock("  lib: {}\n", "  lib: {}\n\n  gone: {}\n"),
        case("a published folder").file(
            "lib/package.json",
            r#"{"name": "lib", "version": "1.0.0", "publishConfig": {"directory": "dist"}}"#,
        ),
        case("dependenciesMeta")
            .service(r#""version""#, r#""dependenciesMeta": {"a": {"injected": true}}, "version""#),
        case("empty dependenciesMeta").service(r#""version""#, r#""dependenciesMeta": {}, "version""#),
        case("a peer that is not locked")
            .service(r#""version""#, r#""peerDependencies": {"p": "1"}, "version""#),
        case("an optional peer that is not locked").service(
            r#""version""#,
            r#""peerDependencies": {"p": "1"}, "peerDependenciesMeta": {"p": {"optional": true}}, "version""#,
        ),
        case("a peer that is a dependency too")
            .service(r#""version""#, r#""peerDependencies": {"a": "*"}, "version""#),
        case("peers are not installed").file(".npmrc", "auto-install-peers=false\n"),
        case("peers are not installed in either")
            .file(".npmrc", "auto-install-peers=false\n")
            .service(r#""version""#, r#""peerDependencies": {"p": "1"}, "version""#)
            .lock("autoInstallPeers: true", "autoInstallPeers: false"),
        case("an override that is not locked").file("package.json", root(r#"{"overrides": {"x": "1"}}"#)),
        case("a locked override that is gone").lock("importers:", OVERRIDES),
        older("an override that is applied")
            .file("package.json", root(r#"{"overrides": {"a@<1": "^1.0.0"}}"#))
            .lock("importers:", OVERRIDES),
        older("an override that does not meet")
            .file("package.json", root(r#"{"overrides": {"a@<0.2": "^1.0.0"}}"#))
            .lock("importers:", "overrides:\n  a@<0.2: ^1.0.0\n\nimporters:"),
        older("an override in this package")
            .file("package.json", root(r#"{"overrides": {"svc>a": "^1.0.0"}}"#))
            .lock("importers:", "overrides:\n  svc>a: ^1.0.0\n\nimporters:"),
        older("an override in another version of it")
            .file("package.json", root(r#"{"overrides": {"svc@2>a": "^1.0.0"}}"#))
            .lock("importers:", "overrides:\n  svc@2>a: ^1.0.0\n\nimporters:"),
        older("the special override wins")
            .file("package.json", root(r#"{"overrides": {"a": "3", "svc>a": "^1.0.0"}}"#))
            .lock("importers:", "overrides:\n  a: '3'\n  svc>a: ^1.0.0\n\nimporters:"),
        case("an override that takes away")
            .service(r#""a": "^1.0.0""#, r#""a": "^1.0.0", "d": "1""#)
            .file("package.json", root(r#"{"overrides": {"d": "-"}}"#))
            .lock("importers:", "overrides:\n  d: '-'\n\nimporters:"),
        case("resolutions")
            .file("package.json", r#"{"name": "root", "resolutions": {"x": "1"}}"#)
            .lock("importers:", "overrides:\n  x: '1'\n\nimporters:"),
        case("an override by reference")
            .file(
                "package.json",
                r#"{"name": "root", "devDependencies": {"b": "^1.0.0"}, "pnpm": {"overrides": {"b": "$b"}}}"#,
            )
            .lock("importers:", "overrides:\n  b: ^1.0.0\n\nimporters:")
            .lock(
                "  .: {}",
                "  .:\n    devDependencies:\n      b:\n        specifier: ^1.0.0\n        version: 1.0.0",
            ),
        case("an extension that is not locked")
            .file("package.json", root(r#"{"packageExtensions": {"x": {"dependencies": {"y": "1"}}}}"#)),
        case("ignored, not locked").file("package.json", root(r#"{"ignoredOptionalDependencies": ["c"]}"#)),
        case("ignored and locked")
            .service(r#""c": "^1.0.0""#, r#""c": "^1.0.0", "native-x": "1", "native-y": "1""#)
            .file("package.json", root(r#"{"ignoredOptionalDependencies": ["native-*"]}"#))
            .lock("importers:", "ignoredOptionalDependencies:\n  - native-*\n\nimporters:"),
        case("a patch that is not locked")
            .file("package.json", root(r#"{"patchedDependencies": {"a@1.0.0": "a.patch"}}"#))
            .file("a.patch", "x\n"),
        case("a locked patch that is gone").lock(
            "importers:",
            "patchedDependencies:\n  a@1.0.0:\n    hash: x\n    path: a.patch\n\nimporters:",
        ),
        case("a name that pnpm would correct")
            .file(".npmrc", "ignore-compatibility-db=true\n")
            .file("new/package.json", CORRECTED),
        case("a pnpmfile that is not locked").file(".pnpmfile.cjs", HOOKS),
        case("a locked pnpmfile that is gone").lock("importers:", "pnpmfileChecksum: x\n\nimporters:"),
        case("another length of suffixes")
            .lock("autoInstallPeers: true", "peersSuffixMaxLength: 10\n  autoInstallPeers: true"),
        case("a catalog")
            .file("pnpm-workspace.yaml", "packages: [svc, lib]\ncatalog:\n  a: ^1.0.0\n")
            .service(r#""a": "^1.0.0""#, r#""a": "catalog:""#),
        case("a catalog that is locked")
            .file("pnpm-workspace.yaml", "packages: [svc, lib]\ncatalog:\n  a: ^1.0.0\n")
            .service(r#""a": "^1.0.0""#, r#""a": "catalog:""#)
            .lock("      a:\n        specifier: ^1.0.0", "      a:\n        specifier: 'catalog:'")
            .lock(
                "importers:",
                "catalogs:\n  default:\n    a:\n      specifier: ^1.0.0\n      version: 1.0.0\n\nimporters:",
            ),
    ]
}

/// The entries of a package `p`, inserted at the start of the snapshots.
const PEER: &str = "  p@1.0.0:\n    resolution: {integrity: sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==}\n\nsnapshots:\n\n  p@1.0.0: {}\n";

/// Cases of pnpm 10 and later.
fn later_cases() -> Vec<Case> {
    let yaml = |name, settings: &str| {
        case(name).file("pnpm-workspace.yaml", format!("packages: [svc, lib, new]\n{settings}"))
    };
    vec![
        case("fitting"),
        case("another specifier").service(r#""a": "^1.0.0""#, r#""a": "^2.0.0""#),
        case("in two lists, with other words")
            .service(r#""devDependencies": {"#, r#""devDependencies": {"a": "^7.0.0", "#),
        yaml("an override that is not locked", "overrides:\n  x: '1'\n"),
        yaml("an override that is locked", "overrides:\n  x: '1'\n")
            .lock("importers:", "overrides:\n  x: '1'\n\nimporters:"),
        yaml("a peer that is overridden", "overrides:\n  p: ^1.0.0\n")
            .service(r#""version""#, r#""peerDependencies": {"p": "0"}, "version""#)
            .lock("importers:", "overrides:\n  p: ^1.0.0\n\nimporters:")
            .lock(
                "  svc:\n    dependencies:\n",
                "  svc:\n    dependencies:\n      p:\n        specifier: ^1.0.0\n        version: 1.0.0\n",
            )
            .lock("snapshots:\n", PEER),
        yaml(
            "an extension that is not locked",
            "packageExtensions:\n  x:\n    dependencies:\n      y: '1'\n",
        ),
        yaml("peers are not installed", "autoInstallPeers: false\n"),
        yaml("injected", "injectWorkspacePackages: true\n"),
        yaml("another catalog", "catalog:\n  a: ^2.0.0\n")
            .service(r#""a": "^1.0.0""#, r#""a": "catalog:""#)
            .lock("      a:\n        specifier: ^1.0.0", "      a:\n        specifier: 'catalog:'")
            .lock(
                "importers:",
                "catalogs:\n  default:\n    a:\n      specifier: ^1.0.0\n      version: 1.0.0\n\nimporters:",
            ),
        case("a new package").file("new/package.json", r#"{"name": "new", "dependencies": {"x": "1"}}"#),
        case("a new package without dependencies").file("new/package.json", r#"{"name": "new"}"#),
        case("a name that pnpm corrects, corrected").file("new/package.json", CORRECTED).corrected(),
        case("a name that pnpm corrects, as it is").file("new/package.json", CORRECTED),
        case("a pnpmfile that is not locked").file(".pnpmfile.cjs", HOOKS),
    ]
}

/// pnpm's answer by its exit code, and its output.
fn real(pnpm: &Pnpm, root: &Path) -> (bool, String) {
    let arguments = ["install", "--frozen-lockfile", "--lockfile-only", "--ignore-scripts", "--offline"];
    let home = root.join("../home");
    let command = Command::new(&pnpm.program)
        .args(arguments)
        .current_dir(root)
        .env("PATH", format!("{}:{}", pnpm.node.display(), std::env::var("PATH").unwrap()))
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", &home)
        .env("npm_config_store_dir", home.join("store"))
        .env("CI", "1")
        // From 11 on, pnpm would first ask the registry for the age of every entry, and the packages do not exist
        // there.
        .env("pnpm_config_minimum_release_age", "0")
        .output()
        .unwrap();
    let said = [command.stdout, command.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (command.status.success(), said)
}

fn ours(root: &Path, rules: &'static Rules) -> Result<(), PnpmError> {
    check_fresh(&Workspace::read(root, Some(rules))?)
}

fn compare(version: &str, rules: &'static Rules, cases: &[Case]) {
    let dir = tempfile::tempdir().unwrap();
    let program = pnpm(&dir.path().join("pnpm"), version);
    let mut wrong = Vec::new();
    for case in cases {
        let root = dir.path().join("w");
        fs::create_dir(&root).unwrap();
        case.write(&root);
        let ours = ours(&root, rules);
        let (fresh, said) = real(&program, &root);
        if !fresh {
            assert!(said.contains("ERR_PNPM_"), "{}: {said}", case.name);
        }
        if ours.is_ok() != fresh {
            wrong.push(format!("{}: ours {ours:?}, pnpm {version} {fresh}: {said}", case.name));
        }
        fs::remove_dir_all(&root).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs a registry to install pnpm from"]
fn pnpm_9_says_the_same() {
    compare("9.14.2", &PNPM_9, &cases());
}

#[test]
#[ignore = "needs a registry to install pnpm from"]
fn pnpm_10_says_the_same() {
    compare("10.34.9", &PNPM_10, &cases());
    compare("10.34.9", &PNPM_10, &later_cases());
}

#[test]
#[ignore = "needs a registry to install pnpm from"]
fn pnpm_11_says_the_same() {
    compare("11.28.11", &PNPM_11, &later_cases());
}

#[test]
#[ignore = "needs a registry to install pnpm from"]
fn pnpm_12_says_the_same() {
    compare("12.21.0", &PNPM_12, &later_cases());
}
