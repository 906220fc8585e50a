//! Errors in starting an image. Faults of the image are not errors but a verdict.

use fourply_blob::Category;
use fourply_rootfs::RootfsError;
use fourply_scripts::ScriptsError;

/// The result of this crate's functions.
pub type Result<T, E = SmokeError> = std::result::Result<T, E>;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum SmokeError {
    /// A layer is malformed, or cannot be unpacked here.
    #[error(transparent)]
    Rootfs(#[from] RootfsError),
    /// The sandbox failed, or the user asked to stop.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The configuration describes no process to start.
    #[error("the image's configuration cannot be read: {field}")]
    Config {
        /// The field at fault.
        field: String,
        #[source]
        source: serde_json::Error,
    },
}

impl SmokeError {
    /// The category of the error.
    pub fn category(&self) -> Category {
        match self {
            Self::Rootfs(error) => error.category(),
            Self::Scripts(error) => error.category(),
            Self::Io(error) => Category::of_io(error),
            Self::Config { .. } => Category::User,
        }
    }
}
