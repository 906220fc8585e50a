//! Git repositories that have to be built, or that have submodules, as each pnpm takes them.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::planned::differences;
use crate::program::{error, fourply, run};
use crate::{alone, real_pnpm, rows, said};

/// What every repository's script writes: nothing of the machine.
const BUILD: &str = r"
const fs = require('fs'), git = require('child_process').execSync('git rev-parse HEAD').toString();
const tool = fs.existsSync('node_modules/is-number/package.json');
fs.mkdirSync('dist', { recursive: true });
fs.appendFileSync('dist/log.txt', [process.argv[2], git.length, tool].join(' ') + '\n');
// Of two files of one content pnpm's links make both executable.
fs.writeFileSync('dist/index.js', '#!/usr/bin/env node\n// ' + require('./package.json').name + '\n');
";

/// Repositories by name, each with its commit.
struct Repositories {
    folder: tempfile::TempDir,
    commits: BTreeMap<&'static str, String>,
}

impl Repositories {
    fn new() -> Repositories {
        let mut all = Repositories { folder: tempfile::tempdir().unwrap(), commits: BTreeMap::new() };
        let manifest = |name: &str, scripts: &str, more: &str| {
            format!(
                r#"{{"name": "{name}", "version": "1.0.0", "main": "dist/index.js", "files": ["dist"],
                     "scripts": {{{scripts}}}, "devDependencies": {{"is-number": "7.0.0"}}{more}}}"#
            )
        };
        let prepare = r#""prepare": "node build.js prepare""#;
        let prepack = r#""prepack": "node build.js prepack", "publish": "node build.js publish""#;
        let bin = r#", "bin": {"built-tool": "dist/index.js"}"#;
        let build = ("build.js", BUILD);
        all.add("by-npm", &[("package.json", &manifest("by-npm", prepare, bin)), build]);
        let lock = "lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies:\n      is-number:\n        specifier: 7.0.0\n        version: 7.0.0\n\
                    packages:\n  is-number@7.0.0:\n    resolution: {integrity: sha512-41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==}\n    engines: {node: '>=0.12.0'}\n\
                    snapshots:\n  is-number@7.0.0: {}\n";
        all.add(
            "by-pnpm",
            &[("package.json", &manifest("by-pnpm", prepack, "")), ("pnpm-lock.yaml", lock), build],
        );
        all.add("by-yarn", &[("package.json", &manifest("by-yarn", prepack, "")), ("yarn.lock", ""), build]);
        all.add("inner", &[("inner.js", "1")]);
        all.with_submodule();
        all
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn git(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]);
        command.args(["-c", "protocol.file.allow=always"]).args(arguments).current_dir(self.place(name));
        String::from_utf8(run(&mut command).stdout).unwrap().trim().to_owned()
    }

    fn add(&mut self, name: &'static str, files: &[(&str, &str)]) {
        std::fs::create_dir_all(self.place(name)).unwrap();
        self.git(name, &["init", "--quiet", "."]);
        for (path, text) in files {
            std::fs::write(self.place(name).join(path), text).unwrap();
        }
        self.commit(name);
    }

    fn commit(&mut self, name: &'static str) {
        self.git(name, &["add", "."]);
        self.git(name, &["commit", "--quiet", "-m", "x"]);
        self.commits.insert(name, self.git(name, &["rev-parse", "HEAD"]));
    }

    fn with_submodule(&mut self) {
        let manifest = r#"{"name": "with-submodule", "version": "1.0.0"}"#;
        self.add("with-submodule", &[("package.json", manifest)]);
        let url = format!("file://{}", self.place("inner").display());
        self.git("with-submodule", &["submodule", "--quiet", "add", &url, "deep/inner"]);
        self.commit("with-submodule");
    }

    fn url(&self, name: &str) -> String {
        format!("git+file://{}", self.place(name).display())
    }

    /// The key of a package in the lockfile.
    fn key(&self, name: &str) -> String {
        format!("{name}@{}#{}", self.url(name), self.commits[name])
    }
}

/// One version is asked about yarn: it is the same for all, but that 12 takes no other than the one that it fetches itself, with a
/// signature that not every registry has.
fn takes_yarn(rules: &'static Rules) -> bool {
    rules == &PNPM_10
}

/// A project that depends on the repositories; `allowed` are built.
fn project(rules: &'static Rules, repositories: &Repositories, allowed: &[&str], root: &Path) {
    let names = ["by-npm", "by-pnpm", "by-yarn", "with-submodule"];
    let names = names.into_iter().filter(|name| *name != "by-yarn" || takes_yarn(rules));
    let dependencies: BTreeMap<&str, String> = names.map(|name| (name, repositories.url(name))).collect();
    let version = ["9.14.2", "10.34.9", "11.28.11", "12.21.0"][rules.major() as usize - 9];
    let manifest = serde_json::json!({
        "name": "x", "version": "1.0.0", "private": true, "dependencies": dependencies,
        "packageManager": format!("pnpm@{version}"),
    });
    std::fs::write(root.join("package.json"), manifest.to_string()).unwrap();
    // What builds a repository installs its dependencies.
    std::fs::write(root.join("fourply.toml"), "[build]\nnetwork = true\n").unwrap();
    allow(rules, repositories, allowed, root);
}

fn allow(rules: &'static Rules, repositories: &Repositories, allowed: &[&str], root: &Path) {
    let keys: Vec<String> = allowed.iter().map(|name| repositories.key(name)).collect();
    let yaml = match rules.major() {
        9 => String::new(),
        10 => format!("onlyBuiltDependencies: {keys:?}\n"),
        _ => keys.iter().fold("allowBuilds:\n".to_owned(), |yaml, key| format!("{yaml}  {key:?}: true\n")),
    };
    std::fs::write(root.join("pnpm-workspace.yaml"), format!("packages: ['.']\n{yaml}")).unwrap();
}

#[test]
#[ignore = "needs real pnpm"]
fn repositories_are_built_as_each_pnpm_builds_them() {
    let _alone = alone();
    let repositories = Repositories::new();
    let mut failed = Vec::new();
    for rules in [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12] {
        let dir = tempfile::tempdir().unwrap();
        project(rules, &repositories, &["by-npm", "by-pnpm", "by-yarn"], dir.path());
        real_pnpm::lock(rules, dir.path()).unwrap();
        let tree = || said(&mut fourply(dir.path(), &["tree", ".", "--libc", "glibc", "--node", "22.18.0"]));
        let (ours, told) = tree();
        let yarn = takes_yarn(rules).then_some("yarn-run-publish: yarn run publish");
        for step in ["npm-install: npm install", "prepack: node build.js prepack"].into_iter().chain(yarn) {
            assert!(told.contains(step), "{step} in {told}");
        }
        // 9 and 10 tell the repository's npm that it is for production; what a whole install built is taken then.
        real_pnpm::install_all(rules, dir.path()).unwrap();
        real_pnpm::install(rules, dir.path(), None, true).unwrap();
        let real = crate::comparable(real_pnpm::rows(dir.path()));
        let (count, shown) = differences(&rows(&ours), &real);
        assert!(real.keys().any(|path| path.ends_with("by-pnpm/dist/log.txt")), "{real:?}");
        let inner = real.keys().any(|path| path.ends_with("with-submodule/deep/inner/inner.js"));
        assert_eq!(inner, rules.major() >= 11);
        match count {
            0 => println!("pnpm {}: {} paths, 0 differ", rules.major(), real.len()),
            _ => failed.push(format!("pnpm {}: {count} paths differ\n{shown}", rules.major())),
        }
        let (again, told) = tree();
        assert_eq!(again, ours);
        assert!(!told.contains("install"), "{told}");
        refused(rules, &repositories, dir.path());
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// What nobody allowed is refused; what was asked to stay as it is stays so.
fn refused(rules: &'static Rules, repositories: &Repositories, root: &Path) {
    let tree = ["tree", ".", "--libc", "glibc", "--node", "22.17.0"];
    let offline = error(&mut fourply(root, &[&tree[..], &["--offline"]].concat()), 1);
    assert!(offline.contains("--offline") && offline.contains("build"), "{offline}");
    if rules == &PNPM_9 {
        return;
    }
    allow(rules, repositories, &["by-pnpm", "by-yarn"], root);
    let text = error(&mut fourply(root, &["tree", ".", "--libc", "glibc"]), 1);
    assert!(
        text.contains("\"prepare\", which no setting allows") && text.contains(&repositories.key("by-npm")),
        "{text}"
    );
    if rules.major() >= 11 {
        let yaml = std::fs::read_to_string(root.join("pnpm-workspace.yaml")).unwrap();
        std::fs::write(root.join("pnpm-workspace.yaml"), format!("{yaml}  by-npm: false\n")).unwrap();
        let (tree, told) = said(&mut fourply(root, &["tree", ".", "--libc", "glibc"]));
        assert!(told.contains("is packed without its script") && !tree.contains("by-npm/dist/"), "{told}");
    }
}
