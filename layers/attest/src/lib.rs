//! What an image holds and how it was made, as documents that other tools read.
//!
//! In: facts as values, [`Contents`] and [`Build`]. Out: bytes, the same for the same facts. No I/O: it knows neither stores nor registries, and
//! reads no clock. What a fact means in a workspace, whoever gathers it knows.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | the contents of an image: components and their edges |
//! | `purl` | package URLs; URLs, keys and paths without what may be secret |
//! | `licence` | what packages say of their licence → SPDX expressions; which are allowed |
//! | `identity` | names of documents that follow from the image |
//! | `cyclonedx` | contents → CycloneDX 1.6, JSON |
//! | `spdx_document` | contents → SPDX 2.3, JSON |
//! | `provenance` | a build → an in-toto statement with SLSA provenance v1 |

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![warn(missing_docs)]

mod cyclonedx;
mod identity;
mod licence;
mod model;
mod provenance;
mod purl;
mod spdx_document;

pub use cyclonedx::cyclonedx;
pub use licence::{AllowedLicences, Licence, LicenceError};
pub use model::{Component, Contents, Hash, HashKind, Kind, Subject};
pub use provenance::{BUILD_TYPE, Build, Material, PREDICATE_TYPE, provenance};
pub use purl::{Purl, public, public_key, public_path};
pub use spdx_document::spdx;

/// Why a document cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum AttestError {
    /// A time that no calendar has.
    #[error("the image's time, {seconds} seconds after 1970, cannot be written as a date")]
    Time {
        /// Seconds since 1970.
        seconds: i64,
    },
    /// JSON cannot hold it.
    #[error("the {document} cannot be written as JSON")]
    Json {
        /// Which one.
        document: &'static str,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
}
