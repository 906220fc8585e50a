//! Why an image that is understood cannot be a base. In: what its reader saw. Out: data, with its words in a message.

/// What an image is or has, so that it cannot be used. The text completes "… cannot be used as a base".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A docker archive was asked for an image by digest: it has no manifests.
    #[error("the digest {digest}")]
    DigestInDockerArchive {
        /// The digest that was asked for.
        digest: String,
    },
    /// The manifest is of docker's first schema.
    #[error("an image of docker's manifest schema 1")]
    SchemaOne,
    /// Something else than an image, such as a chart.
    #[error("an artifact ({config_type})")]
    Artifact {
        /// The media type of its configuration.
        config_type: String,
    },
    /// More layers than engines unpack.
    #[error("an image of {count} layers")]
    TooManyLayers { count: usize },
    /// A layer that registries do not hold.
    #[error("an image with a layer that must not be distributed ({media_type})")]
    ForeignLayer { media_type: String },
    /// Encrypted layers.
    #[error("an encrypted image")]
    Encrypted,
    /// A layer of an unknown kind.
    #[error("an image with a layer of type {media_type}")]
    LayerType { media_type: String },
    /// Packages were asked for, but the system has no package manager's database.
    #[error("a system without apk's or dpkg's database")]
    NoPackageDatabase,
    /// Scripts are to run in the system, but it has no folder where all have one.
    #[error("a system in which /etc or /var is no folder")]
    OddFolders,
    /// npm's node was asked for, but the system has another C library.
    #[error("npm's node needs glibc, and a base without it")]
    NoGlibc,
}
