//! An image for tests: a base similar to Debian's, packages and outputs.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_modules::{InstalledNode, InstalledPackage, Inventory};
use fourply_store::{Pack, PackBuilder, Store};

use super::tree::{BaseNode, BaseTree, ImageTree};

pub(super) struct Bed {
    _dir: tempfile::TempDir,
    pub store: Store,
    pub inventory: Inventory,
    pub base: BaseTree<'static>,
    pub outputs: Arc<Pack>,
}

impl Bed {
    /// With these outputs; paths are relative to the workspace's root.
    pub(super) fn new(outputs: &[(&str, &str)]) -> Bed {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let outputs = pack(&store, outputs);
        let base = BaseTree::from([
            ("bin", BaseNode::Link("usr/bin")),
            ("usr", BaseNode::Directory),
            ("usr/bin", BaseNode::Directory),
            ("usr/bin/sh", BaseNode::Link("dash")),
            ("usr/bin/dash", BaseNode::File(true)),
            ("usr/bin/env", BaseNode::File(true)),
            ("usr/bin/tini", BaseNode::File(true)),
            ("usr/bin/data", BaseNode::File(false)),
            ("usr/local", BaseNode::Directory),
            ("usr/local/bin", BaseNode::Directory),
            ("usr/local/bin/node", BaseNode::File(true)),
            ("loop", BaseNode::Link("/loop")),
        ]);
        Bed { _dir: dir, store, inventory: Inventory::default(), base, outputs }
    }

    /// With one output of these bytes.
    pub(super) fn of_bytes(path: &str, bytes: Vec<u8>) -> Bed {
        let bed = Bed::new(&[]);
        let mut builder = PackBuilder::new();
        builder.add_file(path.trim_end_matches('!'), path.ends_with('!'), bytes).unwrap();
        let outputs = builder.finish(&bed.store).unwrap();
        Bed { outputs, ..bed }
    }

    /// Adds a package to its slot, with a link in the folder's node_modules.
    pub(super) fn package(mut self, name: &str, folder: &str, files: &[(&str, &str)]) -> Bed {
        let slot = format!("node_modules/.pnpm/{}@1.0.0/node_modules/{name}", name.replace('/', "+"));
        let up = "../".repeat(folder.split('/').count() + name.split('/').count());
        self.node(&format!("{folder}/node_modules/{name}"), InstalledNode::Link(format!("{up}{slot}")));
        self.inventory.packages.push(InstalledPackage {
            dep_path: format!("{name}@1.0.0"),
            folder: slot,
            pack: pack(&self.store, files).id(),
            executables: [].into(),
            left_out: ["gone.js".to_owned()].into(),
            size: 0,
            natives: Vec::new(),
            beside: None,
        });
        self.inventory.packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        self
    }

    pub(super) fn node(&mut self, path: &str, node: InstalledNode) {
        self.inventory.nodes.insert(path.to_owned(), node);
    }

    pub(super) fn tree(&self) -> ImageTree<'_> {
        ImageTree {
            store: &self.store,
            root: "/app",
            base: &self.base,
            inventory: &self.inventory,
            packs: vec![Arc::clone(&self.outputs)],
            unbuilt: false,
        }
    }
}

/// Files whose names end with `!` are executable.
fn pack(store: &Store, files: &[(&str, &str)]) -> Arc<Pack> {
    let mut builder = PackBuilder::new();
    let sorted: BTreeMap<&str, &str> = files.iter().copied().collect();
    for (path, text) in sorted {
        match text.strip_prefix("-> ") {
            Some(target) => builder.add_symlink(path, target).unwrap(),
            None => builder.add_file(path.trim_end_matches('!'), path.ends_with('!'), text.into()).unwrap(),
        }
    }
    builder.finish(store).unwrap()
}

/// The variables of a container.
pub(super) fn env(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let usual = [("PATH", "/usr/local/bin:/usr/bin:/bin")];
    usual.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
