//! What every command on a workspace takes: its arguments, and where the workspace is.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fourply_pnpm::{ImporterId, Rules, Workspace};

use super::values::BuildArg;
use crate::Error;
use crate::config::Config;
use crate::environment;
use crate::names::{Names, Unknown};
use crate::report::Console;
use crate::settings::read_config;

/// The arguments of every command that works on a workspace.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// The configuration [default: fourply.toml at the workspace's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where packages, layers and keys are kept [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Take from this store what --store lacks: it is only read, and each file is verified. Its records are believed; can be repeated
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE_FROM")]
    pub store_from: Vec<PathBuf>,
    /// Lay packages out as this version of pnpm does, whatever packageManager says: 8, 9, 10, 11, 12, or a whole version such as 10.12.1
    #[arg(long, value_name = "VERSION", value_parser = pnpm)]
    pub pnpm: Option<&'static Rules>,
    /// Take packages from this store of pnpm (see `pnpm store path`; `auto` for the usual place) where it has them; its index is trusted
    #[arg(long, value_name = "DIR", env = "FOURPLY_PNPM_STORE")]
    pub pnpm_store: Option<PathBuf>,
    /// Run no install scripts of packages
    #[arg(long)]
    pub ignore_scripts: bool,
    /// A variable for scripts of workspace packages; without a value, the environment's. NODE_VERSION chooses the node of base and build; can be repeated
    #[arg(long = "build-arg", value_name = "NAME[=VALUE]")]
    pub build_args: Vec<BuildArg>,
    /// Send this npm registry what the workspace's own .npmrc says, with variables of the environment [also: FOURPLY_TRUST_REGISTRIES]; can be repeated
    #[arg(long = "trust-registry", value_name = "HOST")]
    pub trusted: Vec<String>,
    /// Touch no network
    #[arg(long)]
    pub offline: bool,
    /// How many threads hash and compress [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Write where the time went as a trace for Perfetto (ui.perfetto.dev) or chrome://tracing: docs/performance.md
    #[arg(long, value_name = "FILE")]
    pub timings: Option<PathBuf>,
    /// Print nothing but the result, warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
    /// How progress is told on standard error
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    pub progress: Progress,
    /// Tell how long scripts and layers took
    #[arg(short, long)]
    pub verbose: bool,
}

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// Bars on a terminal; groups and annotations in the log of GitHub Actions and GitLab CI
    Auto,
    /// Lines alone
    Plain,
    /// An object of JSON for each line
    Json,
    /// As --quiet
    Quiet,
}

impl CommonArgs {
    /// How lines are written.
    pub(super) fn console(&self) -> Console {
        Console {
            json: self.progress == Progress::Json,
            plain: self.progress != Progress::Auto,
            verbose: self.verbose,
            colours: environment::colours(),
            runner: environment::runner().filter(|_| self.progress == Progress::Auto),
        }
    }
}

/// The value of `--pnpm`: a major version that has rules, or a whole version of it.
fn pnpm(text: &str) -> Result<&'static Rules, String> {
    Rules::of_name(text).ok_or_else(|| {
        let majors: Vec<String> = Rules::majors().map(|major| major.to_string()).collect();
        format!("give one of {}, or a version of these, such as 10.12.1", majors.join(", "))
    })
}

/// A workspace, its configuration, and the services that the command line names.
#[derive(Debug)]
pub(super) struct Chosen {
    pub root: PathBuf,
    /// With the folders of services as their names.
    pub config: Config,
    /// Folders relative to the root, with `/`, each once.
    pub services: Vec<String>,
}

/// The services that words name, each by a folder, a path or the name of a package, from any folder of the workspace; a path may lead into another
/// workspace. `config` is what `--config` names. Without words, the workspace around the current folder.
///
/// # Errors
/// A word that names nothing, or too much; services of several workspaces; those of the configuration.
pub(super) fn choose(words: &[String], config: Option<&Path>) -> Result<Chosen, Error> {
    let here = fs_err::canonicalize(std::env::current_dir()?)?;
    let root = match words.first() {
        Some(word) => root_for(&here, word)?,
        None => root_of(&here)?,
    };
    let config = read_config(&root, config)?;
    let names = Names::read(&root, config.workspace.services.as_deref())?;
    let mut services: Vec<String> = Vec::new();
    for word in words {
        let other = root_for(&here, word)?;
        if other != root {
            return Err(Error::user(
                format!("{word} is in the workspace {}, and not in {}", other.display(), root.display()),
                "name services of one workspace",
            ));
        }
        let service = service(&here, &root, &names, word)?.to_string();
        if !services.contains(&service) {
            services.push(service);
        }
    }
    Ok(Chosen { config: names.place(config)?, root, services })
}

/// The workspace that a word is for: that of the folder which it names, else that of the current folder.
fn root_for(here: &Path, word: &str) -> Result<PathBuf, Error> {
    let folder =
        std::fs::canonicalize(here.join(word)).ok().filter(|folder| folder.is_dir() && !word.is_empty());
    let leads = folder.and_then(|folder| root_of(&folder).ok());
    // `auth` may happen to be a folder somewhere else, too; `../other/auth` is one on purpose.
    match root_of(here) {
        Ok(root) => Ok(leads.filter(|_| word.contains('/') || word.starts_with('.')).unwrap_or(root)),
        Err(error) => leads.ok_or(error),
    }
}

fn root_of(folder: &Path) -> Result<PathBuf, Error> {
    Ok(fs_err::canonicalize(Workspace::find(folder)?)?)
}

/// What a word means: a package at this path from the current folder, the package around it for `.` and `..`, a name.
fn service(here: &Path, root: &Path, names: &Names, word: &str) -> Result<ImporterId, Error> {
    let folder = std::fs::canonicalize(here.join(word)).ok().filter(|_| !word.is_empty());
    let relative = folder.as_deref().and_then(|folder| folder.strip_prefix(root).ok()?.to_str());
    if let Some(relative) = relative {
        let dots = word.chars().all(|c| c == '.' || c == '/');
        let around = || names.around(relative).filter(|_| dots);
        if let Some(id) = names.at(relative).or_else(around) {
            return Ok(id);
        }
    }
    names.find(word).map_err(|unknown| {
        let what = match (&unknown, relative) {
            (Unknown::Ambiguous(_), _) => "fits more than one service",
            (Unknown::Absent(_), Some(_)) => "is a folder without a package of the workspace",
            (Unknown::Absent(_), None) => "is no service of the workspace",
        };
        Error::user(format!("{word:?} {what} {}", root.display()), names.advice(&unknown))
    })
}

/// The workspace's root above a folder, and the folder relative to it.
///
/// # Errors
/// Where the folder or the workspace is not there.
pub fn locate(folder: &Path) -> Result<(PathBuf, String), Error> {
    let absolute = fs_err::canonicalize(folder)
        .map_err(|error| Error::user(error, "name the workspace by its folder, or any folder in it"))?;
    let root = root_of(&absolute)?;
    let relative = absolute.strip_prefix(&root).unwrap_or(Path::new(""));
    let service = relative.to_string_lossy().replace('\\', "/");
    Ok((root, if service.is_empty() { ".".to_owned() } else { service }))
}

/// Hashes and compresses on so many threads from here on, whichever thread asks for it. Only before the first such work.
///
/// # Errors
/// Where the threads cannot be started.
pub fn limit_threads(threads: Option<usize>) -> Result<(), Error> {
    let Some(threads) = threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    pool.map_err(|error| Error::user(error, "ask for fewer --threads"))
}
