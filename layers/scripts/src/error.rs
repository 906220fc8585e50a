//! Errors in running scripts, and their categories.

use std::fmt;
use std::io;
use std::path::PathBuf;

use fourply_blob::{Category, Cause};
use fourply_pnpm::{LayoutError, PnpmError};
use fourply_store::StoreError;

use crate::beneath::Replaced;
use crate::network::{Attempts, Problem};
use crate::sandbox::Level;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, ScriptsError>;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ScriptsError {
    /// A file of the workspace or of a build folder could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A name that is not UTF-8 is not valid in an image.
    #[error("{} has a name that is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    /// An install script of a package failed.
    #[error("{0}")]
    InstallScript(Box<InstallFailure>),
    /// A download by a script differs from the lock.
    #[error("a download by the scripts of {owner} does not match the lock: {problem}")]
    Download { owner: String, problem: Problem },
    /// A binary cannot run on the image's platform.
    #[error("{path} of {package} cannot run in the image: {reason}")]
    ForeignBinary {
        package: String,
        /// The file's path in the package.
        path: String,
        reason: String,
    },
    /// The kernel does not support the required sandbox.
    #[error("the kernel allows no full sandbox for scripts, only level {level}: {}", lacks.join("; "))]
    Sandbox {
        level: Level,
        /// The steps that failed, with the kernel's errors.
        lacks: Vec<String>,
    },
    /// Scripts must run in a separate root file system, and the kernel does not support that.
    #[error("scripts cannot run in a build root at level {level} of the sandbox: {}", lacks.join("; "))]
    NoRoot {
        level: Level,
        /// The steps that failed, with the kernel's errors.
        lacks: Vec<String>,
    },
    /// A script must run in a root file system for another architecture than this host's.
    #[error("{package} has scripts, but the build root is for {root} and this host is {machine}")]
    ForeignRoot {
        /// The package with the scripts.
        package: String,
        /// The architectures.
        root: String,
        machine: String,
    },
    /// The sandbox of a script could not be created.
    #[error("the sandbox of a script cannot be created: {step}: {error}")]
    Room { step: String, error: String },
    /// A script replaced a folder or file that the program needs.
    #[error("{0}")]
    Replaced(Box<Replaced>),
    /// The user stopped the build.
    #[error("interrupted")]
    Interrupted,
    /// A program for the build is unavailable.
    #[error("{what} for the build cannot be used: {reason}")]
    Tool {
        /// The program with its version.
        what: String,
        #[source]
        reason: Cause,
    },
    /// A package.json is invalid.
    #[error("the package.json of {owner} cannot be read: {message}")]
    Manifest {
        owner: String,
        #[source]
        message: Cause,
    },
    /// A folder is not a package, or its files cannot be determined.
    #[error("the folder {folder} cannot be packed: {reason}")]
    Folder {
        folder: String,
        #[source]
        reason: Cause,
    },
    /// A git repository is not a package.
    #[error("{dep_path} cannot be taken from its git repository: {reason}")]
    Repository {
        dep_path: String,
        #[source]
        reason: Cause,
    },
    /// An error in the platform of packages.
    #[error(transparent)]
    Pnpm(#[from] PnpmError),
    /// An error in the layout of node_modules.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The store could not return or keep something.
    #[error("{context}")]
    At {
        /// The operation that failed.
        context: String,
        #[source]
        source: Box<StoreError>,
    },
    #[error(transparent)]
    Store(Box<StoreError>),
}

impl From<StoreError> for ScriptsError {
    fn from(source: StoreError) -> ScriptsError {
        ScriptsError::Store(Box::new(source))
    }
}

/// A failed install script of a package.
#[derive(Debug)]
pub struct InstallFailure {
    /// The package's key in the lockfile.
    pub package: String,
    /// `preinstall`, `install`, `postinstall`.
    pub script: String,
    pub command: String,
    pub ended: Ended,
    /// Its output, both streams in write order; the start of a very long one is left out.
    pub log: String,
    /// Network requests without success.
    pub attempts: Attempts,
    /// Whether it had network access.
    pub network: bool,
    /// Whether it ran in a build root.
    pub rooted: bool,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status.
    Status(i32),
    /// By this signal.
    Signal(i32),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Status(status) => write!(f, "ended with exit code {status}"),
            Ended::Signal(signal) => write!(f, "was killed by signal {signal}"),
        }
    }
}

impl fmt::Display for InstallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { package, script, command, ended, log, attempts, network: _, rooted: _ } = self;
        write!(f, "the install script {script:?} of {package} {ended}: {command}")?;
        write!(f, "{}", attempts.lines())?;
        write_log(f, log)
    }
}

/// The end of a failure's message: the script's output.
///
/// # Errors
/// Errors of the formatter.
pub fn write_log(f: &mut fmt::Formatter<'_>, log: &str) -> fmt::Result {
    match log.is_empty() {
        true => write!(f, "\nit printed nothing"),
        false => write!(f, "\nit printed:\n{log}"),
    }
}

impl ScriptsError {
    /// Wraps an error of the store; `context` is the operation.
    pub(crate) fn at(context: impl Into<String>, source: StoreError) -> ScriptsError {
        ScriptsError::At { context: context.into(), source: Box::new(source) }
    }

    /// Wraps an error of the store about a download, which already names the package.
    pub(crate) fn fetch(source: StoreError) -> ScriptsError {
        ScriptsError::Store(Box::new(source))
    }

    /// The category of the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Io(error) => Category::of_io(error),
            Self::Store(error) | Self::At { source: error, .. } => error.category(),
            Self::Pnpm(error) => error.category(),
            Self::Layout(error) => error.category(),
            _ => Category::User,
        }
    }
}

impl From<Replaced> for ScriptsError {
    fn from(replaced: Replaced) -> ScriptsError {
        ScriptsError::Replaced(Box::new(replaced))
    }
}

impl ScriptsError {
    /// Adds the script after which the replacement was found.
    #[must_use]
    pub fn after(self, script: &str, package: &str) -> ScriptsError {
        self.after_all(&format!("the script {script:?} of {package}"))
    }

    /// Adds the scripts after which the replacement was found, in words.
    #[must_use]
    pub fn after_all(self, scripts: &str) -> ScriptsError {
        match self {
            ScriptsError::Replaced(mut replaced) if replaced.scripts.is_none() => {
                replaced.scripts = Some(scripts.to_owned());
                ScriptsError::Replaced(replaced)
            }
            other => other,
        }
    }
}
