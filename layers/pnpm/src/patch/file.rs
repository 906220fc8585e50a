//! A file of a package that is being patched. Types only.

/// A file of a package that is being patched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchFile {
    Regular {
        /// One of the x bits is set.
        executable: bool,
        bytes: Vec<u8>,
    },
    /// A symbolic link.
    Symlink {
        /// Relative to the link's folder.
        target: String,
    },
}
