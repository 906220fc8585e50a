//! What a plan and the layers of a service are asked for. The types alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_blob::Key;
use fourply_pnpm::{Closure, ImagePackages, ImporterId, Target, Workspace};
use fourply_scripts::{ScriptHost, ScriptInputs};

use crate::{ImageRoot, InstallSettings, Prune, SharedLayers};

/// What decides an install besides the closure, and where its scripts run.
#[derive(Clone, Copy)]
pub struct PlanRequest<'a> {
    pub host: ScriptHost<'a>,
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

/// One service's packages in an image.
#[derive(Clone, Copy)]
pub struct LayersRequest<'a> {
    /// How they are installed; `built` says what the build left.
    pub plan: PlanRequest<'a>,
    pub service: &'a ImporterId,
    /// Its closure as the image has it.
    pub production: &'a Closure,
    /// What of the lockfile that is. A part of it shares no layers with other services.
    pub packages: &'a ImagePackages,
    /// The packages that folders of the workspace are, now that it is built.
    pub folders: &'a BTreeMap<ImporterId, Key>,
    /// The layers that services have in common.
    pub shared: &'a SharedLayers,
    /// Where the layers go.
    pub image: ImageRoot<'a>,
    /// What is left out of packages.
    pub prune: Option<&'a Arc<Prune>>,
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
            network: &self.settings.network,
            source_date_epoch: self.settings.source_date_epoch,
        }
    }
}
