//! What can go wrong between a closure and layers, and whose fault it is.

use fourply_blob::{BlobError, Category, Cause, PathError};
use fourply_pnpm::{DepPath, LayoutError, PnpmError};
use fourply_scripts::ScriptsError;
use fourply_store::StoreError;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    /// The workspace, its lockfile, a closure.
    #[error(transparent)]
    Pnpm(#[from] PnpmError),
    /// The layout of node_modules.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Install scripts, and what they need.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The store could not give or keep something.
    #[error("{context}")]
    At {
        /// What was being done.
        context: String,
        #[source]
        source: Box<StoreError>,
    },
    /// A file of the workspace; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Packages have install scripts that nobody allowed, and the settings make that an error.
    #[error("Ignored build scripts: {}", packages.join(", "))]
    IgnoredBuilds {
        /// As pnpm names them.
        packages: Vec<String>,
    },
    /// A git repository that would have to be built, and nobody allowed it.
    #[error("the git repository of {package} has to be built by its script {script:?}, which nobody allowed")]
    NotAllowed {
        /// The package's key in the lockfile.
        package: String,
        script: String,
    },
    /// A rule that does not exist.
    #[error("{name:?} is no rule of what may be left out")]
    PruneRule {
        /// What was asked for.
        name: String,
    },
    /// A package whose origin cannot be fetched here.
    #[error("{package} cannot be fetched: {reason}")]
    Origin {
        package: DepPath,
        #[source]
        reason: Cause,
    },
    /// A runtime as a dependency, such as node.
    #[error("{package} cannot be fetched: it is a runtime that pnpm itself installs")]
    Runtime { package: DepPath },
    /// A tarball that nothing vouches for.
    #[error(
        "the lockfile has no integrity for {package}, so nothing tells whether its tarball is what was meant"
    )]
    Unpinned {
        /// The key of its package.
        package: String,
        /// What its integrity is now, where that could be found out.
        found: Option<String>,
    },
    /// A patch without a file.
    #[error("the patch of {key} is nowhere: neither lockfile nor settings say which file it is")]
    PatchPath {
        /// The entry of `patchedDependencies`.
        key: String,
    },
    /// The file of a patch is not the one that the lockfile was made with.
    #[error("{path} is not the patch that the lockfile was made with: its hash is {found}, not {expected}")]
    PatchHash {
        path: String,
        /// What the lockfile says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// A patch that does not fit its package, or that is none.
    #[error("{path} cannot be applied to {dep_path}: {reason}")]
    Patch {
        path: String,
        dep_path: String,
        /// What does not fit, with file and line.
        #[source]
        reason: Cause,
    },
}

impl From<PathError> for ModulesError {
    fn from(error: PathError) -> ModulesError {
        StoreError::from(BlobError::from(error)).into()
    }
}

impl From<StoreError> for ModulesError {
    fn from(source: StoreError) -> ModulesError {
        ModulesError::Store(Box::new(source))
    }
}

impl ModulesError {
    /// Wraps what the store answered while `context` was done.
    pub(crate) fn at(context: impl Into<String>, source: StoreError) -> ModulesError {
        ModulesError::At { context: context.into(), source: Box::new(source) }
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            ModulesError::Pnpm(error) => error.category(),
            ModulesError::Layout(error) => error.category(),
            ModulesError::Scripts(error) => error.category(),
            ModulesError::Store(error) | ModulesError::At { source: error, .. } => error.category(),
            ModulesError::Io(error) => Category::of_io(error),
            _ => Category::User,
        }
    }
}
