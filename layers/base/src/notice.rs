//! What whoever asked for a base should know of how it was made. Comes in: what the ways to it noticed. Goes out: data, with
//! its words. What to do about it is for the program to say.

use std::fmt;

use fourply_rootfs::packages::UnrunScripts;

/// Something that stands in no one's way, but should be known; [`fmt::Display`] says what was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Packages have scripts that were neither run nor understood.
    Scripts {
        /// By name, sorted.
        packages: Vec<UnrunScripts>,
    },
    /// An image asks whoever builds on it to run instructions of a Dockerfile.
    OnBuild {
        /// The instructions, in their order.
        triggers: Vec<String>,
    },
    /// The base has no init, and the package that has one could not be added.
    NoInit {
        /// The package.
        package: String,
        /// What stood against it.
        reason: String,
    },
    /// Programs of packages are scripts of a shell that the base does not have.
    NoShell {
        /// Their absolute paths, sorted.
        scripts: Vec<String>,
    },
    /// Packages were put on the base from this machine's own apt sources, as the base names none.
    MachineSources {
        /// The suite that they are of.
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

/// Packages with their scripts, one behind the other.
pub(crate) fn listed(packages: &[UnrunScripts]) -> String {
    packages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
