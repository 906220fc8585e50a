//! What can keep a closure from becoming a tree.

use fourply_blob::Category;

/// Why a tree could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A package has no pack: it was not fetched.
    #[error("the files of {dep_path} are not in the store")]
    NoContent { dep_path: String },
    /// A name of the lockfile that cannot be a directory below node_modules.
    #[error("{owner} has a dependency with the name {name:?}, which cannot stand in node_modules")]
    Name {
        /// The package or workspace folder that depends on it.
        owner: String,
        name: String,
    },
    /// Two packages for which the rules give one directory.
    #[error("{first} and {second} would share the directory {dir}")]
    SameDirectory { dir: String, first: String, second: String },
    /// Versions of packages that are in one another's way so often that no install would end.
    #[error("the packages of the lockfile are too entangled to be hoisted")]
    TooEntangled,
}

impl LayoutError {
    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            LayoutError::NoContent { .. } => Category::Internal,
            LayoutError::Name { .. } | LayoutError::SameDirectory { .. } | LayoutError::TooEntangled => {
                Category::User
            }
        }
    }
}
