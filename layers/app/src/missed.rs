//! Modules that a failed script could not load, and files that a build lacks. Types only.

use fourply_pnpm::ImporterId;

/// A package that a script could not load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// As written in the code.
    pub name: String,
    pub kind: UnresolvedKind,
}

/// A possible reason why it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnresolvedKind {
    /// A workspace package that is not a dependency of the failed one.
    Undeclared { folder: ImporterId },
    /// A dependency of only the root: it is installed, but nothing builds it.
    OfRoot { folder: ImporterId },
    /// A package without the script, so it was not built.
    Unbuilt {
        folder: ImporterId,
        script: String,
        /// Its scripts.
        available: Vec<String>,
    },
    /// A package whose script did not create such a file.
    Built { folder: ImporterId, script: String },
    /// A registry package that the failed package's package.json does not list.
    Package,
}

/// A file that a .gitignore or `.dockerignore` excludes from builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitIgnored {
    /// Relative to the workspace's root.
    pub path: String,
    /// The file with the line, relative to the root; absolute if it is above the root.
    pub file: String,
    /// Starts at 1.
    pub line: usize,
    pub pattern: String,
}

/// The location of an output that is missing in its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    /// A pattern matches a file of the workspace that an ignore file excludes from the build.
    Ignored(String),
    /// A program in a folder of the workspace's root, probably built from the package.
    AtRoot(String),
}
