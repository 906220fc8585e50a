//! The files that npm packs of random folders with random rules, compared with npm-packlist itself, 5 and 10.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_pnpm::rules::{PNPM_10, PNPM_12};
use fourply_pnpm::{ImporterId, Rules};
use fourply_scripts::pack_folder;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};

use fourply_testing::planned::{scratch, store};

/// The number of folders per version, unless `PROPTEST_CASES` is set.
const CASES: u32 = 100;

/// Asks npm-packlist about every folder named in the arguments; both forms of its interface.
const SCRIPT: &str = r"
const packlist = require('npm-packlist'), fs = require('fs');
const answer = async path => {
  const manifest = JSON.parse(fs.readFileSync(path + '/package.json', 'utf8'));
  // As pnpm calls it.
  if (manifest.main) manifest.main = manifest.main.replace(/^\.\//, '');
  return process.argv[2] === '5' ? packlist({ path }) : packlist({ path, package: manifest, isProjectRoot: true, edgesOut: new Map() });
};
(async () => {
  for (const path of process.argv.slice(3)) {
    console.log(JSON.stringify(await answer(path).catch(error => String(error))));
  }
})();
";

/// A folder to pack: its rules and its files.
#[derive(Debug, Clone)]
struct Random {
    files: Option<Vec<String>>,
    main: Option<&'static str>,
    /// Folder of an ignore file and its lines.
    ignored: Vec<(&'static str, &'static str, Vec<String>)>,
    paths: BTreeSet<String>,
}

impl Random {
    fn write(&self, folder: &Path) {
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let mut manifest = serde_json::json!({"name": "random", "version": "1.0.0"});
        if let Some(files) = &self.files {
            manifest["files"] = files.clone().into();
        }
        if let Some(main) = self.main {
            manifest["main"] = main.into();
        }
        self.paths.iter().for_each(|path| write(path, "1"));
        for (folder, name, lines) in &self.ignored {
            write(&format!("{folder}{name}"), &lines.join("\n"));
        }
        write("package.json", &manifest.to_string());
    }
}

fn name() -> impl Strategy<Value = String> {
    const NAMES: [&str; 11] =
        ["a", "b", "ab", "B", "a.js", "b.js", "a.test.js", "b.ts", ".a", "readme.md", "x-1.js"];
    prop::sample::select(&NAMES[..]).prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    let folder = prop::sample::select(&["", "", "src/", "dist/", "src/a/", "test/"][..]);
    (folder, name()).prop_map(|(folder, name)| format!("{folder}{name}"))
}

/// One name of a pattern, including nested groups. Repeating parts are never nested: minimatch would take forever.
fn pattern_name() -> impl Strategy<Value = String> {
    let plain =
        || prop::sample::select(&["a", "b", "?", "[ab]", "[!a]", ".a", "src", "test", "x-", "dist"][..]);
    let leaf = prop_oneof![
        3 => plain().prop_map(str::to_owned),
        2 => prop::sample::select(&["*", "*.js", "*.test", "*.ts", "**"][..]).prop_map(str::to_owned),
        1 => (prop::sample::select(&["+", "*"][..]), prop::collection::vec(plain(), 1..3))
            .prop_map(|(mark, choices)| format!("{mark}({})", choices.join("|"))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let marks = prop::sample::select(&["@", "?", "!"][..]);
        let group = (marks, prop::collection::vec(inner, 1..3))
            .prop_map(|(mark, choices)| format!("{mark}({})", choices.join("|")));
        let ends = prop::sample::select(&["", "", ".js", "a", "*", "!(b)"][..]);
        (group, ends, prop::sample::select(&["", "", "a", "*"][..]))
            .prop_map(|(group, end, begin)| format!("{begin}{group}{end}"))
    })
}

fn pattern() -> impl Strategy<Value = String> {
    let names = prop::collection::vec(prop_oneof![3 => pattern_name(), 1 => Just("**".to_owned())], 1..3);
    let ends = prop::sample::select(&["", "", "", "/", "/**", "/*"][..]);
    let begins = prop::sample::select(&["", "", "", "!", "/", "**/", "./"][..]);
    (begins, names, ends).prop_map(|(begin, names, end)| format!("{begin}{}{end}", names.join("/")))
}

fn random() -> impl Strategy<Value = Random> {
    let lines = || prop::collection::vec(pattern(), 1..4);
    let files = prop::option::of(lines());
    let main = prop::option::of(prop::sample::select(&["a.js", "./src/a.js", "dist"][..]));
    let ignored = prop::collection::vec(
        (
            prop::sample::select(&["", "src/"][..]),
            prop::sample::select(&[".npmignore", ".gitignore"][..]),
            lines(),
        ),
        0..2,
    );
    let paths = prop::collection::btree_set(path(), 4..16);
    (files, main, ignored, paths).prop_map(|(files, main, ignored, paths)| {
        // A path cannot be a file and a folder.
        let folder = |path: &String| ["src/a", "test", "dist"].contains(&path.as_str());
        Random { files, main, ignored, paths: paths.into_iter().filter(|path| !folder(path)).collect() }
    })
}

/// npm-packlist in a folder of its own.
fn packlist(version: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("npm-packlist-{version}"));
    if !folder.join("node_modules").is_dir() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("package.json"), "{}").unwrap();
        let package = format!("npm-packlist@{version}");
        let done = Command::new("npm").args(["install", "--silent", &package]).current_dir(&folder).status();
        assert!(done.unwrap().success(), "{package}");
    }
    std::fs::write(folder.join("ask.cjs"), SCRIPT).unwrap();
    folder
}

fn answers(version: &str, folders: &[PathBuf]) -> Vec<serde_json::Value> {
    let script = packlist(version).join("ask.cjs");
    let major = version.split('.').next().unwrap();
    let output = Command::new("node").arg(script).arg(major).args(folders).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The folders are the same every time; a larger number gives different ones.
fn compare(rules: &'static Rules, version: &str) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let config = Config::default();
    let mut runner =
        TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(config.rng_algorithm));
    let root = scratch(&format!("packs-{version}"));
    let folders: Vec<(PathBuf, Random)> = (0..cases)
        .map(|case| {
            let random = random().new_tree(&mut runner).unwrap().current();
            let folder = root.join(format!("f{case}"));
            random.write(&folder);
            (folder, random)
        })
        .collect();
    let paths: Vec<PathBuf> = folders.iter().map(|(folder, _)| folder.clone()).collect();
    let (mut differing, mut refused) = (Vec::new(), 0);
    for ((folder, random), answer) in folders.iter().zip(answers(version, &paths)) {
        let id = ImporterId::new(folder.file_name().unwrap().to_str().unwrap()).unwrap();
        let ours: BTreeSet<String> = match pack_folder(&store(), &root, &id, &rules.packing, &|_| false) {
            Ok(pack) => {
                store().open_pack(&pack).unwrap().entries().iter().map(|entry| entry.path.clone()).collect()
            }
            Err(error) if error.to_string().contains("is not supported") => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("{random:?}: {error}"),
        };
        let theirs: BTreeSet<String> = match &answer {
            serde_json::Value::Array(paths) => {
                paths.iter().map(|path| path.as_str().unwrap().trim_start_matches("./").to_owned()).collect()
            }
            other => panic!("{random:?}: {other}"),
        };
        if ours != theirs {
            let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
                one.difference(other).cloned().collect::<Vec<_>>().join(" ")
            };
            differing.push(format!(
                "{random:?}\n    fourply alone: {}\n    npm alone: {}",
                only(&ours, &theirs),
                only(&theirs, &ours)
            ));
        }
    }
    assert!(refused * 20 < cases, "{refused} of {cases} were refused");
    let count = differing.len();
    differing.truncate(8);
    assert!(count == 0, "{count} of {cases} differ\n{}", differing.join("\n"));
}

#[test]
#[ignore = "needs npm"]
fn packs_9_and_10() {
    compare(&PNPM_10, "5.1.3");
}

#[test]
#[ignore = "needs npm"]
fn packs_11_and_12() {
    compare(&PNPM_12, "10.0.4");
}
