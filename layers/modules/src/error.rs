//! Errors from a closure to its layers, and their categories.

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
    /// Install scripts and their environment.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    #[error(transparent)]
    Store(Box<StoreError>),
    /// The store could not return or keep something.
    #[error("{context}")]
    At {
        /// The operation that failed.
        context: String,
        #[source]
        source: Box<StoreError>,
    },
    /// A file of the workspace; the message names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Packages have install scripts that no setting allows, and the settings make that an error.
    #[error("Ignored build scripts: {}", packages.join(", "))]
    IgnoredBuilds {
        /// The packages in pnpm's notation.
        packages: Vec<String>,
    },
    /// A git repository needs a build that no setting allows.
    #[error("the git repository of {package} needs its script {script:?}, which no setting allows")]
    NotAllowed {
        /// The package's key in the lockfile.
        package: String,
        script: String,
    },
    /// No rule has this name.
    #[error("{name:?} is not a prune rule")]
    PruneRule {
        /// The requested name.
        name: String,
    },
    /// A package cannot be fetched from its origin.
    #[error("{package} cannot be fetched: {reason}")]
    Origin {
        package: DepPath,
        #[source]
        reason: Cause,
    },
    /// A dependency is a runtime, such as node.
    #[error("{package} cannot be fetched: it is a runtime that pnpm itself installs")]
    Runtime { package: DepPath },
    /// Nothing verifies this tarball.
    #[error("the lockfile has no integrity for {package}, so its tarball cannot be verified")]
    Unpinned {
        /// The key of its package.
        package: String,
        /// The integrity of the tarball now, if it could be determined.
        found: Option<String>,
    },
    /// A patch has no file.
    #[error("the patch of {key} has no file: neither the lockfile nor the settings name one")]
    PatchPath {
        /// The entry of `patchedDependencies`.
        key: String,
    },
    /// A patch file differs from the one that the lockfile was made with.
    #[error("{path} is not the patch that the lockfile was made with: its hash is {found}, not {expected}")]
    PatchHash {
        path: String,
        /// The hash in the lockfile.
        expected: String,
        /// The hash of the file.
        found: String,
    },
    /// A patch does not match its package, or is not a patch.
    #[error("{path} cannot be applied to {dep_path}: {reason}")]
    Patch {
        path: String,
        dep_path: String,
        /// The mismatch, with file and line.
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
    /// Wraps an error of the store; `context` is the operation.
    pub(crate) fn at(context: impl Into<String>, source: StoreError) -> ModulesError {
        ModulesError::At { context: context.into(), source: Box::new(source) }
    }

    /// The category of the error.
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
