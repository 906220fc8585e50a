//! The root file system that scripts run in, where the machine's own is not it. In: what is known of its files, and a way to have them on
//! disk. Out: node and paths as scripts find them there. It knows neither layers nor package managers.

use std::fmt;
use std::path::PathBuf;

use fourply_blob::{Cause, Inputs as _, Key};
use fourply_platform::{Architecture, Libc};

use crate::tools::BuildNode;
use crate::{Result, ScriptsError};

/// See the module.
pub struct BuildRoot<'a> {
    /// Over all of its files.
    pub key: Key,
    pub architecture: Architecture,
    pub libc: Libc,
    /// The node in it, if there is one.
    pub node: Option<RootNode>,
    /// Has its files on disk, and tells where.
    pub files: &'a (dyn Fn() -> std::result::Result<PathBuf, Cause> + Sync),
}

/// The node in a root file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootNode {
    /// The folder that `node` lies in: `/usr/local/bin`.
    pub bin_dir: PathBuf,
    /// `20.20.2`.
    pub version: String,
    /// The folder above `include/node` in which its headers are looked for.
    pub prefix: PathBuf,
    /// Whether they are there.
    pub has_headers: bool,
    /// Whether a package of the system brought it, so that its headers are in one as well.
    pub is_packaged: bool,
}

impl fmt::Debug for BuildRoot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildRoot").field("key", &self.key).field("node", &self.node).finish_non_exhaustive()
    }
}

fourply_blob::inputs! {
    /// What scripts made that ran in a root file system of their own. The rules: what they find there beside its files.
    struct RootedInputs<'a>: "made in a build root", rules 1 {
        key: &'a Key,
        root: &'a Key,
    }
}

/// The key of what scripts make in a root, from one that does not know of roots; that key itself where scripts run on the machine.
pub fn rooted(key: Key, root: Option<&BuildRoot<'_>>) -> Key {
    root.map_or(key, |root| RootedInputs { key: &key, root: &root.key }.key())
}

impl BuildRoot<'_> {
    /// That this machine can run its programs, for a script of `package`.
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

    /// Where its files are.
    ///
    /// # Errors
    /// Where they cannot be fetched or written.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        (self.files)().map_err(|reason| ScriptsError::Tool { what: "the build root".to_owned(), reason })
    }

    /// The node of a version in it: its own, where that is the version, else npm's, which `npm` fetches.
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
            // Where they are absent, a compilation says so, and fetches none.
            headers: Some(own.prefix.clone()),
        };
        if own.has_headers || own.is_packaged {
            return Ok(node);
        }
        // A release of node's own brings its headers; npm has them where the base left them out. They are the same for every C library.
        let with_headers = npm()?;
        Ok(BuildNode { headers: with_headers.headers, folder: with_headers.folder, ..node })
    }

    fn no_such_node(&self, version: &str) -> ScriptsError {
        let known = self.node.as_ref().map_or("none", |node| &node.version);
        let reason = format!("the base has {known}, and npm has no node for {}", self.libc.as_str());
        ScriptsError::Tool { what: format!("node {version}"), reason: reason.into() }
    }
}
