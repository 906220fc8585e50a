//! What can go wrong where scripts of others run, and whose fault it is.

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
    /// A name that is no UTF-8 cannot stand in an image.
    #[error("{} has a name that is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    /// An install script of a package ended badly.
    #[error("{0}")]
    InstallScript(Box<InstallFailure>),
    /// Something that a script downloads is not as it is locked.
    #[error("what the scripts of {owner} download is not as it is locked: {problem}")]
    Download { owner: String, problem: Problem },
    /// A binary that cannot run where the image runs.
    #[error("{path} of {package} cannot run in the image: {reason}")]
    ForeignBinary {
        package: String,
        /// The file in it.
        path: String,
        reason: String,
    },
    /// The kernel allows less than the sandbox that is required.
    #[error("the kernel allows no full sandbox for scripts, only level {level}: {}", lacks.join("; "))]
    Sandbox {
        level: Level,
        /// What could not be done, with the kernel's answer.
        lacks: Vec<String>,
    },
    /// Scripts are to run in a root file system of their own, and the kernel does not let them.
    #[error("scripts cannot run in a build root at level {level} of the sandbox: {}", lacks.join("; "))]
    NoRoot {
        level: Level,
        /// What could not be done, with the kernel's answer.
        lacks: Vec<String>,
    },
    /// A script is to run in a root file system whose programs this machine cannot run.
    #[error("{package} has scripts to run, and the build root is for {root}, this machine for {machine}")]
    ForeignRoot {
        /// The package that needs them.
        package: String,
        /// The architectures.
        root: String,
        machine: String,
    },
    /// The sandbox of one script could not be made.
    #[error("the sandbox of a script cannot be made: {step}: {error}")]
    Room { step: String, error: String },
    /// A script replaced a folder or file that the program goes on with.
    #[error("{0}")]
    Replaced(Box<Replaced>),
    /// The build was told to stop.
    #[error("interrupted")]
    Interrupted,
    /// A program that the build needs cannot be had.
    #[error("{what} for the build cannot be used: {reason}")]
    Tool {
        /// The program with its version.
        what: String,
        #[source]
        reason: Cause,
    },
    /// A package.json that is none.
    #[error("the package.json of {owner} cannot be read: {message}")]
    Manifest {
        owner: String,
        #[source]
        message: Cause,
    },
    /// A folder that is no package, or whose files cannot be told.
    #[error("the folder {folder} cannot be packed: {reason}")]
    Folder {
        folder: String,
        #[source]
        reason: Cause,
    },
    /// A git repository that is no package as it stands.
    #[error("{dep_path} cannot be taken from its git repository: {reason}")]
    Repository {
        dep_path: String,
        #[source]
        reason: Cause,
    },
    /// What packages have to fit.
    #[error(transparent)]
    Pnpm(#[from] PnpmError),
    /// A layout of node_modules.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The store could not give or keep something.
    #[error("{context}")]
    At {
        /// What was being done.
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

/// An install script of a package that failed.
#[derive(Debug)]
pub struct InstallFailure {
    /// The package's key in the lockfile.
    pub package: String,
    /// `preinstall`, `install`, `postinstall`.
    pub script: String,
    pub command: String,
    pub ended: Ended,
    /// As [`ScriptFailure::log`].
    pub log: String,
    /// What it asked of the network in vain.
    pub attempts: Attempts,
    /// Whether it had the network.
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

/// The end of a failure's message: what the script printed.
///
/// # Errors
/// Those of the formatter.
pub fn write_log(f: &mut fmt::Formatter<'_>, log: &str) -> fmt::Result {
    match log.is_empty() {
        true => write!(f, "\nit printed nothing"),
        false => write!(f, "\nit printed:\n{log}"),
    }
}

impl ScriptsError {
    /// Wraps what the store answered while `context` was done.
    pub(crate) fn at(context: impl Into<String>, source: StoreError) -> ScriptsError {
        ScriptsError::At { context: context.into(), source: Box::new(source) }
    }

    /// What the store answered to a download, which names the package itself.
    pub(crate) fn fetch(source: StoreError) -> ScriptsError {
        ScriptsError::Store(Box::new(source))
    }

    /// Whose fault it is.
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
    /// Says after which script something was found replaced.
    #[must_use]
    pub fn after(self, script: &str, package: &str) -> ScriptsError {
        self.after_all(&format!("the script {script:?} of {package}"))
    }

    /// Says after which scripts something was found replaced, in words.
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
