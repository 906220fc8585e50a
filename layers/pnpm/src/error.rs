//! What can go wrong between a workspace's files and a planned tree, whose fault it is, and what to do.

use std::path::PathBuf;

use fourply_blob::Category;

use crate::fresh::Stale;
use crate::{DepPath, LockfileError};

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
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where known.
        message: String,
    },
    /// The lockfile is unusable.
    #[error("{} cannot be used", path.display())]
    Lockfile {
        /// The file.
        path: PathBuf,
        /// Why.
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
        /// The workspace.
        root: PathBuf,
        /// The packages that exist.
        known: Vec<String>,
        /// The one that was perhaps meant.
        suggestion: Option<String>,
    },
    /// Globs for services that name none.
    #[error(
        "no package of the workspace is named by services = {globs:?}; its packages are: {}",
        listed(known)
    )]
    NoServices {
        /// The globs.
        globs: Vec<String>,
        /// The packages that exist.
        known: Vec<String>,
    },
    /// A text that is no glob.
    #[error("{glob:?} is no glob: {message}")]
    Glob {
        /// The text.
        glob: String,
        /// Why.
        message: String,
    },
    /// A setting whose effect is not followed here.
    #[error("the setting {name}: {value} (from {origin}) is not supported: {reason}")]
    Setting {
        /// pnpm's name of it.
        name: &'static str,
        /// Its value.
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
        /// The missing key.
        missing: String,
    },
    /// A name that cannot be a folder under node_modules.
    #[error("the lockfile is not safe to use: {name:?} ({from}) is no package name")]
    Name {
        /// The name.
        name: String,
        /// Where it stands.
        from: String,
    },
    /// A dependency outside of the workspace.
    #[error("{from} depends on {reference:?}, which lies outside of the workspace")]
    Outside {
        /// Who refers to it.
        from: String,
        /// The reference.
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
        /// The text.
        version: String,
        /// What is wrong with it.
        source: Box<node_semver::SemverError>,
    },
    /// A package that is not for this platform or node, under `engineStrict`.
    #[error("{package} does not run here: {reason} (engineStrict)")]
    Unsupported {
        /// The package.
        package: DepPath,
        /// What it asks for.
        reason: String,
    },
}

/// What can be done about an error where that is a matter of the program's own files: the program words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// The folders of services have to be named.
    NameServices,
}

impl PnpmError {
    /// The way out, where the program has to word it; else see [`PnpmError::hint`].
    pub fn remedy(&self) -> Option<Remedy> {
        matches!(self, PnpmError::NoServices { .. }).then_some(Remedy::NameServices)
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            PnpmError::Io(error) => Category::of_io(error),
            _ => Category::User,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            PnpmError::NoWorkspace { .. } => {
                "run it in a folder that has a pnpm-workspace.yaml, or a pnpm-lock.yaml beside its package.json"
            }
            PnpmError::NoLockfile { .. } => "run `pnpm install` and commit the lockfile",
            PnpmError::BranchLockfile { .. } => {
                "merge the lockfiles with `pnpm install --merge-git-branch-lockfiles` and commit the result"
            }
            PnpmError::Lockfile { source, .. } => return source.hint(),
            PnpmError::Stale(stale) => return Some(stale.hint()),
            PnpmError::NoImporter { suggestion, .. } => {
                return suggestion.as_ref().map(|name| format!("did you mean {name}?"));
            }
            PnpmError::MissingEntry { .. } => {
                "the file was cut off or badly merged: run `pnpm install` and commit the result"
            }
            PnpmError::Outside { .. } => {
                "move the package into the workspace, or install it from a registry or a tarball"
            }
            PnpmError::Architecture { .. } => {
                "build for an architecture that node runs on, such as linux/amd64 or linux/arm64"
            }
            PnpmError::NodeVersion { .. } => "give a full version, such as 20.20.2",
            PnpmError::Glob { .. } => {
                "write it with *, **, ? and {a,b}, relative to the root or as NAME/PATH"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// The first of many names, and how many more there are.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
