//! What the program takes from its environment, in one place: variables, folders, npm's own configuration.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::IsTerminal as _;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::report::Runner;

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first of these variables that is set and not empty.
fn first(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| variable(name))
}

/// All variables that are UTF-8.
pub(crate) fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Device and inode of the files that this program's output and messages are redirected to.
pub(crate) fn own_files() -> Vec<(u64, u64)> {
    let (out, err) = (std::io::stdout(), std::io::stderr());
    let metadata = |stream: BorrowedFd<'_>| File::from(stream.try_clone_to_owned().ok()?).metadata().ok();
    let all = [metadata(out.as_fd()), metadata(err.as_fd())].into_iter().flatten();
    all.filter(Metadata::is_file).map(|file| (file.dev(), file.ino())).collect()
}

/// Whether this is a runner of continuous integration, as these set it: `CI=true`.
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some_and(|value| !matches!(value.as_str(), "false" | "0"))
}

/// The runner whose log this is, as these say it.
pub(crate) fn runner() -> Option<Runner> {
    let is = |name: &str| variable(name).is_some_and(|value| value == "true");
    let gitlab = || is("GITLAB_CI").then_some(Runner::Gitlab);
    is("GITHUB_ACTIONS").then_some(Runner::Github).or_else(gitlab)
}

/// Whether standard output is a terminal.
pub(crate) fn writes_to_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether colours may stand on standard error: not with `NO_COLOR` (no-color.org), and only where somebody shows them.
pub(crate) fn colours() -> bool {
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    variable("NO_COLOR").is_none() && !dumb && (std::io::stderr().is_terminal() || runner().is_some())
}

/// The user's own `.npmrc`, where there is one.
pub(crate) fn user_npmrc() -> Option<PathBuf> {
    let named = first(&["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"]);
    let path = named.map(PathBuf::from).or_else(|| home().map(|home| home.join(".npmrc")))?;
    path.exists().then_some(path)
}

/// Makes sure that what `SSL_CERT_FILE` names can be read: the TLS of all connections reads it, and would wait for a pipe.
///
/// # Errors
/// Where it is no regular file, or is not there.
pub(crate) fn check_certificates() -> Result<(), Error> {
    const NAME: &str = "SSL_CERT_FILE";
    let Some(path) = variable(NAME) else { return Ok(()) };
    let read = fourply_store::open_file(Path::new(&path)).map(drop);
    read.map_err(|error| {
        Error::user(
            format!("{NAME} names {path}, which cannot be read: {error}"),
            format!("let {NAME} name a PEM file, or unset it"),
        )
    })
}

/// The user's home folder.
pub(crate) fn home() -> Option<PathBuf> {
    variable("HOME").map(PathBuf::from)
}

/// A program on PATH.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// The store that pnpm uses on this machine, if there is one: pnpm's `store-dir` where a variable sets it, else `$PNPM_HOME/store`,
/// `$XDG_DATA_HOME/pnpm/store` or `~/.local/share/pnpm/store`. Source: `getStorePath` in pnpm's store-path, without the stores that it
/// makes on other volumes.
pub(crate) fn pnpm_store() -> Option<PathBuf> {
    let set = first(&["pnpm_config_store_dir", "npm_config_store_dir", "NPM_CONFIG_STORE_DIR"]);
    let below = |name: &str, rest: &str| Some(PathBuf::from(variable(name)?).join(rest));
    let path = set
        .map(PathBuf::from)
        .or_else(|| below("PNPM_HOME", "store"))
        .or_else(|| below("XDG_DATA_HOME", "pnpm/store"))
        .or_else(|| below("HOME", ".local/share/pnpm/store"))?;
    ["v3", "v10", "v11"].iter().any(|version| path.join(version).join("files").is_dir()).then_some(path)
}

/// Where the store lies without `--store`: `$XDG_CACHE_HOME/fourply`, else `~/.cache/fourply`.
///
/// # Errors
/// Where neither is known.
pub(crate) fn default_store() -> Result<PathBuf, Error> {
    let cache =
        variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| home().map(|home| home.join(".cache")));
    cache.map(|dir| dir.join("fourply")).ok_or_else(|| {
        Error::usage(
            "there is no folder for the store: neither XDG_CACHE_HOME nor HOME is set",
            "give one with --store DIR",
        )
    })
}

/// `SOURCE_DATE_EPOCH`, in seconds.
///
/// # Errors
/// Where it is no whole number.
pub(crate) fn source_date_epoch() -> Result<Option<i64>, Error> {
    let Some(text) = variable("SOURCE_DATE_EPOCH") else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| {
        Error::usage(
            format!("SOURCE_DATE_EPOCH is {text:?}"),
            "give whole seconds since 1970, such as the output of `git log -1 --format=%ct`",
        )
    })
}

/// The commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its hash.
    pub hash: String,
    /// Its time, in seconds since 1970.
    pub time: i64,
    /// Files of the workspace differ from it, or are unknown to it and not ignored.
    pub dirty: bool,
}

impl Commit {
    /// The hash, with `-dirty` where files differ from it, as BuildKit and `git describe --dirty` write it.
    pub(crate) fn described(&self) -> String {
        if self.dirty { format!("{}-dirty", self.hash) } else { self.hash.clone() }
    }
}

/// The commit that is checked out at `root`, where git knows one.
pub(crate) fn commit(root: &Path) -> Option<Commit> {
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        let output = command.args(args).current_dir(root).env("GIT_OPTIONAL_LOCKS", "0").output().ok();
        String::from_utf8(output.filter(|output| output.status.success())?.stdout).ok()
    };
    let text = git(&["log", "-1", "--format=%H %ct"])?;
    let (hash, time) = text.trim().split_once(' ')?;
    // What cannot be told counts as changed.
    let dirty = git(&["status", "--porcelain", "--", "."]).is_none_or(|changed| !changed.is_empty());
    Some(Commit { hash: hash.to_owned(), time: time.parse().ok()?, dirty })
}

/// A file in pnpm's own folder of settings. Source: pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/dirs.ts, getConfigDir.
pub(crate) fn pnpm_file(name: &str) -> Option<PathBuf> {
    let usual = if cfg!(target_os = "macos") { "Library/Preferences/pnpm" } else { ".config/pnpm" };
    let named = variable("XDG_CONFIG_HOME").map(|folder| PathBuf::from(folder).join("pnpm"));
    Some(named.or_else(|| home().map(|home| home.join(usual)))?.join(name))
}

/// A path that may begin with `~/`.
pub(crate) fn below_home(path: &str) -> PathBuf {
    let below = path.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest)));
    below.unwrap_or_else(|| PathBuf::from(path))
}

/// The `.npmrc` of npm's prefix: what `globalconfig` names, else `etc/npmrc` above the folder of node.
pub(crate) fn npm_global_npmrc() -> Option<PathBuf> {
    if let Some(named) = first(&["npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG"]) {
        return Some(PathBuf::from(named));
    }
    let node = || {
        let folders = std::env::var_os("PATH")?;
        let node =
            std::env::split_paths(&folders).map(|folder| folder.join("node")).find(|path| path.is_file())?;
        Some(fs_err::canonicalize(node).ok()?.parent()?.parent()?.to_path_buf())
    };
    let prefix = first(&["npm_config_prefix", "NPM_CONFIG_PREFIX", "PREFIX"]).map(PathBuf::from);
    Some(prefix.or_else(node)?.join("etc/npmrc"))
}

/// The registry of npm's own configuration, with the file of its prefix: what `npm config get registry` answers, which takes a while.
pub(crate) fn npm_registry() -> Option<String> {
    ask_npm(&[])
}

/// The registry that npm has where nobody configures one.
pub(crate) fn npm_default_registry() -> Option<String> {
    ask_npm(&["npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG"])
}

/// What npm, else pnpm, has for its registry. It is asked in a folder without a package: in a workspace it obeys `devEngines`, and reads
/// settings that are no business of it. The variables in `blank` name no file that exists; nor does that of the user's settings, which are read
/// elsewhere.
fn ask_npm(blank: &[&str]) -> Option<String> {
    let user = ["npm_config_userconfig", "NPM_CONFIG_USERCONFIG", "pnpm_config_userconfig"];
    ["npm", "pnpm"].iter().find_map(|program| {
        let mut command = Command::new(program);
        command.args(["config", "get", "registry"]).current_dir("/");
        // Two files of one name are an error to npm.
        command.envs(user.iter().map(|name| (*name, "/nonexistent/user")));
        command.envs(blank.iter().map(|name| (*name, "/nonexistent/global")));
        if !blank.is_empty() {
            // It counts as a place of its own.
            command.env_remove("npm_config_registry").env_remove("NPM_CONFIG_REGISTRY");
        }
        let output = command.output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && text.contains("://")).then_some(text)
    })
}

/// The number of the user who runs the program.
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").ok().map(|own| own.uid())
}

/// The credential files of docker and podman, the first that exists first. Source: containers-auth.json(5); without a `XDG_RUNTIME_DIR` podman
/// takes a folder of the user's number.
pub(crate) fn credential_files() -> Vec<PathBuf> {
    let named = variable("REGISTRY_AUTH_FILE").map(PathBuf::from);
    let docker = variable("DOCKER_CONFIG").map(|dir| PathBuf::from(dir).join("config.json"));
    let runtime = variable("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("containers/auth.json"));
    let runtime = runtime.or_else(|| Some(format!("/run/containers/{}/auth.json", user()?).into()));
    let config =
        variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| home().map(|home| home.join(".config")));
    let podman = config.map(|dir| dir.join("containers/auth.json"));
    let home = home().map(|home| home.join(".docker/config.json"));
    [named, docker, runtime, podman, home].into_iter().flatten().filter(|path| path.is_file()).collect()
}

/// The time, in seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
}
