//! What can keep a closure from becoming a tree.

use fourply_blob::{Category, io_hint};
use fourply_store::StoreError;

/// Why a tree could not be planned, patched or put on disk.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The store could not give or keep something.
    #[error("{context}")]
    Store {
        /// What was being done.
        context: String,
        /// Why it failed.
        #[source]
        source: Box<StoreError>,
    },
    /// A package could not be fetched.
    #[error(transparent)]
    Fetch(Box<StoreError>),
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
    /// A folder that is no package, or whose files cannot be told.
    #[error("the folder {folder} cannot be packed: {reason}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        reason: String,
    },
    /// A git repository that is no package as it stands.
    #[error("{dep_path} cannot be taken from its git repository: {reason}")]
    Repository {
        /// The package.
        dep_path: String,
        /// Why.
        reason: String,
    },
    /// A package has no pack: it was not fetched.
    #[error("the files of {dep_path} are not in the store")]
    NoContent {
        /// The package.
        dep_path: String,
    },
    /// A name of the lockfile that cannot be a directory below node_modules.
    #[error("{owner} has a dependency with the name {name:?}, which cannot stand in node_modules")]
    Name {
        /// The package or workspace folder that depends on it.
        owner: String,
        /// The name.
        name: String,
    },
    /// Two packages for which the rules give one directory.
    #[error("{first} and {second} would share the directory {dir}")]
    SameDirectory {
        /// The directory.
        dir: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// A package.json that is none.
    #[error("the package.json of {owner} cannot be read: {message}")]
    Manifest {
        /// The package.
        owner: String,
        /// What is wrong.
        message: String,
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
        /// The patch.
        path: String,
        /// What the lockfile says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// A patch that does not fit its package, or that is none.
    #[error("{path} cannot be applied to {dep_path}: {reason}")]
    Patch {
        /// The patch.
        path: String,
        /// The package.
        dep_path: String,
        /// What does not fit, with file and line.
        reason: String,
    },
    /// A file of the workspace or of the build's folder.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl LayoutError {
    /// Wraps what the store answered.
    pub(crate) fn store(context: impl Into<String>, source: StoreError) -> LayoutError {
        LayoutError::Store { context: context.into(), source: Box::new(source) }
    }

    /// What the store answered to a download, which names the package itself.
    pub(crate) fn fetch(source: StoreError) -> LayoutError {
        LayoutError::Fetch(Box::new(source))
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            LayoutError::Store { source, .. } | LayoutError::Fetch(source) => source.category(),
            LayoutError::NoContent { .. } => Category::Internal,
            LayoutError::Io(error) => Category::of_io(error),
            _ => Category::User,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            LayoutError::Store { source, .. } | LayoutError::Fetch(source) => return source.hint(),
            LayoutError::Unpinned { package, found } => return Some(pin(package, found.as_deref())),
            LayoutError::Repository { .. } => {
                "publish it to a registry, or commit the tarball that `pnpm pack` makes of it and depend on that"
            }
            LayoutError::PatchHash { .. } => {
                "run `pnpm install`, so that the lockfile knows the patch as it is now"
            }
            LayoutError::Folder { .. } => return None,
            LayoutError::Patch { .. } => "make the patch anew with `pnpm patch`",
            LayoutError::PatchPath { .. } => "name the file in patchedDependencies",
            LayoutError::Name { .. } => "the lockfile was not written by pnpm: make it anew",
            LayoutError::SameDirectory { .. } => "raise virtualStoreDirMaxLength",
            LayoutError::Io(error) => return io_hint(error),
            LayoutError::Manifest { .. } | LayoutError::NoContent { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The line that allows a tarball as it is now.
fn pin(package: &str, found: Option<&str>) -> String {
    match found {
        Some(found) => format!(
            "if the tarball that is there now is what you want, pin it in fourply.toml: [packages.integrity] {package:?} = {found:?}"
        ),
        None => format!("pin the tarball in fourply.toml: [packages.integrity] {package:?} = \"sha512-…\""),
    }
}
