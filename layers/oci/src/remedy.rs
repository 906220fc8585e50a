//! Suggested fixes as data: the program that knows its flags and files puts them into words.

/// A suggested fix. A new variant does not compile until the program has words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum Remedy {
    /// A base with fewer layers.
    SmallerBase,
    /// Another base, or a rebuilt version of this one.
    OtherBase,
    /// One image for each platform.
    DistinctPlatforms,
    /// The same build again: something removed a file during this one.
    BuildAgain,
    /// The credential for this registry is damaged or outdated: log in again.
    LogInAgain { registry: String },
    /// Log in to this registry with an account that is allowed to do this.
    LogIn { registry: String },
    /// Publish the earlier bundle first.
    EarlierBundle,
    /// Publish the image that the bundle's deltas need first.
    OldImage,
    /// The bundle's deltas need other compressors.
    SameEncoders {
        /// The program that wrote the bundle and has them.
        writer: String,
    },
    /// Use the network once.
    GoOnline,
    /// Check the name or tag; the repository may have to be created first.
    CheckName,
    /// The registry limits the rate: log in, or wait.
    SlowDown,
    /// The registry may know only Docker's media types.
    DockerMediaTypes,
    /// Something limits the size of requests: use smaller chunks.
    SmallerChunks,
    /// Check the registry's address, the proxy and the certificate.
    CheckConnection,
    /// Another path: a new one, or one that holds `expected`.
    OtherPath {
        /// What may exist at the path, such as "an OCI layout".
        expected: &'static str,
    },
    /// Remove the damaged file; the next build creates it again.
    RemoveFile,
    /// Free disk space. No half-written file remains.
    FreeSpace,
    /// An output format for several platforms, or one platform only.
    OnePlatform,
    /// Start a container engine.
    StartEngine,
    /// The user needs permission to use the container engine.
    JoinEngine,
    /// The layout has several images: choose one by name or digest.
    ChooseImage,
    /// Copy or download the damaged file again.
    CopyAgain,
    /// The image does not support that platform: copy all platforms.
    AllPlatforms,
}
