//! Which scripts may use the network. In: names from the configuration, locked downloads. Out: an answer for each
//! package.

use std::collections::BTreeSet;

use fourply_blob::{Feed, KeyValue};
use fourply_pnpm::{Closure, DepPath, ImporterId, Workspace};
use fourply_store::Fetcher;

use crate::network::{DownloadLines, Downloads, ScriptNetwork};

/// The permissions to use the network. Without names, no script has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkAccess {
    pub all: bool,
    /// Packages by name; workspace packages by name or folder.
    pub names: BTreeSet<String>,
    /// Their downloads.
    pub downloads: Downloads,
}

impl KeyValue for NetworkAccess {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.all.feed(feed);
        let names = self.names.iter().filter(|_| !self.all).map(String::as_str);
        names.collect::<Vec<_>>().feed(feed);
        self.lines().feed(feed);
    }
}

impl NetworkAccess {
    /// Whether the scripts of a package outside the workspace may use it.
    pub fn of_package(&self, package: &DepPath) -> bool {
        self.all || self.names.contains(package.name())
    }

    /// Whether the scripts of a workspace package may use it.
    pub fn of_folder(&self, workspace: &Workspace, folder: &ImporterId) -> bool {
        let name = workspace.manifests.get(folder).and_then(|manifest| manifest.name.as_deref());
        self.all || self.names.contains(folder.as_str()) || name.is_some_and(|name| self.names.contains(name))
    }

    /// The downloads of these scripts.
    pub fn lines(&self) -> DownloadLines {
        self.downloads.of(|owner| self.concerns(owner))
    }

    /// Whether this owner's downloads are inputs here.
    fn concerns(&self, owner: &str) -> bool {
        (self.all && self.names.is_empty()) || self.names.contains(DepPath::new(owner).name())
    }

    /// The network access of one script.
    pub fn script<'a>(&'a self, owner: &'a str, allowed: bool, fetcher: &'a Fetcher) -> ScriptNetwork<'a> {
        ScriptNetwork {
            owner,
            allowed,
            downloads: &self.downloads,
            fetcher,
            configured: "",
            installs: false,
            secrets: None,
        }
    }

    /// The same without downloads.
    #[must_use]
    pub fn alone(self) -> NetworkAccess {
        NetworkAccess { downloads: Downloads::default(), ..self }
    }

    /// The part for a closure.
    #[must_use]
    pub fn within(&self, workspace: &Workspace, closure: &Closure) -> NetworkAccess {
        let packages = closure.packages.keys().filter(|package| self.of_package(package));
        let folders = closure.importers.iter().filter(|folder| self.of_folder(workspace, folder));
        let names = packages.map(|package| package.name().to_owned());
        let names = names.chain(folders.map(|folder| folder.as_str().to_owned()));
        NetworkAccess { all: self.all, names: names.collect(), downloads: self.downloads.clone() }
    }
}
