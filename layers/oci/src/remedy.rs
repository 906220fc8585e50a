//! What can be done about an error, as data: who knows the flags and files of a program words it.

/// A way out of an error. A new one does not compile until the program has words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a variant's text says what its fields hold")]
pub enum Remedy {
    /// A base with fewer layers.
    SmallerBase,
    /// Another base, or this one made again by its makers.
    OtherBase,
    /// One image for each platform.
    DistinctPlatforms,
    /// The same build once more: something removed a file meanwhile.
    BuildAgain,
    /// The credential for this registry is damaged or outdated: store it again.
    LogInAgain { registry: String },
    /// An account of this registry that may do what was refused.
    LogIn { registry: String },
    /// The bundle on which this one builds has to be published first.
    EarlierBundle,
    /// The image against which the bundle's deltas were made has to be published first.
    OldImage,
    /// The bundle's deltas need other compressors.
    SameEncoders {
        /// The program that wrote the bundle, which has them.
        writer: String,
    },
    /// The network has to be used once.
    GoOnline,
    /// The name or tag may be wrong, or the repository has to exist first.
    CheckName,
    /// The registry limits requests: an account, or time.
    SlowDown,
    /// The registry may know docker's media types alone.
    DockerMediaTypes,
    /// Something limits the size of requests: smaller chunks.
    SmallerChunks,
    /// The registry's address, the proxy, or its certificate.
    CheckConnection,
    /// Another path: a new one, or one that holds this.
    OtherPath {
        /// What may be there, such as "an OCI layout".
        expected: &'static str,
    },
    /// The damaged file has to go; the next build makes it again.
    RemoveFile,
    /// Space on the disk. Nothing half written is left.
    FreeSpace,
    /// A kind of output that holds several platforms, or one platform.
    OnePlatform,
    /// A container engine has to run.
    StartEngine,
    /// The user may not speak to the container engine.
    JoinEngine,
    /// A layout has several images: a name or a digest chooses one.
    ChooseImage,
    /// Copy or download a damaged file again.
    CopyAgain,
    /// The image is not for that platform: take all of it.
    AllPlatforms,
}
