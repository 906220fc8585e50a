//! What can go wrong between sources and outputs, and whose fault it is.

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
    /// The workspace could not be walked; the message names the place.
    #[error("the workspace cannot be listed")]
    Walk {
        /// What the walk met.
        #[source]
        source: ignore::Error,
    },
    /// A name that is no UTF-8 cannot stand in an image.
    #[error("{} has a name that is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    /// A symbolic link to what no image and no build has.
    #[error("the link {} leads to {target:?}, {}", path.display(), fault.words())]
    LinkOut {
        /// Where it lies, in the user's workspace.
        path: PathBuf,
        fault: LinkFault,
        /// Its target as it stands.
        target: String,
    },
    /// A file was edited between being hashed and being copied.
    #[error("{} changed while the build read it", path.display())]
    Changed { path: PathBuf },
    /// A pattern of the configuration that is no glob.
    #[error("{pattern:?} is no pattern for outputs")]
    Pattern {
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
    /// A pattern that names something outside the package.
    #[error("{pattern:?} is no pattern for outputs: it leaves the package's folder")]
    PatternOut { pattern: String },
    /// A glob of the root's inputs that is none.
    #[error("{pattern:?} is no glob for inputs of the root")]
    InputPattern {
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: globset::Error,
    },
    /// A glob of inputs that is none relative to the workspace's root.
    #[error(
        "{pattern:?} is no glob for inputs of the root: it has to be relative to the root, and to stay in it"
    )]
    InputPatternOut { pattern: String },
    /// A line of `.dockerignore` that Docker refuses.
    #[error("{}, line {line}: {pattern:?} is no pattern", path.display())]
    DockerIgnore {
        path: PathBuf,
        /// From 1.
        line: usize,
        pattern: String,
    },
    /// The folder of the service is not part of the workspace.
    #[error("{service} has no package.json in the workspace")]
    NoManifest { service: ImporterId },
    /// A turbo.json that cannot be followed.
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
        /// The scripts that it and the packages have.
        available: Vec<String>,
    },
    /// Nothing is built, and the start script gives node a file that is not there.
    #[error("script {script:?} of {service} starts {path}, and {service} has no such file")]
    NoProgram {
        service: ImporterId,
        script: String,
        path: String,
        /// Programs beside it, or at the top of the package.
        found: Vec<String>,
    },
    /// A script ended badly.
    #[error("{0}")]
    Script(Box<ScriptFailure>),
    /// A build that left nothing where something was expected.
    #[error("{}", missing_output(package, folder, patterns, found, *built))]
    MissingOutput {
        package: ImporterId,
        /// The package's folder in the user's workspace.
        folder: PathBuf,
        /// The patterns that matched nothing.
        patterns: Vec<String>,
        /// What lies in the package's folder, sources included.
        found: Vec<String>,
        /// Whether a script was to make it.
        built: bool,
        /// It is the service's, and none of a package that its package.json offers.
        of_service: bool,
        /// Where it is all the same.
        elsewhere: Option<Box<Elsewhere>>,
    },
    /// An entry of a service's files that cannot be one.
    #[error("{entry:?} among the files of the service: {reason}")]
    Included {
        /// As it was configured.
        entry: String,
        reason: String,
    },
    /// An entry of a service's files that names nothing.
    #[error(
        "{entry:?} among the files of the service names nothing: there is no {path}; {}",
        beside(path, found)
    )]
    MissingIncluded {
        /// As it was configured.
        entry: String,
        /// Where it was looked for, relative to the workspace's root.
        path: String,
        /// What lies beside.
        found: Vec<String>,
        /// It lies in the workspace, and was not there for the build as an ignore file names it.
        ignored: bool,
    },
    /// Two files for one place of the image.
    #[error("{one} and {other} would both be {at} in the image")]
    TwoFiles {
        one: String,
        other: String,
        /// Relative to the workspace's root.
        at: String,
    },
    /// A file that is seldom meant to be in an image.
    #[error("{path} would go into the image of {service}, and is {}", what.name())]
    Sensitive {
        what: Sensitive,
        /// Relative to the workspace's root.
        path: String,
        /// Its place in the image, relative to the workspace's root.
        at: String,
        service: ImporterId,
    },
    /// npm's rules for a package cannot be followed.
    #[error("what npm packs of {package} cannot be told")]
    Packing {
        package: ImporterId,
        #[source]
        reason: Cause,
    },
    /// The base's node is not one that is asked for.
    #[error("{}", unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Engines { unmet: Vec<UnmetEngine> },
    /// A folder that the image's user cannot be given.
    #[error("{folder:?} cannot be a writable folder: {reason}")]
    Writable {
        /// As it was configured.
        folder: String,
        reason: &'static str,
    },
    /// The value of a secret is in what a script made.
    #[error("{path} holds the value of the secret {name}")]
    SecretFound {
        /// Relative to the workspace's root.
        path: String,
        /// Its name.
        name: String,
    },
    /// No file of the outputs looks like the one to start.
    #[error("no entry point in the outputs of {service}: looked for {}", list(looked_for))]
    NoEntry {
        service: ImporterId,
        /// What was looked for.
        looked_for: Vec<String>,
        /// Scripts of node among the outputs.
        found: Vec<String>,
    },
    /// The start script downloads a package each time the container starts.
    #[error("the script {script:?} of {service} downloads a package each time it starts: {command}")]
    StartDownloads { service: ImporterId, script: String, command: String },
    /// The start script starts a command that the image does not have.
    #[error("{reason} of {service} starts {command}, which the image does not have")]
    StartCommand {
        service: ImporterId,
        reason: String,
        command: String,
        /// The development dependency that brings it, and the package that names it.
        development: Option<(ImporterId, String)>,
    },
    /// More than one file of the outputs could be the one to start.
    #[error("more than one entry point in the outputs of {service}: {}", list(found))]
    ManyEntries {
        service: ImporterId,
        /// The candidates that exist.
        found: Vec<String>,
    },
    /// The configured command starts a file that the outputs do not have.
    #[error("the command of {service} starts {path:?}, which its outputs do not have")]
    EntryMissing {
        service: ImporterId,
        /// The path relative to the service's folder.
        path: String,
        /// Scripts of node among the outputs.
        found: Vec<String>,
        /// It lies in the user's workspace, so no output has it.
        in_sources: bool,
    },
    /// The image could not start.
    #[error("the image of {service} would not work:{}", lines(findings))]
    Unfit {
        service: ImporterId,
        /// What is wrong with it.
        findings: Vec<crate::Finding>,
        /// Where that may come from.
        origins: Box<crate::StartOrigins>,
    },
    /// A program that the build needs cannot be had.
    #[error("{what} for the build cannot be used: {reason}")]
    Tool {
        /// The program with its version.
        what: String,
        #[source]
        reason: Cause,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A tool, or node_modules on disk.
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
    /// It exists, outside of the workspace.
    Outside,
    /// It is in the workspace, by an absolute path or by the name of a folder above.
    ThisMachine,
    /// Nothing is there.
    Dangling,
    /// It is there in the user's workspace, and the build did not have it.
    NoInput,
    /// It is out of the workspace, and the build made the link.
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

    /// Looks at a link of the user's workspace.
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

/// A script that failed, with all that its author needs to see.
#[derive(Debug)]
pub struct ScriptFailure {
    pub package: ImporterId,
    pub script: String,
    pub command: String,
    pub ended: Ended,
    /// All that it printed, without the newline at the end. The beginning is left out if it was too much.
    pub log: String,
    /// What it asked of the network in vain.
    pub attempts: Attempts,
    /// Whether it had the network.
    pub network: bool,
    /// What the script could not see.
    pub left_out: LeftOut,
    /// What it loaded in vain, where its log tells.
    pub unresolved: Option<Unresolved>,
    /// Files that its log speaks of and that .gitignore files exclude.
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

/// One finding on the same line, several on lines of their own.
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
    /// Whose fault it is.
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
