//! What can go wrong in the whole program: the stages' own errors, each with whose fault it is and, from `cli::hints`, a way out.

use std::path::PathBuf;

use fourply_blob::{Category, Cause};
use fourply_oci::image::ImageError;
use fourply_oci::registry::RegistryError;
use fourply_oci::sink::SinkError;
use fourply_oci::transfer::TransferError;
use fourply_oci::{OciError, ReferenceError};

use crate::cli::hints;

/// The error of a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workspace, its lockfile, a closure.
    #[error(transparent)]
    Pnpm(#[from] fourply_pnpm::PnpmError),
    /// Install scripts, and what they need.
    #[error(transparent)]
    Scripts(#[from] fourply_scripts::ScriptsError),
    /// Packages, and the layers that they become.
    #[error(transparent)]
    Modules(#[from] fourply_modules::ModulesError),
    #[error(transparent)]
    Base(#[from] fourply_base::BaseError),
    #[error(transparent)]
    App(#[from] fourply_app::AppError),
    /// The store, and all that it fetches.
    #[error(transparent)]
    Store(#[from] fourply_store::StoreError),
    /// Writing a layer.
    #[error(transparent)]
    Blob(#[from] fourply_blob::BlobError),
    /// An image: putting it together, reading, writing or moving it.
    #[error(transparent)]
    Oci(OciError),
    /// `fourply.toml`.
    #[error("cannot use {}", path.display())]
    Config {
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: crate::config::ConfigError,
    },
    /// The build of one of several services.
    #[error("{service} cannot be built")]
    OfService {
        service: String,
        #[source]
        source: Box<Error>,
    },
    /// A framework that was recognised, and whose output is not there.
    #[error(
        "{service}: the output of {name} is not where it should be: its place is decided by {decided_by}"
    )]
    OfFramework {
        service: String,
        name: &'static str,
        /// The keys, with their file.
        decided_by: String,
        #[source]
        source: Box<Error>,
    },
    /// Services whose images did not get to all of their places.
    #[error("{} did not get to all places", services.join(", "))]
    Places {
        services: Vec<String>,
        /// What went wrong with the first of them.
        #[source]
        source: Box<Error>,
    },
    /// An image that could not be started at all.
    #[error(transparent)]
    Smoke(#[from] fourply_smoke::SmokeError),
    /// An image that was started and is not well, or of which that cannot be told.
    #[error("{message}")]
    Unwell {
        /// Which one, and why.
        message: String,
        hint: String,
        /// It may be the image, or what it needs from outside.
        inconclusive: bool,
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
    /// Something the user can fix.
    #[error("{message}")]
    User {
        /// What is wrong, and where: words, or the error that says it.
        #[source]
        message: Cause,
        hint: Option<String>,
    },
    /// Something outside that did not answer as it should.
    #[error("{message}")]
    Outside {
        /// What is wrong, and where.
        message: String,
        hint: Option<String>,
    },
}

impl From<fourply_platform::PlatformError> for Error {
    fn from(error: fourply_platform::PlatformError) -> Error {
        Error::Base(error.into())
    }
}

/// Each of the crate's errors is an [`OciError`] first.
macro_rules! from_oci {
    ($($error:ty),+) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error::Oci(error.into())
            }
        }
    )+};
}
from_oci!(OciError, ReferenceError, ImageError, RegistryError, SinkError, TransferError);

impl Error {
    /// A fault in the arguments: exit code 2.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// A fault that the user can fix: exit code 1.
    pub fn user(message: impl Into<Cause>, hint: impl Into<String>) -> Error {
        Error::User { message: message.into(), hint: Some(hint.into()) }
    }

    /// Whose fault it is.
    pub fn category(&self) -> Category {
        match self {
            Error::Modules(error) => error.category(),
            Error::Pnpm(error) => error.category(),
            Error::Scripts(error) => error.category(),
            Error::Base(error) => error.category(),
            Error::App(error) => error.category(),
            Error::Store(error) => error.category(),
            Error::Blob(error) => error.category(),
            Error::Oci(error) => error.category(),
            Error::Smoke(error) => error.category(),
            Error::Unwell { .. } | Error::Config { .. } | Error::User { .. } | Error::Usage { .. } => {
                Category::User
            }
            Error::OfService { source, .. }
            | Error::OfFramework { source, .. }
            | Error::Places { source, .. } => source.category(),
            Error::Io(error) => Category::of_io(error),
            Error::Outside { .. } => Category::Outside,
        }
    }

    /// 1 for the user's fault, 2 for usage, 3 for the outside world (and for what should not happen), 4 for an image of which nobody can tell whether it lives.
    pub fn exit_code(&self) -> u8 {
        match (self, self.category()) {
            (Error::Usage { .. }, _) => 2,
            (Error::Unwell { inconclusive: true, .. }, _) => 4,
            (Error::Places { source, .. }, _) if matches!(**source, Error::Unwell { .. }) => {
                source.exit_code()
            }
            (_, Category::User) => 1,
            _ => 3,
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Modules(error) => hints::hint(error),
            Error::Pnpm(error) => hints::hint(error),
            Error::Scripts(error) => hints::hint(error),
            Error::Base(error) => hints::hint(error),
            Error::App(error) => hints::hint(error),
            Error::Store(error) => hints::hint(error),
            Error::Blob(error) => hints::hint(error),
            Error::Oci(error) => hints::hint(error),
            Error::Io(error) => hints::hint(error),
            Error::Smoke(error) => hints::hint(error),
            Error::Unwell { hint, .. } => Some(hint.clone()),
            Error::Usage { hint, .. } | Error::User { hint, .. } | Error::Outside { hint, .. } => {
                hint.clone()
            }
            Error::OfService { source, .. } | Error::Places { source, .. } => source.hint(),
            Error::OfFramework { service, .. } => Some(hints::of_framework(service)),
            Error::Config { source, .. } => Some(hints::config(source)),
        }
    }
}
