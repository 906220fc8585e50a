//! What is known of an image's commands before anything is built: the base, the service's scripts and the words themselves. In: these. Out:
//! findings that no build could change. Whatever lies at the workspace's place may be there by then.

use std::collections::BTreeMap;

use fourply_modules::Inventory;
use fourply_pnpm::{ImporterId, Target, Workspace};
use fourply_store::Store;

use super::command::Commands;
use super::tree::{BaseTree, ImageTree};
use crate::finding::{Asker, Finding};

/// See the module.
pub struct EarlyCheck<'a> {
    pub store: &'a Store,
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    pub target: &'a Target,
    pub base: &'a BaseTree<'a>,
    /// The folder of the workspace's root in the image.
    pub root: &'a str,
    /// The folder that a container starts in.
    pub folder: &'a str,
    /// The variables of a container, the base's included.
    pub env: &'a BTreeMap<String, String>,
    /// Entry point and command, where they are known.
    pub start: &'a [String],
    /// The test of the health check in docker's form; empty where there is none.
    pub health: &'a [String],
}

impl EarlyCheck<'_> {
    /// What is wrong in any case.
    pub fn findings(&self) -> Vec<Finding> {
        let (none, inventory) = (BTreeMap::new(), Inventory::default());
        let manifest = self.workspace.manifests.get(self.service);
        let tree = ImageTree {
            store: self.store,
            root: self.root,
            base: self.base,
            inventory: &inventory,
            packs: Vec::new(),
            unbuilt: true,
        };
        let mut commands = Commands {
            tree: &tree,
            folder: self.folder,
            env: self.env,
            node: self.target.node.as_ref(),
            scripts: manifest.map_or(&none, |manifest| &manifest.scripts),
            programs: &[],
            findings: Vec::new(),
            nodes: Vec::new(),
            target: self.target,
            files: Vec::new(),
            more_path: String::new(),
        };
        commands.follow(Asker::Start, self.start);
        commands.follow_test(self.health);
        let mut findings = commands.findings;
        for finding in &mut findings {
            let Finding::Program { program, elsewhere, .. } = finding else { continue };
            // A package of the name most often has the command.
            let depends =
                manifest.is_some_and(|manifest| manifest.dependencies.contains_key(program.as_str()));
            *elsewhere = depends.then(|| match tree.is_executable("/bin/sh") {
                true => format!("node_modules/.bin/{program}"),
                // The name of the file is not known before the package is there.
                false => format!("node_modules/{program}/FILE"),
            });
        }
        findings
    }
}
