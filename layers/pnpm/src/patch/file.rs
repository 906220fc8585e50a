//! A file of a package that is being patched. The type alone.

/// A file of a package that is being patched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchFile {
    Regular {
        /// An x bit is set.
        executable: bool,
        bytes: Vec<u8>,
    },
    /// A symbolic link.
    Symlink {
        /// Relative to the link's folder.
        target: String,
    },
}
