//! Why node does not run what the program loads, although something of that kind is there, as data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a file of the program asks of node that node does not do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResolveFault {
    /// A path without what node does not add: an ending, the index of a folder, the ending of TypeScript.
    Incomplete {
        /// As the file has it: `./lib/x`.
        specifier: String,
        /// What is there: `./lib/x.js`.
        target: String,
    },
    /// `exports` of a workspace package offer a path to the other of `require` and `import` alone.
    OtherLoader {
        /// The package's folder.
        package: String,
        specifier: String,
        /// The form that the file uses: `require` or `import`.
        loader: String,
    },
    /// A package loads itself by its name, and has no `exports`.
    Own {
        /// The package's folder.
        package: String,
        specifier: String,
    },
    /// An alias of a compiler, which node does not know.
    Alias {
        specifier: String,
        /// The folder of the package whose file that is.
        package: String,
    },
    /// `node:x`, which node does not have.
    BuiltIn {
        name: String,
        /// The image's node.
        node: String,
    },
    /// TypeScript that is more than types, where node only takes types out.
    Syntax {
        /// `an enum`
        what: String,
        /// Node does it with `--experimental-transform-types`.
        transformed: bool,
    },
}

impl ResolveFault {
    /// What it is about, so that one of a kind is told.
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
