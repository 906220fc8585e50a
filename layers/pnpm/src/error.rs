//! What can go wrong between a workspace's files and a planned tree, and whose fault it is.

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
    /// There is no workspace here.
    #[error("no pnpm workspace at or above {}", start.display())]
    NoWorkspace {
        /// Where the search began.
        start: PathBuf,
    },
    /// There is a workspace, but no lockfile in it.
    #[error("{} is missing", path.display())]
    NoLockfile {
        /// Where it should be.
        path: PathBuf,
    },
    /// Only lockfiles of branches are there, as `gitBranchLockfile` leaves them.
    #[error("{} is missing, and {found} is the lockfile of one branch: gitBranchLockfile is not followed", path.display())]
    BranchLockfile {
        /// Where the lockfile should be.
        path: PathBuf,
        /// The name of the first of those that are there.
        found: String,
    },
    /// A file of the workspace that is not what it should be.
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
    /// A folder that is no package of the workspace.
    #[error("{folder} is no package of the workspace {}; its packages are: {}", root.display(), listed(known))]
    NoImporter {
        /// What was asked for.
        folder: String,
        root: PathBuf,
        /// The packages that exist.
        known: Vec<String>,
        /// The one that was perhaps meant.
        suggestion: Option<String>,
    },
    /// A name of a dependency that a package does not have.
    #[error("{importer} does not depend on {name}; its dependencies are: {}", listed_or_none(known))]
    NoDependency {
        importer: ImporterId,
        name: String,
        /// What it depends on.
        known: Vec<String>,
    },
    /// A name of a development dependency that a package does not have.
    #[error("{name} is not among the devDependencies of {importer}, which are: {}", listed_or_none(known))]
    NoDevelopment {
        importer: ImporterId,
        name: String,
        /// Its development dependencies.
        known: Vec<String>,
        /// The one that was perhaps meant.
        suggestion: Option<String>,
    },
    /// A development dependency that images have in any case.
    #[error("{name} is among the dependencies of {importer}, so its images have it already")]
    InProduction { importer: ImporterId, name: String },
    /// Development dependencies of a package that others have as a copy.
    #[error(
        "{importer} is injected: the lockfile does not say how its development dependencies would be installed beside a copy of it"
    )]
    DevelopmentOfCopy { importer: ImporterId },
    /// Globs for services that name none.
    #[error("no package of the workspace is matched by {globs:?}; its packages are: {}", listed(known))]
    NoServices {
        globs: Vec<String>,
        /// The packages that exist.
        known: Vec<String>,
    },
    /// A text that is no glob.
    #[error("{glob:?} is no glob: {message}")]
    Glob {
        glob: String,
        #[source]
        message: Cause,
    },
    /// A pnpmfile that a setting names.
    #[error("the pnpmfile {} is not there", path.display())]
    NoPnpmfile { path: PathBuf },
    /// A pnpmfile with a hook that acts on every install. None are run here.
    #[error("the hook {hook} of {} acts on every install, and is not run here", path.display())]
    Hook { path: PathBuf, hook: &'static str },
    /// Configuration dependencies that bring a pnpmfile, which is not read here.
    #[error("the pnpmfile of the configuration dependency {} is not read here", plugins.join(", "))]
    Plugins { plugins: Vec<String> },
    /// A setting whose effect is not followed here.
    #[error("the setting {name}: {value} (from {origin}) is not supported: {reason}")]
    Setting {
        /// pnpm's name of it.
        name: &'static str,
        value: String,
        /// Where it was read.
        origin: String,
        /// Why it is refused.
        reason: &'static str,
    },
    /// The lockfile refers to what it does not hold.
    #[error("the lockfile is broken: {from} needs {missing}, which it does not hold")]
    MissingEntry {
        /// Who refers to it.
        from: String,
        missing: String,
    },
    /// A name that cannot be a folder under node_modules.
    #[error("the lockfile is not safe to use: {name:?} ({from}) is no package name")]
    Name { name: String, from: String },
    /// A dependency outside of the workspace.
    #[error("{from} depends on {reference:?}, which lies outside of the workspace")]
    Outside {
        /// Who refers to it.
        from: String,
        reference: String,
    },
    /// An architecture that packages cannot be for.
    #[error("node does not run on {architecture}")]
    Architecture {
        /// Its name in OCI images.
        architecture: String,
    },
    /// A version of node that is none.
    #[error("the version of node {version:?} cannot be read: {source}")]
    NodeVersion {
        version: String,
        /// What is wrong with it.
        source: Box<node_semver::SemverError>,
    },
    /// A package that is not for this platform or node, under `engineStrict`.
    #[error("{package} does not run here: {reason} (engineStrict)")]
    Unsupported {
        package: DepPath,
        /// What it asks for.
        reason: String,
    },
}

impl PnpmError {
    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            PnpmError::Io(error) => Category::of_io(error),
            _ => Category::User,
        }
    }
}

/// The first of many names, and how many more there are.
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
