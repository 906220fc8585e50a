//! Why Node.js does not load a module although a similar one exists, as data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A file's use of Node.js that is not supported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResolveFault {
    /// A path without a part that Node.js does not add: an extension, the index of a folder, TypeScript's extension.
    Incomplete {
        /// As written in the file: `./lib/x`.
        specifier: String,
        /// The existing file: `./lib/x.js`.
        target: String,
    },
    /// `exports` of a workspace package offer a path to only the other one of `require` and `import`.
    OtherLoader {
        /// The package's folder.
        package: String,
        specifier: String,
        /// The loader that the file uses: `require` or `import`.
        loader: String,
    },
    /// A package loads itself by its name, but has no `exports`.
    Own {
        /// The package's folder.
        package: String,
        specifier: String,
    },
    /// A compiler alias, which Node.js does not know.
    Alias {
        specifier: String,
        /// The folder of the file's package.
        package: String,
    },
    /// `node:x`, which this Node.js version lacks.
    BuiltIn {
        name: String,
        /// The image's Node.js version.
        node: String,
    },
    /// TypeScript that is more than types, for a Node.js that only strips types.
    Syntax {
        /// `an enum`
        what: String,
        /// Whether Node.js supports it with `--experimental-transform-types`.
        transformed: bool,
    },
}

impl ResolveFault {
    /// The subject, so that one finding for each is shown.
    pub(crate) fn subject(&self) -> &str {
        match self {
            ResolveFault::Incomplete { specifier, .. }
            | ResolveFault::OtherLoader { specifier, .. }
            | ResolveFault::Own { specifier, .. }
            | ResolveFault::Alias { specifier, .. } => specifier,
            ResolveFault::BuiltIn { name, .. } => name,
            ResolveFault::Syntax { what, .. } => what,
        }
    }
}

/// The rest of a sentence that begins with the file.
impl fmt::Display for ResolveFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResolveFault::Incomplete { specifier, target } => {
                write!(f, "loads {specifier} when it starts, and node wants the whole name there: {target}")
            }
            ResolveFault::OtherLoader { package, specifier, loader } => {
                let other = if loader == "import" { "require" } else { "import" };
                write!(
                    f,
                    "loads {specifier} by {loader}, which the \"exports\" of {package} offer to {other} alone"
                )
            }
            ResolveFault::Own { package, specifier } => {
                write!(
                    f,
                    "loads {specifier} of its own package {package}, whose package.json has no \"exports\""
                )
            }
            ResolveFault::Alias { specifier, .. } => {
                write!(f, "loads {specifier} when it starts, an alias that node does not know")
            }
            ResolveFault::BuiltIn { name, node } => {
                write!(f, "loads {name} when it starts, and node {node} has no such module")
            }
            ResolveFault::Syntax { what, .. } => {
                write!(f, "has {what}, and node runs no TypeScript that is more than types")
            }
        }
    }
}
