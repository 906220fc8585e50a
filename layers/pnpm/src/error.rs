//! Errors from reading a workspace and planning its tree, and their categories.

use std::path::PathBuf;

use fourply_blob::{Category, Cause};

use crate::fresh::Stale;
use crate::{DepPath, ImporterId, LockfileError};

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum PnpmError {
    /// A file could not be read; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// No workspace was found.
    #[error("no pnpm workspace at or above {}", start.display())]
    NoWorkspace {
        /// Where the search began.
        start: PathBuf,
    },
    /// The workspace has no lockfile.
    #[error("{} is missing", path.display())]
    NoLockfile {
        /// Its expected path.
        path: PathBuf,
    },
    /// Only branch lockfiles exist, as `gitBranchLockfile` writes them.
    #[error("{} is missing; {found} is a branch lockfile, and gitBranchLockfile is not supported", path.display())]
    BranchLockfile {
        /// Where the lockfile should be.
        path: PathBuf,
        /// The name of the first branch lockfile.
        found: String,
    },
    /// A file of the workspace is malformed.
    #[error("{} cannot be read: {message}", path.display())]
    Malformed {
        path: PathBuf,
        /// What is wrong, with line and column where known.
        #[source]
        message: Cause,
    },
    /// The lockfile is unusable.
    #[error("{} cannot be used", path.display())]
    Lockfile {
        path: PathBuf,
        #[source]
        source: LockfileError,
    },
    /// The lockfile was made for other manifests or settings.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The folder is not a package of the workspace.
    #[error("{folder} is not a package of the workspace {}; its packages are: {}", root.display(), listed(known))]
    NoImporter {
        /// The folder that was asked for.
        folder: String,
        root: PathBuf,
        /// The packages that exist.
        known: Vec<String>,
        /// The package that was probably meant.
        suggestion: Option<String>,
    },
    /// A package does not have this dependency.
    #[error("{importer} does not depend on {name}; its dependencies are: {}", listed_or_none(known))]
    NoDependency {
        importer: ImporterId,
        name: String,
        /// Its dependencies.
        known: Vec<String>,
    },
    /// A package does not have this development dependency.
    #[error("{name} is not among the devDependencies of {importer}, which are: {}", listed_or_none(known))]
    NoDevelopment {
        importer: ImporterId,
        name: String,
        /// Its development dependencies.
        known: Vec<String>,
        /// The dependency that was probably meant.
        suggestion: Option<String>,
    },
    /// The development dependency is also a production dependency, so images contain it anyway.
    #[error("{name} is already in the dependencies of {importer}, so its images contain it")]
    InProduction { importer: ImporterId, name: String },
    /// Development dependencies of a package that others use as a copy.
    #[error(
        "{importer} is injected: the lockfile does not say how to install development dependencies for copies of it"
    )]
    DevelopmentOfCopy { importer: ImporterId },
    /// Globs for services that match no package.
    #[error("{globs:?} matches no package of the workspace; its packages are: {}", listed(known))]
    NoServices {
        globs: Vec<String>,
        /// The packages that exist.
        known: Vec<String>,
    },
    /// The text is not a valid glob.
    #[error("{glob:?} is not a valid glob: {message}")]
    Glob {
        glob: String,
        #[source]
        message: Cause,
    },
    /// A pnpmfile that a setting names does not exist.
    #[error("the pnpmfile {} does not exist", path.display())]
    NoPnpmfile { path: PathBuf },
    /// A pnpmfile has a hook that acts on every install. Hooks are never run here.
    #[error("the hook {hook} of {} is not supported: it acts on every install", path.display())]
    Hook { path: PathBuf, hook: &'static str },
    /// Configuration dependencies bring a pnpmfile.
    #[error("the pnpmfile of the configuration dependency {} is not supported", plugins.join(", "))]
    Plugins { plugins: Vec<String> },
    /// A setting has an effect that is not supported here.
    #[error("the setting {name}: {value} (from {origin}) is not supported: {reason}")]
    Setting {
        /// pnpm's name of the setting.
        name: &'static str,
        value: String,
        /// Where it was read.
        origin: String,
        /// Why the value is rejected.
        reason: &'static str,
    },
    /// The lockfile refers to an entry that it lacks.
    #[error("the lockfile is broken: {from} needs {missing}, which has no entry")]
    MissingEntry {
        /// The entry or file with the reference.
        from: String,
        missing: String,
    },
    /// The name is not valid as a folder under node_modules.
    #[error("the lockfile is not safe to use: {name:?} ({from}) is not a package name")]
    Name { name: String, from: String },
    /// A dependency leads outside the workspace.
    #[error("{from} depends on {reference:?}, which is outside the workspace")]
    Outside {
        /// The entry or file with the reference.
        from: String,
        reference: String,
    },
    /// No package can be for this architecture.
    #[error("node does not run on {architecture}")]
    Architecture {
        /// Its name in OCI images.
        architecture: String,
    },
    /// The text is not a node version.
    #[error("{version:?} is not a node version: {source}")]
    NodeVersion {
        version: String,
        /// The parser's error.
        source: Box<node_semver::SemverError>,
    },
    /// A package does not support this platform or node, under `engineStrict`.
    #[error("{package} does not support the image's platform: {reason} (engineStrict)")]
    Unsupported {
        package: DepPath,
        /// The requirement that is not met.
        reason: String,
    },
}

impl PnpmError {
    /// The category of the error.
    pub fn category(&self) -> Category {
        match self {
            PnpmError::Io(error) => Category::of_io(error),
            _ => Category::User,
        }
    }
}

/// The first names, and how many more there are.
fn listed_or_none(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { listed(names) }
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
