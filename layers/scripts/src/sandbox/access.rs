//! Whose scripts may use the network. In: names from the configuration. Out: an answer for each package.

use std::collections::BTreeSet;

use fourply_blob::{Feed, KeyValue};
use fourply_pnpm::{Closure, DepPath, ImporterId, Workspace};

/// See the module. Without names, nobody's scripts may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkAccess {
    pub all: bool,
    /// Packages by name, and those of the workspace by name or folder.
    pub names: BTreeSet<String>,
}

impl KeyValue for NetworkAccess {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.all.feed(feed);
        self.names.iter().map(String::as_str).collect::<Vec<_>>().feed(feed);
    }
}

impl NetworkAccess {
    /// Whether the scripts of a package that is none of the workspace may.
    pub fn of_package(&self, package: &DepPath) -> bool {
        self.all || self.names.contains(package.name())
    }

    /// Whether the scripts of a package of the workspace may.
    pub fn of_folder(&self, workspace: &Workspace, folder: &ImporterId) -> bool {
        let name = workspace.manifests.get(folder).and_then(|manifest| manifest.name.as_deref());
        self.all || self.names.contains(folder.as_str()) || name.is_some_and(|name| self.names.contains(name))
    }

    /// The part of it that concerns a closure.
    #[must_use]
    pub fn within(&self, workspace: &Workspace, closure: &Closure) -> NetworkAccess {
        let packages = closure.packages.keys().filter(|package| self.of_package(package));
        let folders = closure.importers.iter().filter(|folder| self.of_folder(workspace, folder));
        let names = packages.map(|package| package.name().to_owned());
        let names = names.chain(folders.map(|folder| folder.as_str().to_owned()));
        NetworkAccess { all: self.all, names: if self.all { BTreeSet::new() } else { names.collect() } }
    }
}
