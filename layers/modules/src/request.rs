//! Requests for a plan and for the layers of a service. Types only.

use std::collections::BTreeMap;
use std::sync::Arc;

use fourply_blob::Key;
use fourply_pnpm::{Closure, ImagePackages, ImporterId, Target, Workspace};
use fourply_scripts::{ScriptHost, ScriptInputs};

use crate::{ImageRoot, InstallSettings, Prune, SharedLayers};

/// The inputs of an install other than the closure, and where its scripts run.
#[derive(Clone, Copy)]
pub struct PlanRequest<'a> {
    pub host: ScriptHost<'a>,
    pub workspace: &'a Workspace,
    /// The user's settings.
    pub settings: &'a InstallSettings,
    /// The platform that packages must support, with the node version of install scripts.
    pub target: &'a Target,
    /// The workspace's root in the image. Texts that scripts wrote contain it.
    pub root_in_image: &'a str,
    /// Whether scripts that no setting allows may be an error.
    pub strict: bool,
    /// The build's output in the workspace, if it was built before.
    pub built: Option<Key>,
}

/// One service's packages in an image.
#[derive(Clone, Copy)]
pub struct LayersRequest<'a> {
    /// How they are installed; `built` is the build's output.
    pub plan: PlanRequest<'a>,
    pub service: &'a ImporterId,
    /// The service's closure for the image.
    pub production: &'a Closure,
    /// The part of the lockfile that this is. A partial closure shares no layers with other services.
    pub packages: &'a ImagePackages,
    /// The archives of workspace folders after the build.
    pub folders: &'a BTreeMap<ImporterId, Key>,
    /// The layers that services share.
    pub shared: &'a SharedLayers,
    /// Where the layers go in the image.
    pub image: ImageRoot<'a>,
    /// Which files are left out of packages.
    pub prune: Option<&'a Arc<Prune>>,
}

impl<'a> PlanRequest<'a> {
    /// The node version that the packages are for; if unknown, the one that scripts run on.
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
