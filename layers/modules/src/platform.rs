//! The platform an image is for, and whether a package says that it runs there. Pure.

/// The C library of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Libc {
    /// GNU.
    Glibc,
    /// musl, as Alpine has it.
    Musl,
}

impl Libc {
    /// The word that package.json's `libc` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Libc::Glibc => "glibc",
            Libc::Musl => "musl",
        }
    }
}

/// What the closure is computed for. The words are node's: `linux`, `x64`, `arm64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// node's `process.platform`.
    pub os: String,
    /// node's `process.arch`.
    pub cpu: String,
    /// The image's C library.
    pub libc: Libc,
    /// The node that runs in the image; with none, `engines.node` is not looked at.
    pub node: Option<node_semver::Version>,
}
