//! Errors in turning a closure into a tree.

use fourply_blob::Category;

/// Why a tree could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A package has no archive: it was not fetched.
    #[error("the files of {dep_path} are not in the store")]
    NoContent { dep_path: String },
    /// A name of the lockfile is not a valid directory below node_modules.
    #[error("{owner} has a dependency named {name:?}, which is not a valid directory of node_modules")]
    Name {
        /// The package or workspace folder that depends on it.
        owner: String,
        name: String,
    },
    /// The rules give two packages the same directory.
    #[error("{first} and {second} would share the directory {dir}")]
    SameDirectory { dir: String, first: String, second: String },
    /// Package versions conflict with each other so often that no install would end.
    #[error("the packages of the lockfile conflict too often to be hoisted")]
    TooEntangled,
}

impl LayoutError {
    /// The category of the error.
    pub fn category(&self) -> Category {
        match self {
            LayoutError::NoContent { .. } => Category::Internal,
            LayoutError::Name { .. } | LayoutError::SameDirectory { .. } | LayoutError::TooEntangled => {
                Category::User
            }
        }
    }
}
