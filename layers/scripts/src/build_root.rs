//! The root file system for scripts, if it is not the host's own. In: facts about its files, and a function that writes
//! them to disk. Out: node and paths as scripts see them. It knows neither layers nor package managers.

use std::fmt;
use std::path::PathBuf;

use fourply_blob::{Cause, Inputs as _, Key};
use fourply_platform::{Architecture, Libc};

use crate::tools::BuildNode;
use crate::{Result, ScriptsError};

/// The root file system for scripts.
pub struct BuildRoot<'a> {
    /// A key of all its files.
    pub key: Key,
    pub architecture: Architecture,
    pub libc: Libc,
    /// The node in it, if there is one.
    pub node: Option<RootNode>,
    /// Writes its files to disk, and returns their folder.
    pub files: &'a (dyn Fn() -> std::result::Result<PathBuf, Cause> + Sync),
}

/// The node in a root file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootNode {
    /// The folder that `node` lies in: `/usr/local/bin`.
    pub bin_dir: PathBuf,
    /// `20.20.2`.
    pub version: String,
    /// The parent folder of `include/node`, for headers.
    pub prefix: PathBuf,
    /// Whether the headers exist.
    pub has_headers: bool,
    /// Whether a system package installed it, so that its headers are in a package as well.
    pub is_packaged: bool,
}

impl fmt::Debug for BuildRoot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildRoot").field("key", &self.key).field("node", &self.node).finish_non_exhaustive()
    }
}

fourply_blob::inputs! {
    /// Results of scripts in a separate root file system. The rules cover what scripts see there in addition to its
    /// files.
    struct RootedInputs<'a>: "made in a build root", rules 1 {
        key: &'a Key,
        root: &'a Key,
    }
}

/// The key of results in a root, derived from one without a root; unchanged if scripts run on the host.
pub fn rooted(key: Key, root: Option<&BuildRoot<'_>>) -> Key {
    root.map_or(key, |root| RootedInputs { key: &key, root: &root.key }.key())
}

impl BuildRoot<'_> {
    /// Checks that this host can run its programs, for a script of `package`.
    ///
    /// # Errors
    /// [`ScriptsError::ForeignRoot`].
    pub(crate) fn check_runs(&self, package: &str) -> Result<()> {
        let machine = Architecture::host();
        match self.architecture == machine {
            true => Ok(()),
            false => Err(ScriptsError::ForeignRoot {
                package: package.to_owned(),
                root: self.architecture.to_string(),
                machine: machine.to_string(),
            }),
        }
    }

    /// The folder with its files.
    ///
    /// # Errors
    /// They cannot be fetched or written.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        (self.files)().map_err(|reason| ScriptsError::Tool { what: "the build root".to_owned(), reason })
    }

    /// Node in this version: the root's own if it matches, otherwise npm's, which `npm` fetches.
    pub(crate) fn node(&self, version: &str, npm: impl Fn() -> Result<BuildNode>) -> Result<BuildNode> {
        let own = self.node.as_ref().filter(|node| node.version == version);
        let Some(own) = own else {
            return match self.libc {
                Libc::Glibc => npm(),
                Libc::Musl => Err(self.no_such_node(version)),
            };
        };
        let node = BuildNode {
            bin_dir: own.bin_dir.clone(),
            version: own.version.clone(),
            folder: None,
            // If they are missing, a compilation reports it, and does not download them.
            headers: Some(own.prefix.clone()),
        };
        if own.has_headers || own.is_packaged {
            return Ok(node);
        }
        // An official release of node contains its headers. If the base left them out, npm has them. They are the same
        // for every C library.
        let with_headers = npm()?;
        Ok(BuildNode { headers: with_headers.headers, folder: with_headers.folder, ..node })
    }

    fn no_such_node(&self, version: &str) -> ScriptsError {
        let known = self.node.as_ref().map_or("none", |node| &node.version);
        let reason = format!("the base has {known}, and npm has no node for {}", self.libc.as_str());
        ScriptsError::Tool { what: format!("node {version}"), reason: reason.into() }
    }
}
