//! A file of a package that is being patched. The type alone.

/// A file of a package that is being patched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchFile {
    /// A regular file.
    Regular {
        /// An x bit is set.
        executable: bool,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// A symbolic link.
    Symlink {
        /// Relative to the link's folder.
        target: String,
    },
}
