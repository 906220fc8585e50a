//! From a closure to a tree whose packs lie in the store: gather → repositories → patches → install scripts → layout.

use std::collections::BTreeMap;

use fourply_blob::Key;
use fourply_pnpm::{Closure, ImporterId, LayoutOptions, Target, Tree, Workspace};
use fourply_scripts::{ScriptHost, ScriptInputs, layout};

use crate::install_scripts::{self, Ran};
use crate::{InstallSettings, ModulesError, apply_patches, check_binaries, gather, origins, repositories};

/// What decides an install besides the closure, and where its scripts run.
#[derive(Clone, Copy)]
pub struct PlanRequest<'a> {
    /// Where scripts run.
    pub host: ScriptHost<'a>,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// What the user decides.
    pub settings: &'a InstallSettings,
    /// What packages have to run on, with the node that install scripts run on.
    pub target: &'a Target,
    /// Where the workspace's root is in the image: what texts that scripts wrote hold.
    pub root_in_image: &'a str,
    /// Whether scripts that nobody allowed may be an error.
    pub strict: bool,
    /// What the build left of the workspace, where it was built before.
    pub built: Option<Key>,
}

/// A tree, and what compiled its packages, where some were compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTree {
    /// The tree.
    pub tree: Tree,
    /// See [`toolchain`](fourply_scripts::toolchain).
    pub toolchain: Option<String>,
}

impl<'a> PlanRequest<'a> {
    /// The version of node that the packages are for; where it is not known, the one that scripts run on.
    pub(crate) fn node(&self) -> Option<String> {
        let target = self.target.node.as_ref().map(ToString::to_string);
        target.or_else(|| self.settings.node.clone())
    }

    pub(crate) fn inputs(&self, node_version: &'a str, machine: &'a Target) -> ScriptInputs<'a> {
        ScriptInputs {
            workspace: self.workspace,
            node_version,
            machine,
            env: &self.settings.env,
            source_date_epoch: self.settings.source_date_epoch,
        }
    }
}

/// Fetches what the store lacks, applies patches, runs install scripts and plans the tree for a root folder. `folders` are the packages
/// that folders of the workspace are.
///
/// # Errors
/// Those of fetching, installing and laying out; a native module that cannot run on the target.
pub fn plan(
    request: &PlanRequest<'_>,
    closure: &Closure,
    root: &str,
    folders: &BTreeMap<ImporterId, Key>,
) -> Result<PlannedTree, ModulesError> {
    let PlanRequest { host, workspace, settings, target, .. } = *request;
    let origins = origins(workspace, closure, &settings.integrities)?;
    let gathered = gather(host.fetcher, &workspace.rules.packing, origins, folders, host.progress)?;
    let mut contents = repositories::complete(request, gathered)?;
    apply_patches(host.store(), workspace, closure, &mut contents)?;
    let mut closure = closure.clone();
    let Ran { published, beside, toolchain } = install_scripts::run(request, &mut closure, &mut contents)?;
    for warning in check_binaries(host.store(), workspace, &closure, &contents, target)? {
        host.warn(&warning);
    }
    let options = LayoutOptions {
        scripts: !settings.ignore_scripts,
        published,
        beside,
        built: request.built,
        ..LayoutOptions::new(root, workspace.rules)
    };
    let tree = layout(host.store(), workspace, &closure, &contents, &options)?;
    Ok(PlannedTree { tree, toolchain })
}
