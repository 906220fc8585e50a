#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_store::{Pack, PackBuilder, Store};

use super::{Prune, PruneOptions, PruneRule};
use crate::testing::target;
use fourply_platform::Libc;
use fourply_pnpm::{DepPath, Target};

struct Bed {
    _dir: tempfile::TempDir,
    store: Store,
}

impl Bed {
    fn new() -> Bed {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        Bed { _dir: dir, store }
    }

    fn pack(&self, manifest: &str, files: &[(&str, &str)]) -> Arc<Pack> {
        let mut builder = PackBuilder::new();
        builder.add_file("package.json", false, manifest.into()).unwrap();
        for (path, content) in files {
            builder.add_file(path, false, (*content).into()).unwrap();
        }
        builder.finish(&self.store).unwrap()
    }

    /// The removed files, as `path rule`.
    fn removed_by(&self, options: &PruneOptions, target: &Target, pack: &Pack) -> Vec<String> {
        let prune = Prune::new(options, target).unwrap();
        let owner = DepPath::new("@s/p@1.0.0");
        let removals = prune.removals(&self.store, pack, &owner).unwrap();
        assert_eq!(removals, prune.removals(&self.store, pack, &owner).unwrap(), "as it is remembered");
        removals.into_iter().map(|(path, rule)| format!("{path} {}", rule.name())).collect()
    }

    fn removed(&self, manifest: &str, files: &[(&str, &str)]) -> Vec<String> {
        self.removed_by(&PruneOptions::default(), &target(), &self.pack(manifest, files))
    }
}

#[test]
fn each_rule_takes_its_own() {
    let files = [
        ("LICENSE", ""),
        ("README.md", ""),
        ("CHANGELOG", ""),
        ("docs/picture.png", ""),
        ("lib/index.js", "1\n//# sourceMappingURL=index.js.map"),
        ("lib/index.js.map", ""),
        ("lib/index.d.ts", ""),
        ("lib/guide.md", "copied by nobody knows whom"),
        ("test/data.txt", ""),
        ("prebuilds/darwin-x64+arm64/x.node", ""),
        ("prebuilds/linux-x64/x.glibc.node", ""),
        ("prebuilds/linux-x64/x.musl.node", ""),
        ("prebuilds/linux-arm64/x.node", ""),
    ];
    let bed = Bed::new();
    let expected = [
        "CHANGELOG docs",
        "README.md docs",
        "docs/picture.png docs",
        "lib/index.d.ts types",
        "lib/index.js.map source-maps",
        "prebuilds/darwin-x64+arm64/x.node prebuilds",
        "prebuilds/linux-arm64/x.node prebuilds",
        "prebuilds/linux-x64/x.musl.node prebuilds",
        "test/data.txt tests",
    ];
    assert_eq!(bed.removed(r#"{"main":"lib"}"#, &files), expected);
    let musl = Target { libc: Libc::Musl, ..target() };
    let pack = bed.pack(r#"{"main":"lib"}"#, &files);
    let removed = bed.removed_by(&PruneOptions::default(), &musl, &pack);
    assert!(removed.contains(&"prebuilds/linux-x64/x.glibc.node prebuilds".to_owned()), "{removed:?}");
    assert!(!removed.contains(&"prebuilds/linux-x64/x.musl.node prebuilds".to_owned()), "{removed:?}");
    for rule in PruneRule::DEFAULT {
        let options = PruneOptions { rules: [rule].into(), ..PruneOptions::default() };
        let alone = bed.removed_by(&options, &target(), &pack);
        let ends = format!(" {}", rule.name());
        let wanted: Vec<&str> = expected.into_iter().filter(|line| line.ends_with(&ends)).collect();
        assert_eq!(alone, wanted);
    }
}

#[test]
fn licences_stay_and_a_read_me_that_holds_the_only_one() {
    let bed = Bed::new();
    let read_me = ("README.md", "# x\n## License\nMIT");
    assert!(bed.removed("{}", &[read_me]).is_empty());
    assert_eq!(bed.removed("{}", &[read_me, ("LICENCE.md", "")]), ["README.md docs"]);
    let legal = ["COPYING.md", "NOTICE.md", "docs/LICENSE-MIT.txt", "docs/licenses/x.html", "AUTHORS.md"];
    assert!(bed.removed("{}", &legal.map(|path| (path, ""))).is_empty());
}

#[test]
fn what_the_manifest_names_stays() {
    let bed = Bed::new();
    let manifest = r#"{
        "main": "./test/main", "bin": {"x": "docs/cli.txt"}, "browser": {"a": "./docs/b.html"},
        "exports": {".": {"types": "./index.d.ts", "default": "./test/main.js"}, "./docs/*.md": "./docs/*.md", "./all/*": "./tests/*"},
        "directories": {"bin": "examples"}
    }"#;
    let files = [
        ("test/main.js", ""),
        ("docs/cli.txt", ""),
        ("docs/b.html", ""),
        ("docs/c.md", ""),
        ("tests/a.js", ""),
        ("tests/a.txt", ""),
        ("examples/command", ""),
        ("index.d.ts", ""),
        ("test/other.js", ""),
    ];
    // A folder in which some file stays is kept whole.
    assert_eq!(bed.removed(manifest, &files), ["index.d.ts types"]);
    let manifest_of_guides = r#"{"exports": {".": "./x.js", "./guides/*": "./docs/*", "./*": "./*"}}"#;
    let files = [("docs/a.md", ""), ("docs/b/c.png", ""), ("README.md", ""), ("examples/d.html", "")];
    assert_eq!(bed.removed(manifest_of_guides, &files), ["README.md docs", "examples/d.html docs"]);
    let files = [("test/other.js", ""), ("tests/a.txt", "")];
    assert_eq!(bed.removed(manifest, &files), ["test/other.js tests"]);
}

#[test]
fn code_stays_where_anybody_may_require_it() {
    let bed = Bed::new();
    let files = [
        ("test/index.js", "read('./data.txt')"),
        ("test/data.txt", ""),
        ("tests/data.json", ""),
        ("lib/__tests__/x.mjs", ""),
        ("docs/run", ""),
        ("docs/run.md", ""),
    ];
    assert!(bed.removed(r#"{"main":"x.js"}"#, &files).is_empty(), "nor does what that code may read go");
    let expected = [
        "docs/run docs",
        "docs/run.md docs",
        "lib/__tests__/x.mjs tests",
        "test/data.txt tests",
        "test/index.js tests",
        "tests/data.json tests",
    ];
    assert_eq!(bed.removed(r#"{"exports":"./x.js"}"#, &files), expected, "node refuses these paths");
}

#[test]
fn what_the_code_names_stays() {
    let bed = Bed::new();
    let kept = |code: &str, file: &str| bed.removed(r#"{"exports":"./x.js"}"#, &[("x.js", code), (file, "")]);
    assert!(kept("read(__dirname + '/README.md')", "README.md").is_empty());
    assert!(kept("open('./test/data/a.pdf')", "test/data/a.pdf").is_empty());
    assert!(kept(r#"require("../__mocks__/fs")"#, "lib/__mocks__/fs.js").is_empty());
    assert!(kept("if (name.endsWith('.d.ts'))", "lib/lib.es5.d.ts").is_empty());
    assert!(kept(r"/\.d\.ts$/.test(name)", "lib/lib.es5.d.ts").is_empty());
    assert!(bed.removed("{}", &[("x.js", "f('x.js.map')"), ("x.js.map", "")]).is_empty());
    assert_eq!(kept("/x/.test(y); // a test of docs", "test/a.txt"), ["test/a.txt tests"]);
    assert_eq!(kept("// see README.md", "README.md"), ["README.md docs"]);
}

#[test]
fn templates_bundled_packages_and_links_are_left_alone() {
    let bed = Bed::new();
    let files = [
        ("templates/test/a.md", ""),
        ("node_modules/y/README.md", ""),
        ("node_modules/y/package.json", "{}"),
        ("src/files/index.d.ts", ""),
    ];
    assert!(bed.removed("{}", &files).is_empty());
    let mut builder = PackBuilder::new();
    builder.add_file("package.json", false, b"{}".to_vec()).unwrap();
    builder.add_file("docs/a.md", false, Vec::new()).unwrap();
    builder.add_symlink("lib/help.md", "../docs/a.md").unwrap();
    let pack = builder.finish(&bed.store).unwrap();
    assert!(bed.removed_by(&PruneOptions::default(), &target(), &pack).is_empty());
}

#[test]
fn a_package_that_nobody_can_read_is_left_alone() {
    let bed = Bed::new();
    assert!(bed.removed("{ broken", &[("README.md", "")]).is_empty());
}

#[test]
fn the_users_globs_come_last_and_keep_wins() {
    let bed = Bed::new();
    let pack = bed.pack(
        "{}",
        &[("LICENSE.md", ""), ("README.md", ""), ("a.js", ""), ("b/c.js", ""), ("node_modules/z/d.js", "")],
    );
    let globs = |all: &[&str]| all.iter().map(|glob| (*glob).to_owned()).collect();
    let options = |keep: &[&str], drop: &[&str]| PruneOptions {
        keep: globs(keep),
        drop: globs(drop),
        ..PruneOptions::default()
    };
    let removed = |keep: &[&str], drop: &[&str]| bed.removed_by(&options(keep, drop), &target(), &pack);
    assert_eq!(removed(&[], &["@s/p/*.js"]), ["README.md docs", "a.js drop"]);
    assert_eq!(
        removed(&["@s/p/README*"], &["@s/p/**/*.js"]),
        ["a.js drop", "b/c.js drop", "node_modules/z/d.js drop"]
    );
    assert!(removed(&["@s/**"], &["@s/p/**"]).is_empty());
    assert_eq!(removed(&[], &["@s/p/**"]).len(), 4, "package.json and the licence stay");
    let error = Prune::new(&options(&["a{"], &[]), &target()).unwrap_err();
    assert!(error.to_string().contains("a{"), "{error}");
    assert!("everything".parse::<PruneRule>().unwrap_err().to_string().contains("everything"));
}

#[test]
fn keys_tell_rules_globs_and_platforms_apart() {
    let key = |options: &PruneOptions, target: &Target| Prune::new(options, target).unwrap().key();
    let default = PruneOptions::default();
    let keep = PruneOptions { keep: vec!["x".to_owned()], ..default.clone() };
    let drop = PruneOptions { drop: vec!["x".to_owned()], ..default.clone() };
    let docs = PruneOptions { rules: [PruneRule::Docs].into(), ..default.clone() };
    let musl = Target { libc: Libc::Musl, ..target() };
    let keys = [
        key(&default, &target()),
        key(&keep, &target()),
        key(&drop, &target()),
        key(&docs, &target()),
        key(&default, &musl),
    ];
    let distinct: BTreeMap<_, ()> = keys.into_iter().map(|key| (key, ())).collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn of_a_native_build_stays_what_it_made_and_what_was_published() {
    let files = [
        ("binding.gyp", ""),
        ("deps/sqlite3/sqlite3.c", ""),
        ("build/config.gypi", ""),
        ("build/Release/x.node", ""),
        ("build/Release/sqlite3.a", ""),
        ("build/Release/.deps/Release/x.node.d", ""),
        ("build/Release/obj/gen/sqlite3/sqlite3.c", ""),
        ("build/Release/obj/gen/table.js", ""),
        ("build/Release/obj.target/x.node", ""),
        ("build/Release/obj.target/y.node", ""),
        ("build/Release/obj.target/x/src/x.o", ""),
        ("lib/x.a", ""),
        ("native/build/CMakeFiles/x.dir/x.cc.o", ""),
    ];
    let expected = [
        "build/Release/.deps/Release/x.node.d objects",
        "build/Release/obj.target/x.node objects",
        "build/Release/obj.target/x/src/x.o objects",
        "build/Release/obj/gen/sqlite3/sqlite3.c objects",
        "build/Release/sqlite3.a objects",
        "native/build/CMakeFiles/x.dir/x.cc.o objects",
    ];
    assert_eq!(Bed::new().removed("{}", &files), expected);
}
