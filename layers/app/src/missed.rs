//! What a failed script loaded in vain, and where files are that a build does not have: the types alone.

use fourply_pnpm::ImporterId;

/// A package that a script loaded in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// As code calls it.
    pub name: String,
    pub kind: UnresolvedKind,
}

/// Why it may not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnresolvedKind {
    /// A package of the workspace that the failed one does not depend on.
    Undeclared { folder: ImporterId },
    /// One that only the root depends on: it is there, and nothing builds it.
    OfRoot { folder: ImporterId },
    /// One that does not have the script, so that nothing was built in it.
    Unbuilt {
        folder: ImporterId,
        script: String,
        /// The scripts that it has.
        available: Vec<String>,
    },
    /// One whose script left no such file.
    Built { folder: ImporterId, script: String },
    /// A package of a registry that the package.json of the failed one does not name.
    Package,
}

/// A file that a .gitignore, or `.dockerignore`, keeps from builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitIgnored {
    /// Relative to the workspace's root.
    pub path: String,
    /// The file with the line, relative to the root; absolute where it lies above.
    pub file: String,
    /// From 1 on.
    pub line: usize,
    pub pattern: String,
}

/// Where an output is that the build did not leave in its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Elsewhere {
    /// One of the patterns names what lies in the workspace, and was not there for the build as an ignore file names it.
    Ignored(String),
    /// A program in a folder of the workspace's root, which the build seems to have made of the package.
    AtRoot(String),
}
