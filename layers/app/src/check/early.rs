//! Facts about an image's commands before the build: from the base, the service's scripts and the command itself. In:
//! these. Out: findings that no build could fix. Any file below the workspace's folder may exist after the build.

use std::collections::BTreeMap;

use fourply_modules::Inventory;
use fourply_pnpm::{ImporterId, Target, Workspace};
use fourply_store::Store;

use super::command::Commands;
use super::tree::{BaseTree, ImageTree};
use crate::finding::{Asker, Finding};

/// The inputs of the early check.
pub struct EarlyCheck<'a> {
    pub store: &'a Store,
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    pub target: &'a Target,
    pub base: &'a BaseTree<'a>,
    /// The workspace's root folder in the image.
    pub root: &'a str,
    /// The container's working directory.
    pub folder: &'a str,
    /// The container's variables, including the base's.
    pub env: &'a BTreeMap<String, String>,
    /// Entry point and command, if known.
    pub start: &'a [String],
    /// The test of the health check in Docker's form; empty if there is none.
    pub health: &'a [String],
}

impl EarlyCheck<'_> {
    /// The problems that no build can fix.
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
            // A package often has a command of its own name.
            let depends =
                manifest.is_some_and(|manifest| manifest.dependencies.contains_key(program.as_str()));
            *elsewhere = depends.then(|| match tree.is_executable("/bin/sh") {
                true => format!("node_modules/.bin/{program}"),
                // The file's name is unknown before the package is installed.
                false => format!("node_modules/{program}/FILE"),
            });
        }
        findings
    }
}
