//! What can go wrong in the whole program: the stages' own errors, each with whose fault it is and a way out.

use std::path::PathBuf;

use fourply_blob::{Category, io_hint};

/// The error of a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workspace, its lockfile or the layout.
    #[error(transparent)]
    Modules(#[from] fourply_modules::ModulesError),
    /// Laying out packages, or patching one.
    #[error(transparent)]
    Layout(#[from] fourply_modules::LayoutError),
    /// The base.
    #[error(transparent)]
    Base(#[from] fourply_base::BaseError),
    /// The build step.
    #[error(transparent)]
    Dist(#[from] fourply_dist::DistError),
    /// The store, and all that it fetches.
    #[error(transparent)]
    Store(#[from] fourply_store::StoreError),
    /// Writing a layer.
    #[error(transparent)]
    Blob(#[from] fourply_blob::BlobError),
    /// Putting the image together.
    #[error(transparent)]
    Image(#[from] crate::image::ImageError),
    /// Talking to a registry.
    #[error(transparent)]
    Registry(#[from] crate::registry::RegistryError),
    /// Writing the image somewhere.
    #[error(transparent)]
    Sink(#[from] crate::sink::SinkError),
    /// Moving an image, or looking at one.
    #[error(transparent)]
    Transfer(#[from] crate::transfer::TransferError),
    /// `fourply.toml`.
    #[error("cannot use {}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: crate::config::ConfigError,
    },
    /// Services whose images did not get to all of their places.
    #[error("{} did not get to all places", services.join(", "))]
    Places {
        /// Their folders.
        services: Vec<String>,
        /// What went wrong with the first of them.
        #[source]
        source: Box<Error>,
    },
    /// A file that could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Arguments that do not fit together.
    #[error("{message}")]
    Usage {
        /// What does not fit.
        message: String,
        /// What to write in its place.
        hint: Option<String>,
    },
    /// Something the user can mend.
    #[error("{message}")]
    User {
        /// What is wrong, and where.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// Something outside that did not answer as it should.
    #[error("{message}")]
    Outside {
        /// What is wrong, and where.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
}

impl From<fourply_platform::PlatformError> for Error {
    fn from(error: fourply_platform::PlatformError) -> Error {
        Error::Base(error.into())
    }
}

impl Error {
    /// A fault in the arguments: exit code 2.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// A fault that the user can mend: exit code 1.
    pub fn user(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::User { message: message.into(), hint: Some(hint.into()) }
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Error::Modules(error) => error.category(),
            Error::Layout(error) => error.category(),
            Error::Base(error) => error.category(),
            Error::Dist(error) => error.category(),
            Error::Store(error) => error.category(),
            Error::Blob(error) => error.category(),
            Error::Image(error) => error.category(),
            Error::Registry(error) => error.category(),
            Error::Sink(error) => error.category(),
            Error::Transfer(error) => error.category(),
            Error::Config { .. } | Error::User { .. } | Error::Usage { .. } => Category::User,
            Error::Places { source, .. } => source.category(),
            Error::Io(error) => Category::of_io(error),
            Error::Outside { .. } => Category::Outside,
        }
    }

    /// 1 for the user's fault, 2 for usage, 3 for the outside world (and for what should not happen).
    pub fn exit_code(&self) -> u8 {
        match (self, self.category()) {
            (Error::Usage { .. }, _) => 2,
            (_, Category::User) => 1,
            _ => 3,
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Modules(error) => error.hint(),
            Error::Layout(error) => error.hint(),
            Error::Base(error) => error.hint(),
            Error::Dist(error) => error.hint(),
            Error::Store(error) => error.hint(),
            Error::Blob(error) => error.hint(),
            Error::Image(error) => error.hint(),
            Error::Registry(error) => error.hint(),
            Error::Sink(error) => error.hint(),
            Error::Transfer(error) => error.hint(),
            Error::Usage { hint, .. } | Error::User { hint, .. } | Error::Outside { hint, .. } => {
                hint.clone()
            }
            Error::Places { source, .. } => source.hint(),
            Error::Io(error) => io_hint(error),
            Error::Config { .. } => None,
        }
    }
}
