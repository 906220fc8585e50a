//! The error type of this crate.

use std::fmt;
use std::io;
use std::path::PathBuf;

use fourply_blob::{BlobError, Category, Cause, PathError};
use fourply_modules::ModulesError;
use fourply_pnpm::{ImporterId, LayoutError, PnpmError};
use fourply_scripts::{Attempts, Ended, ScriptsError, Stoppable, write_log};
use fourply_store::StoreError;

use crate::engines::UnmetEngine;
use crate::left_out::LeftOut;
use crate::missed::{Elsewhere, GitIgnored, Unresolved};
use crate::sensitive::Sensitive;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, AppError>;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A file of the workspace or of the build folder could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The workspace could not be walked; the message names the path.
    #[error("the workspace cannot be listed")]
    Walk {
        /// The walk's error.
        #[source]
        source: ignore::Error,
    },
    /// An image cannot have a name that is not UTF-8.
    #[error("{} has a name that is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    /// A symbolic link to something that neither image nor build has.
    #[error("the link {} leads to {target:?}, {}", path.display(), fault.words())]
    LinkOut {
        /// Its location in the user's workspace.
        path: PathBuf,
        fault: LinkFault,
        /// Its target as written.
        target: String,
    },
    /// A file was edited between hashing and copying.
    #[error("{} changed while the build read it", path.display())]
    Changed { path: PathBuf },
    /// A configured pattern is not a glob.
    #[error("{pattern:?} is no pattern for outputs")]
    Pattern {
        pattern: String,
        /// What is wrong with the pattern.
        #[source]
        source: globset::Error,
    },
    /// A pattern that leads out of the package.
    #[error("{pattern:?} is no pattern for outputs: it leaves the package's folder")]
    PatternOut { pattern: String },
    /// An invalid glob in the root's inputs.
    #[error("{pattern:?} is no glob for inputs of the root")]
    InputPattern {
        pattern: String,
        /// What is wrong with the glob.
        #[source]
        source: globset::Error,
    },
    /// A glob of inputs that is not relative to the workspace's root.
    #[error(
        "{pattern:?} is no glob for inputs of the root: it has to be relative to the root, and to stay in it"
    )]
    InputPatternOut { pattern: String },
    /// A line of `.dockerignore` that Docker rejects.
    #[error("{}, line {line}: {pattern:?} is no pattern", path.display())]
    DockerIgnore {
        path: PathBuf,
        /// Starts at 1.
        line: usize,
        pattern: String,
    },
    /// The service's folder is not part of the workspace.
    #[error("{service} has no package.json in the workspace")]
    NoManifest { service: ImporterId },
    /// A turbo.json that cannot be evaluated.
    #[error("{path}: {reason}")]
    Turbo {
        /// Relative to the workspace's root.
        path: String,
        reason: String,
    },
    /// Neither the service nor a package that it needs has such a script.
    #[error("neither {service} nor a package that it needs has a script {script:?}")]
    NoScript {
        script: String,
        service: ImporterId,
        /// The existing scripts.
        available: Vec<String>,
    },
    /// Nothing is built, and the start script gives Node.js a missing file.
    #[error("script {script:?} of {service} starts {path}, and {service} has no such file")]
    NoProgram {
        service: ImporterId,
        script: String,
        path: String,
        /// Programs next to it, or at the top of the package.
        found: Vec<String>,
    },
    /// A script failed.
    #[error("{0}")]
    Script(Box<ScriptFailure>),
    /// A build without an expected output.
    #[error("{}", missing_output(package, folder, patterns, found, *built))]
    MissingOutput {
        package: ImporterId,
        /// The package's folder in the user's workspace.
        folder: PathBuf,
        /// The patterns that matched nothing.
        patterns: Vec<String>,
        /// The files in the package's folder, including sources.
        found: Vec<String>,
        /// Whether a script should have created it.
        built: bool,
        /// Whether it is an output of the service, not a file that another package's package.json offers.
        of_service: bool,
        /// Another location that has it.
        elsewhere: Option<Box<Elsewhere>>,
    },
    /// An invalid entry of a service's files.
    #[error("{entry:?} among the files of the service: {reason}")]
    Included {
        /// As configured.
        entry: String,
        reason: String,
    },
    /// An entry of a service's files that does not exist.
    #[error(
        "{entry:?} among the files of the service names nothing: there is no {path}; {}",
        beside(path, found)
    )]
    MissingIncluded {
        /// As configured.
        entry: String,
        /// The searched path, relative to the workspace's root.
        path: String,
        /// The files next to it.
        found: Vec<String>,
        /// Whether it exists in the workspace, but an ignore file excludes it from the build.
        ignored: bool,
    },
    /// Two files with the same path in the image.
    #[error("{one} and {other} would both be {at} in the image")]
    TwoFiles {
        one: String,
        other: String,
        /// Relative to the workspace's root.
        at: String,
    },
    /// A file that should seldom be in an image.
    #[error("{path} would go into the image of {service}, and is {}", what.name())]
    Sensitive {
        what: Sensitive,
        /// Relative to the workspace's root.
        path: String,
        /// Its path in the image, relative to the workspace's root.
        at: String,
        service: ImporterId,
    },
    /// npm's packing rules cannot be applied to a package.
    #[error("what npm packs of {package} cannot be told")]
    Packing {
        package: ImporterId,
        #[source]
        reason: Cause,
    },
    /// The base's Node.js does not satisfy a requirement.
    #[error("{}", unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Engines { unmet: Vec<UnmetEngine> },
    /// A folder that the image's user cannot get write access to.
    #[error("{folder:?} cannot be a writable folder: {reason}")]
    Writable {
        /// As configured.
        folder: String,
        reason: &'static str,
    },
    /// A script's output contains the value of a secret.
    #[error("{path} holds the value of the secret {name}")]
    SecretFound {
        /// Relative to the workspace's root.
        path: String,
        /// Its name.
        name: String,
    },
    /// No output file looks like the program to start.
    #[error("no entry point in the outputs of {service}: looked for {}", list(looked_for))]
    NoEntry {
        service: ImporterId,
        /// The searched files.
        looked_for: Vec<String>,
        /// Node.js scripts among the outputs.
        found: Vec<String>,
    },
    /// The start script downloads a package at each start of the container.
    #[error("the script {script:?} of {service} downloads a package each time it starts: {command}")]
    StartDownloads { service: ImporterId, script: String, command: String },
    /// The start script starts a command that the image lacks.
    #[error("{reason} of {service} starts {command}, which the image does not have")]
    StartCommand {
        service: ImporterId,
        reason: String,
        command: String,
        /// The development dependency with the command, and the package that declares it.
        development: Option<(ImporterId, String)>,
    },
    /// Several output files could be the program to start.
    #[error("more than one entry point in the outputs of {service}: {}", list(found))]
    ManyEntries {
        service: ImporterId,
        /// The candidates that exist.
        found: Vec<String>,
    },
    /// The configured command starts a file that the outputs lack.
    #[error("the command of {service} starts {path:?}, which its outputs do not have")]
    EntryMissing {
        service: ImporterId,
        /// The path relative to the service's folder.
        path: String,
        /// Node.js scripts among the outputs.
        found: Vec<String>,
        /// Whether the user's workspace has it, but no output.
        in_sources: bool,
    },
    /// The image cannot start.
    #[error("the image of {service} would not work:{}", lines(findings))]
    Unfit {
        service: ImporterId,
        /// The problems.
        findings: Vec<crate::Finding>,
        /// Their possible causes.
        origins: Box<crate::StartOrigins>,
    },
    /// A program that the build needs is not available.
    #[error("{what} for the build cannot be used: {reason}")]
    Tool {
        /// The program and its version.
        what: String,
        #[source]
        reason: Cause,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A failure of a tool, or of node_modules on disk.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    /// The packages that a build needs.
    #[error(transparent)]
    Modules(#[from] ModulesError),
    #[error(transparent)]
    Pnpm(#[from] PnpmError),
    /// The layout of node_modules.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// What is wrong with a link's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    /// It exists, outside the workspace.
    Outside,
    /// It is in the workspace, by an absolute path or through a folder above it.
    ThisMachine,
    /// It does not exist.
    Dangling,
    /// It exists in the user's workspace, but not in the build.
    NoInput,
    /// It is outside the workspace, and the build created the link.
    Made,
}

impl LinkFault {
    fn words(self) -> &'static str {
        match self {
            LinkFault::Outside | LinkFault::Made => "which is out of the workspace",
            LinkFault::ThisMachine => "a path that only this machine has",
            LinkFault::Dangling => "where nothing is",
            LinkFault::NoInput => "which is in the workspace, and no input of the build",
        }
    }

    /// Checks a link of the user's workspace.
    pub(crate) fn of(root: &std::path::Path, link: &std::path::Path, target: &str) -> LinkFault {
        let folder = link.parent().unwrap_or(root);
        let real = std::fs::canonicalize(folder.join(target)).ok();
        let inside = std::fs::canonicalize(root).ok().zip(real.as_ref());
        match inside {
            None => LinkFault::Dangling,
            Some((root, real)) if !real.starts_with(&root) => LinkFault::Outside,
            Some(_) => LinkFault::ThisMachine,
        }
    }
}

/// A failed script, with everything that its author needs to see.
#[derive(Debug)]
pub struct ScriptFailure {
    pub package: ImporterId,
    pub script: String,
    pub command: String,
    pub ended: Ended,
    /// Its output without the trailing newline. If it is too long, the beginning is left out.
    pub log: String,
    /// Its blocked network requests.
    pub attempts: Attempts,
    /// Whether it had the network.
    pub network: bool,
    /// Files that the script could not see.
    pub left_out: LeftOut,
    /// The module that it could not load, if its log names one.
    pub unresolved: Option<Unresolved>,
    /// Files in its log that .gitignore files exclude.
    pub git_ignored: Vec<GitIgnored>,
}

impl fmt::Display for ScriptFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { package, script, command, ended, log, attempts, .. } = self;
        write!(f, "the script {script:?} of {package} {ended}: {command}")?;
        write!(f, "{}", attempts.lines())?;
        write_log(f, log)
    }
}

fn missing_output(
    package: &ImporterId,
    folder: &std::path::Path,
    patterns: &[String],
    found: &[String],
    built: bool,
) -> String {
    let what = list(patterns);
    let place = match built {
        true => format!("its build left nothing of that name in {}", folder.display()),
        false => format!("nothing of that name in {}", folder.display()),
    };
    format!("{package} has no output {what}: {place}; {}", there(found))
}

fn beside(path: &str, found: &[String]) -> String {
    let folder = path.rsplit_once('/').map_or("the root", |(folder, _)| folder);
    if found.is_empty() { format!("{folder} has no files") } else { format!("{folder} has {}", list(found)) }
}

fn there(found: &[String]) -> String {
    if found.is_empty() { "it is empty".to_owned() } else { format!("it has {}", list(found)) }
}

/// One finding on the same line; several on separate lines.
fn lines(findings: &[crate::Finding]) -> String {
    match findings {
        [one] => format!(" {one}"),
        several => several.iter().map(|finding| format!("\n  {finding}")).collect(),
    }
}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names.iter().take(SHOWN).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

impl AppError {
    /// Who can fix the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Io(error) => Category::of_io(error),
            Self::Walk { source } => source.io_error().map_or(Category::User, Category::of_io),
            Self::Store(error) => error.category(),
            Self::Scripts(error) => error.category(),
            Self::Modules(error) => error.category(),
            Self::Pnpm(error) => error.category(),
            Self::Layout(error) => error.category(),
            _ => Category::User,
        }
    }
}

impl Stoppable for AppError {
    fn is_stop(&self) -> bool {
        matches!(self, AppError::Scripts(ScriptsError::Interrupted))
    }
}

impl From<PathError> for AppError {
    fn from(error: PathError) -> AppError {
        StoreError::from(BlobError::from(error)).into()
    }
}
