//! Why a valid image cannot be a base. In: findings of its reader. Out: data, and its text in a message.

/// The unsupported property of an image. The text completes "… cannot be used as a base".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An image of a Docker archive was requested by digest: such archives have no manifests.
    #[error("the digest {digest}")]
    DigestInDockerArchive {
        /// The requested digest.
        digest: String,
    },
    /// The manifest is Docker's schema 1.
    #[error("an image of docker's manifest schema 1")]
    SchemaOne,
    /// Not an image, such as a chart.
    #[error("an artifact ({config_type})")]
    Artifact {
        /// The media type of its configuration.
        config_type: String,
    },
    /// More layers than engines can unpack.
    #[error("an image of {count} layers")]
    TooManyLayers { count: usize },
    /// A layer that registries do not store.
    #[error("an image with a layer that must not be distributed ({media_type})")]
    ForeignLayer { media_type: String },
    /// Encrypted layers.
    #[error("an encrypted image")]
    Encrypted,
    /// A layer of an unknown kind.
    #[error("an image with a layer of type {media_type}")]
    LayerType { media_type: String },
    /// Packages were configured, but the system has no package manager's database.
    #[error("a system without apk's or dpkg's database")]
    NoPackageDatabase,
    /// Scripts must run in the system, but it lacks a folder that every system has.
    #[error("a system in which /etc or /var is no folder")]
    OddFolders,
    /// npm's Node.js was configured, but the system has another C library.
    #[error("npm's node needs glibc, and a base without it")]
    NoGlibc,
}
