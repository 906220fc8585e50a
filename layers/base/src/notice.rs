//! Notices about how a base was built. In: observations of the ways to a base. Out: data and text. The program suggests
//! what to do.

use std::fmt;

use fourply_rootfs::packages::UnrunScripts;

/// A notice that prevents nothing; [`fmt::Display`] describes the observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Packages have scripts that were neither run nor understood.
    Scripts {
        /// Sorted by name.
        packages: Vec<UnrunScripts>,
    },
    /// The image requests Dockerfile instructions for builds on top of it.
    OnBuild {
        /// The instructions, in order.
        triggers: Vec<String>,
    },
    /// The base has no init, and the package with one could not be added.
    NoInit {
        /// The package.
        package: String,
        /// The reason.
        reason: String,
    },
    /// Programs of packages are scripts of a shell that the base lacks.
    NoShell {
        /// Their absolute paths, sorted.
        scripts: Vec<String>,
    },
    /// Packages were added from this host's own apt sources, because the base has none.
    MachineSources {
        /// The packages' suite.
        suite: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scripts { packages } => {
                write!(out, "these packages have scripts that were not run: {}", listed(packages))
            }
            Self::OnBuild { triggers } => {
                write!(out, "the base has ONBUILD instructions, which are not run: {}", triggers.join("; "))
            }
            Self::NoInit { package, reason } => {
                write!(out, "the base has no {package}, and it could not be added ({reason})")
            }
            Self::NoShell { scripts } => {
                write!(out, "the base has no shell, which these programs need: {}", scripts.join(", "))
            }
            Self::MachineSources { suite } => write!(
                out,
                "the base names no archive for {suite}, so packages come from this machine's apt sources"
            ),
        }
    }
}

/// A list of packages with their scripts.
pub(crate) fn listed(packages: &[UnrunScripts]) -> String {
    packages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
