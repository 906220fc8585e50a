//! What can go wrong where an image is started, but for the image's own faults, which are a verdict.

use fourply_blob::Category;
use fourply_rootfs::RootfsError;
use fourply_scripts::ScriptsError;

/// The result of this crate's functions.
pub type Result<T, E = SmokeError> = std::result::Result<T, E>;

/// Any error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum SmokeError {
    /// A layer that no container engine should be given, or that cannot be unpacked here.
    #[error(transparent)]
    Rootfs(#[from] RootfsError),
    /// The sandbox, or that the user asked to stop.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A configuration that says nothing that can be started.
    #[error("the image's configuration cannot be read: {field}")]
    Config {
        /// Which part of it.
        field: String,
        #[source]
        source: serde_json::Error,
    },
}

impl SmokeError {
    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Self::Rootfs(error) => error.category(),
            Self::Scripts(error) => error.category(),
            Self::Io(error) => Category::of_io(error),
            Self::Config { .. } => Category::User,
        }
    }
}
