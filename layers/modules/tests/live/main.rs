//! Planned trees compared with real pnpm, run during the test: for each version, the settings that change a layout.
#![allow(clippy::unwrap_used)]

mod built;
mod hoisted;
mod packs;
mod random;

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_8, PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_testing::made::{Made, WORKSPACES};
use fourply_testing::npm_registry::Registry;
use fourply_testing::real_pnpm;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use fourply_testing::planned::{differences, plan_at, scratch};
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};
use random::Random;

/// A setting under its name in .npmrc and in pnpm-workspace.yaml.
type Setting = (&'static str, &'static str);

const VARIANTS: [(&str, &[Setting]); 14] = [
    ("plain", &[]),
    (
        "architectures",
        &[("", "supportedArchitectures: {os: [current, darwin], cpu: [x64, arm64], libc: [musl]}")],
    ),
    ("dedupe-direct-deps", &[("dedupe-direct-deps=true", "dedupeDirectDeps: true")]),
    ("symlinked", &[("prefer-symlinked-executables=true", "preferSymlinkedExecutables: true")]),
    ("no-node-path", &[("extend-node-path=false", "extendNodePath: false")]),
    ("no-workspace-hoist", &[("hoist-workspace-packages=false", "hoistWorkspacePackages: false")]),
    ("no-hoist", &[("hoist=false", "hoist: false")]),
    (
        "hoist-pattern",
        &[("hoist-pattern[]=*b*\nhoist-pattern[]=!plain-b", "hoistPattern: ['*b*', '!plain-b']")],
    ),
    (
        "public-pattern",
        &[(
            "public-hoist-pattern[]=*conflict*\npublic-hoist-pattern[]=plain-b",
            "publicHoistPattern: ['*conflict*', plain-b]",
        )],
    ),
    ("no-public-pattern", &[("public-hoist-pattern[]=", "publicHoistPattern: []")]),
    ("shamefully", &[("shamefully-hoist=true", "shamefullyHoist: true")]),
    ("virtual-store", &[("virtual-store-dir=node_modules/.store", "virtualStoreDir: node_modules/.store")]),
    ("short-names", &[("virtual-store-dir-max-length=60", "virtualStoreDirMaxLength: 60")]),
    (
        "dedupe-and-public",
        &[
            ("dedupe-direct-deps=true", "dedupeDirectDeps: true"),
            (
                "public-hoist-pattern[]=*has-peer*\npublic-hoist-pattern[]=peer-host",
                "publicHoistPattern: ['*has-peer*', peer-host]",
            ),
        ],
    ),
];

/// A workspace with additional settings, in the place where the version reads them.
fn workspace(name: &str, rules: &'static Rules, settings: &[Setting], root: &Path) {
    Made::new(name, rules.major()).copy_to(root);
    let (file, texts): (_, Vec<&str>) = match rules.major() {
        9 | 10 => (".npmrc", settings.iter().map(|(ini, _)| *ini).collect()),
        _ => ("pnpm-workspace.yaml", settings.iter().map(|(_, yaml)| *yaml).collect()),
    };
    if settings.iter().any(|(_, yaml)| yaml.starts_with("supported")) && rules.major() < 11 {
        // 9 reads these only from package.json.
        let path = root.join("package.json");
        let mut manifest: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        manifest["pnpm"]["supportedArchitectures"] =
            serde_json::json!({"os": ["current", "darwin"], "cpu": ["x64", "arm64"], "libc": ["musl"]});
        std::fs::write(path, manifest.to_string()).unwrap();
    }
    let path = root.join(file);
    let text = format!("{}\n{}\n", std::fs::read_to_string(&path).unwrap(), texts.join("\n"));
    std::fs::write(path, text).unwrap();
}

pub(crate) fn compare(
    rules: &'static Rules,
    name: &str,
    importer: &str,
    variant: &str,
    settings: &[Setting],
    scripts: bool,
) -> Result<usize, String> {
    let label = format!("live-{name}-v{}-{variant}{}", rules.major(), if scripts { "-scripts" } else { "" });
    let root = scratch(&label);
    workspace(name, rules, settings, &root);
    if variant == "injected" {
        real_pnpm::lock(rules, &root)?;
    }
    let compared = compare_at(&label, rules, &root, importer, variant, scripts)?;
    let _ = std::fs::remove_dir_all(&root);
    Ok(compared)
}

/// Compares the plan for the workspace at `root` with pnpm's tree there.
fn compare_at(
    label: &str,
    rules: &'static Rules,
    root: &Path,
    importer: &str,
    variant: &str,
    scripts: bool,
) -> Result<usize, String> {
    let all = everything(root, rules);
    // 8 installs all importers, whatever the filter, unless `dedupePeerDependents` is off.
    let importers = match (rules.major(), dedupes_peer_dependents(root)) {
        (8, true) => all.iter().map(String::as_str).collect(),
        _ => vec![importer],
    };
    let planned = plan_at(root, &importers, scripts, Some(rules), root.to_str().unwrap());
    let mut ours = planned.rows();
    let executables = real_pnpm::executables(root);
    ours.retain(|path, _| is_compared(path, variant) && is_compared_with(rules, path));
    // pnpm 9 and 10 hoist by which of their reads ends first, and 11 links a command that two aliases of one package
    // offer from either of them. So runs may differ.
    let runs = if rules.major() <= 11 || variant.starts_with("hoisted") { 4 } else { 1 };
    let mut message = String::new();
    for _ in 0..runs {
        Command::new("find")
            .arg(root)
            .args(["-name", "node_modules", "-prune", "-exec", "rm", "-rf", "{}", "+"])
            .status()
            .unwrap();
        real_pnpm::install(rules, root, Some(&format!("{{./{importer}}}...")), scripts)
            .map_err(|said| format!("{label}: {said}"))?;
        let mut real = real_pnpm::rows(root);
        real.retain(|path, _| is_compared(path, variant) && is_compared_with(rules, path));
        drop_empty(&mut real, "node_modules/.pnpm");
        drop_empty(&mut real, "node_modules");
        let (count, shown) = differences(&ours, &real);
        if count == 0 {
            // pnpm hard-links the files of injected packages, so they are executable wherever one of them is.
            let own = |file: &&String| std::fs::metadata(root.join(file)).unwrap().nlink() == 1;
            let after = real_pnpm::executables(root);
            let made: BTreeSet<&String> = after.difference(&executables).filter(own).collect();
            let planned: BTreeSet<&String> =
                planned.tree.workspace_executables.difference(&executables).filter(own).collect();
            assert_eq!(planned, made, "{label}: files of the workspace that become executable");
            return Ok(real.len());
        }
        message = format!("{label}: {count} of {} paths differ\n{shown}", real.len());
    }
    Err(message)
}

/// 8 hard-links the files of injected packages to the workspace's own.
fn is_compared_with(rules: &Rules, path: &str) -> bool {
    rules.major() > 8 || !(path.contains("/file+") && path.ends_with("/cli.js"))
}

fn dedupes_peer_dependents(root: &Path) -> bool {
    !std::fs::read_to_string(root.join(".npmrc"))
        .is_ok_and(|npmrc| npmrc.contains("dedupe-peer-dependents=false"))
}

/// The folders with a package.json, without the root.
fn everything(root: &Path, rules: &'static Rules) -> Vec<String> {
    let workspace = fourply_pnpm::Workspace::read(root, Some(rules)).unwrap();
    workspace.manifests.keys().filter(|id| !id.is_root()).map(ToString::to_string).collect()
}

/// Removes a folder that pnpm created only for its bookkeeping.
fn drop_empty(rows: &mut BTreeMap<String, String>, folder: &str) {
    let below = format!("{folder}/");
    if !rows.keys().any(|path| path.starts_with(&below)) {
        rows.remove(folder);
    }
}

/// Every workspace package is injected: from 10 on, which the lockfile records.
const INJECTED: &[Setting] = &[(
    "inject-workspace-packages=true\ndedupe-injected-deps=false",
    "injectWorkspacePackages: true\ndedupeInjectedDeps: false",
)];

/// 12 drops a hard link in a tarball; a missing optional package in 9 and 10 is not supported (see trees.rs); with the
/// virtual store elsewhere, 10 and later keep their bookkeeping in an otherwise empty folder.
fn is_compared(path: &str, variant: &str) -> bool {
    !(path.ends_with("lib-link/hard.txt")
        || path.contains("shared-child")
        || (variant == "virtual-store" && path == "node_modules/.pnpm"))
}

fn all(rules: &'static Rules) {
    let mut failed = Vec::new();
    let mut one = |workspace, importer, variant, settings, scripts| match compare(
        rules, workspace, importer, variant, settings, scripts,
    ) {
        Ok(paths) => {
            println!("{rules}, {workspace}, {variant}, scripts {scripts}: {paths} paths, 0 differ");
        }
        Err(message) => failed.push(message),
    };
    for (variant, settings) in VARIANTS {
        // With scripts allowed, 9 to 11 link commands twice: only commands differ.
        let twice = matches!(variant, "plain" | "symlinked" | "public-pattern" | "shamefully");
        for scripts in [false, true].into_iter().take(if twice && rules.major() < 12 { 2 } else { 1 }) {
            one("shop", "services/orders", variant, settings, scripts);
        }
    }
    if rules.major() >= 10 {
        one("shop", "services/orders", "injected", INJECTED, false);
    }
    for (workspace, importer) in WORKSPACES.into_iter().filter(|(name, _)| *name != "shop") {
        one(workspace, importer, "plain", &[], false);
    }
    match compare_peers(rules) {
        Ok(paths) => println!("pnpm {} peers: {paths} paths, 0 differ", rules.major()),
        Err(message) => failed.push(message),
    }
    match compare_folders(rules) {
        Ok(paths) => println!("pnpm {} folders: {paths} paths, 0 differ", rules.major()),
        Err(message) => failed.push(message),
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// A project with a dependency whose required peer has commands, locked by the version itself.
fn compare_peers(rules: &'static Rules) -> Result<usize, String> {
    let root = scratch(&format!("live-peers-v{}", rules.major()));
    let manifest =
        r#"{"name": "peers", "version": "1.0.0", "private": true, "dependencies": {"ts-node": "10.9.2"}}"#;
    std::fs::write(root.join("package.json"), manifest).unwrap();
    real_pnpm::lock(rules, &root)?;
    let planned = plan_at(&root, &["."], false, Some(rules), root.to_str().unwrap());
    real_pnpm::install(rules, &root, None, false)?;
    let real = real_pnpm::rows(&root);
    let (count, shown) = differences(&planned.rows(), &real);
    if count == 0 {
        Ok(real.len())
    } else {
        Err(format!("peers: {count} of {} paths differ\n{shown}", real.len()))
    }
}

/// Folders with every packing rule of npm: path, content, and `x` for an executable or `l` for a link.
const FOLDERS: &[(&str, &str, char)] = &[
    ("plain/package.json", r#"{"name": "plain", "version": "1.0.0", "main": "./ignored/main.js"}"#, 'f'),
    (
        "plain/.npmignore",
        "*.log\nignored\n/top.txt\nbuild/\n!build/keep.js\n# no\n\ndocs/*.md\nUPPER.TXT\n",
        'f',
    ),
    ("plain/.gitignore", "index.js\n", 'f'),
    ("plain/index.js", "1", 'x'),
    ("plain/a.log", "1", 'f'),
    ("plain/sub/a.log", "1", 'f'),
    ("plain/ignored/main.js", "1", 'f'),
    ("plain/ignored/other.js", "1", 'f'),
    ("plain/top.txt", "1", 'f'),
    ("plain/sub/top.txt", "1", 'f'),
    ("plain/build/drop.js", "1", 'f'),
    ("plain/build/keep.js", "1", 'f'),
    ("plain/sub/build/drop.js", "1", 'f'),
    ("plain/docs/a.md", "1", 'f'),
    ("plain/docs/README.md", "1", 'f'),
    ("plain/docs/deep/a.md", "1", 'f'),
    ("plain/upper.txt", "1", 'f'),
    ("plain/sub/.npmignore", "inner.js\n", 'f'),
    ("plain/sub/inner.js", "1", 'f'),
    ("plain/inner.js", "1", 'f'),
    ("plain/sub/.gitignore", "kept-by-npmignore.js\n", 'f'),
    ("plain/sub/kept-by-npmignore.js", "1", 'f'),
    ("plain/sub/node_modules/nested/index.js", "1", 'f'),
    ("plain/node_modules/own/index.js", "1", 'f'),
    ("plain/.npmrc", "1", 'f'),
    ("plain/sub/.npmrc", "1", 'f'),
    ("plain/.DS_Store", "1", 'f'),
    ("plain/._x", "1", 'f'),
    ("plain/x.orig", "1", 'f'),
    ("plain/.x.swp", "1", 'f'),
    ("plain/.hidden", "1", 'f'),
    ("plain/package-lock.json", "{}", 'f'),
    ("plain/yarn.lock", "1", 'f'),
    ("plain/sub/yarn.lock", "1", 'f'),
    ("plain/archived-packages/x.js", "1", 'f'),
    ("plain/build/config.gypi", "1", 'f'),
    ("plain/npm-debug.log", "1", 'f'),
    ("plain/CVS/x", "1", 'f'),
    ("plain/link.js", "index.js", 'l'),
    ("plain/out.js", "../listed/package.json", 'l'),
    ("git/package.json", r#"{"name": "git", "version": "1.0.0", "bin": {"git-tool": "dist/cli.js"}}"#, 'f'),
    ("git/.gitignore", "dist\n*.tmp\n", 'f'),
    ("git/dist/cli.js", "#!/usr/bin/env node\n", 'f'),
    ("git/dist/other.js", "1", 'f'),
    ("git/src/a.ts", "1", 'f'),
    ("git/src/a.tmp", "1", 'f'),
    ("git/LICENSE.tmp", "1", 'f'),
    ("git/README~", "1", 'f'),
    (
        "listed/package.json",
        r#"{"name": "listed", "version": "1.0.0", "main": "main.js", "browser": "browser.js", "bin": "./tool",
           "files": ["dist", "!dist/secret.js", "lib/*.js", "./rel.txt", "deep/*", "**/*.wasm", "/rooted", "x{1,2}.js", "slash/", "absent"]}"#,
        'f',
    ),
    ("listed/.npmignore", "dist\nrel.txt\n", 'f'),
    ("listed/main.js", "1", 'f'),
    ("listed/browser.js", "1", 'f'),
    ("listed/tool", "#!/usr/bin/env node\n", 'f'),
    ("listed/index.js", "1", 'f'),
    ("listed/dist/a.js", "1", 'f'),
    ("listed/dist/secret.js", "1", 'f'),
    ("listed/dist/sub/b.js", "1", 'f'),
    ("listed/dist/sub/.npmignore", "c.js\n", 'f'),
    ("listed/dist/sub/c.js", "1", 'f'),
    ("listed/dist/README.md", "1", 'f'),
    ("listed/lib/a.js", "1", 'f'),
    ("listed/lib/a.ts", "1", 'f'),
    ("listed/lib/LICENSE", "1", 'f'),
    ("listed/lib/sub/a.js", "1", 'f'),
    ("listed/rel.txt", "1", 'f'),
    ("listed/deep/a/b/c.js", "1", 'f'),
    ("listed/far/away/x.wasm", "1", 'f'),
    ("listed/rooted/x.js", "1", 'f'),
    ("listed/other/rooted/x.js", "1", 'f'),
    ("listed/x1.js", "1", 'f'),
    ("listed/x3.js", "1", 'f'),
    ("listed/slash/x.js", "1", 'f'),
    ("listed/LICENCE", "1", 'f'),
    ("listed/ReadMe.txt", "1", 'f'),
    ("listed/CHANGELOG.md", "1", 'f'),
    ("listed/package-lock.json", "{}", 'f'),
    ("listed/npm-shrinkwrap.json", "{}", 'f'),
    (
        "stars/package.json",
        r#"{"name": "stars", "version": "1.0.0", "files": ["**/*.js", "!**/*.test.js", "a/../b"]}"#,
        'f',
    ),
    ("stars/a/x.js", "1", 'f'),
    ("stars/a/x.test.js", "1", 'f'),
    ("stars/a/x.ts", "1", 'f'),
    ("stars/node_modules/n/x.js", "1", 'f'),
    ("stars/a/node_modules/n/x.js", "1", 'f'),
    ("stars/.hidden/x.js", "1", 'f'),
    (
        "bundles/package.json",
        r#"{"name": "bundles", "version": "1.0.0", "files": ["index.js"], "bundledDependencies": ["inner", "@s/inner"]}"#,
        'f',
    ),
    ("bundles/index.js", "1", 'f'),
    ("bundles/other.js", "1", 'f'),
    (
        "bundles/node_modules/inner/package.json",
        r#"{"name": "inner", "version": "1.0.0", "dependencies": {"needed": "1.0.0"}, "bin": "tool.js"}"#,
        'f',
    ),
    ("bundles/node_modules/inner/index.js", "1", 'f'),
    ("bundles/node_modules/inner/tool.js", "#!/usr/bin/env node\n", 'f'),
    ("bundles/node_modules/@s/inner/package.json", r#"{"name": "@s/inner", "version": "1.0.0"}"#, 'f'),
    ("bundles/node_modules/@s/inner/lib/index.js", "1", 'f'),
    ("bundles/node_modules/@s/other/package.json", r#"{"name": "@s/other", "version": "1.0.0"}"#, 'f'),
    ("bundles/node_modules/needed/package.json", r#"{"name": "needed", "version": "1.0.0"}"#, 'f'),
    ("bundles/node_modules/stray/package.json", r#"{"name": "stray", "version": "1.0.0"}"#, 'f'),
    ("empty/package.json", r#"{"name": "empty", "version": "1.0.0", "files": []}"#, 'f'),
    ("empty/index.js", "1", 'f'),
    ("empty/readme", "1", 'f'),
];

/// A project with folders as dependencies, locked by the version itself.
fn compare_folders(rules: &'static Rules) -> Result<usize, String> {
    let root = scratch(&format!("live-folders-v{}", rules.major()));
    let names: BTreeSet<&str> = FOLDERS.iter().map(|(path, ..)| path.split('/').next().unwrap()).collect();
    let dependencies: Vec<String> = names.iter().map(|name| format!("\"{name}\": \"file:{name}\"")).collect();
    let manifest = format!(
        "{{\"name\": \"folders\", \"private\": true, \"dependencies\": {{{}}}}}",
        dependencies.join(", ")
    );
    std::fs::write(root.join("package.json"), manifest).unwrap();
    for (path, content, kind) in FOLDERS {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if *kind == 'l' {
            std::os::unix::fs::symlink(content, path).unwrap();
            continue;
        }
        std::fs::write(&path, content).unwrap();
        let mode = if *kind == 'x' { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    real_pnpm::lock(rules, &root)?;
    let planned = plan_at(&root, &["."], false, Some(rules), root.to_str().unwrap());
    real_pnpm::install(rules, &root, None, false)?;
    let mut real = real_pnpm::rows(&root);
    real.retain(|path, _| path.starts_with("node_modules"));
    let (count, shown) = differences(&planned.rows(), &real);
    if count == 0 {
        Ok(real.len())
    } else {
        Err(format!("folders: {count} of {} paths differ\n{shown}", real.len()))
    }
}

/// The number of random workspaces per version, unless `PROPTEST_CASES` is set.
const CASES: u32 = 2;

/// Random workspaces, locked and installed by the version itself. They are the same every time; a larger number gives
/// different ones.
fn random(rules: &'static Rules) {
    random_locked(rules, CASES, &rules.major().to_string(), &[], &|root| real_pnpm::lock(rules, root));
}

/// The same, with lockfiles written by another version.
fn random_locked(
    rules: &'static Rules,
    cases: u32,
    name: &str,
    settings: &[Setting],
    lock: &dyn Fn(&Path) -> Result<(), String>,
) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = Config { cases, max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let case = std::cell::Cell::new(0);
    let result = TestRunner::new_with_rng(config, rng).run(&random::workspace(), |workspace| {
        case.set(case.get() + 1);
        let label = format!("random-v{name}-{}", case.get());
        let root = scratch(&label);
        workspace.write(&root, rules, Registry::start(), settings);
        lock(&root).map_err(TestCaseError::fail)?;
        for service in Random::SERVICES {
            match compare_at(&label, rules, &root, service, "plain", false) {
                // For some injected development dependencies, pnpm writes lockfiles that it does not accept itself.
                Err(said) if said.contains("ERR_PNPM_OUTDATED_LOCKFILE") => continue,
                compared => drop(compared.map_err(TestCaseError::fail)?),
            }
        }
        let _ = std::fs::remove_dir_all(&root);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
#[ignore = "needs real pnpm"]
fn random_8() {
    random(&PNPM_8);
}

/// A workspace package that only devDependencies lead to, with commands that are also in `.pnpm/node_modules/.bin`:
/// each shim contains the path that real 9.14.2 writes.
#[test]
#[ignore = "needs real pnpm"]
fn commands_that_only_development_reaches() {
    let root = scratch("live-development-v9");
    workspace("tools", &PNPM_9, &[], &root);
    let planned = plan_at(&root, &["svc", "tool"], false, Some(&PNPM_9), root.to_str().unwrap());
    real_pnpm::install(&PNPM_9, &root, Some("--filter={./svc}..."), false).unwrap();
    let real = real_pnpm::rows(&root);
    let commands: Vec<&String> = real.keys().filter(|path| path.contains("/.bin/")).collect();
    for command in ["tool/node_modules/.bin/plain-a", "node_modules/.pnpm/node_modules/.bin/plain-a"] {
        assert!(commands.contains(&&command.to_owned()), "{commands:?}");
    }
    let (count, shown) = differences(&planned.rows(), &real);
    assert_eq!(count, 0, "{shown}");
}

/// Lockfiles of 6.0, which pnpm 9 installs from.
#[test]
#[ignore = "needs real pnpm"]
fn random_8_by_9() {
    random_locked(&PNPM_9, CASES, "8-by-9", &[], &|root| real_pnpm::lock(8, root));
}

#[test]
#[ignore = "needs real pnpm"]
fn random_9() {
    random(&PNPM_9);
}

#[test]
#[ignore = "needs real pnpm"]
fn random_10() {
    random(&PNPM_10);
}

#[test]
#[ignore = "needs real pnpm"]
fn random_11() {
    random(&PNPM_11);
}

#[test]
#[ignore = "needs real pnpm"]
fn random_12() {
    random(&PNPM_12);
}

#[test]
#[ignore = "needs real pnpm"]
fn pnpm_9() {
    all(&PNPM_9);
}

#[test]
#[ignore = "needs real pnpm"]
fn pnpm_10() {
    all(&PNPM_10);
}

#[test]
#[ignore = "needs real pnpm"]
fn pnpm_11() {
    all(&PNPM_11);
}

#[test]
#[ignore = "needs real pnpm"]
fn pnpm_12() {
    all(&PNPM_12);
}
