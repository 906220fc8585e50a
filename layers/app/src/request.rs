//! What a build is asked for and what it gives. The types alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use fourply_blob::Key;
use fourply_modules::PlanRequest;
use fourply_pnpm::{Closure, ImporterId, Target, Workspace};
use fourply_store::Store;

use crate::{AppError, EntryPoint, Inputs, Result, ScriptValues};

/// Everything that decides a build, and what it may use.
#[derive(Clone, Copy)]
pub struct AppRequest<'a> {
    /// How the packages that scripts find are installed, for the machine that builds.
    pub install: PlanRequest<'a>,
    /// The version of node that scripts run on; empty where none run.
    pub node_version: &'a str,
    pub service: &'a ImporterId,
    /// The script to run; `None` takes the outputs that lie in the workspace as they are.
    pub script: Option<&'a str>,
    /// Patterns relative to a package (see [`Patterns`](crate::Patterns)): the service's outputs, and those of its workspace
    /// dependencies that have no `files`.
    pub outputs: &'a [String],
    /// The service's closure with development dependencies, for the machine that builds.
    pub full: &'a Closure,
    /// The service's closure as the image has it: which workspace packages go along.
    pub production: &'a Closure,
    /// Packages that are built before the service although it does not depend on them; the full closure has them.
    pub projects: &'a [ImporterId],
    /// What is configured of inputs.
    pub inputs: &'a Inputs,
    /// What scripts are given.
    pub values: &'a ScriptValues,
    /// What the image runs on: machine code that a build generates in node_modules has to fit it.
    pub target: &'a Target,
    /// The time now, which nothing but the stat cache's trust depends on.
    pub now: SystemTime,
}

impl<'a> AppRequest<'a> {
    /// Where all is kept.
    pub(crate) fn store(&self) -> &Store {
        self.install.host.store()
    }

    /// The workspace. Nothing in its folder is changed.
    pub(crate) fn workspace(&self) -> &'a Workspace {
        self.install.workspace
    }

    /// Whether packages' own install scripts run when the closure is installed.
    pub(crate) fn install_scripts(&self) -> bool {
        !self.install.settings.ignore_scripts
    }
}

/// What a build left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltApp {
    /// The pack with all files. Paths are relative to the workspace's root: `services/auth/dist/main.js`,
    /// `shared/kernel/package.json`.
    pub pack: Key,
    /// What the scripts left in node_modules for the image, if anything: a pack as the other.
    pub generated: Option<Key>,
    /// The key over all inputs.
    pub key: Key,
    /// Whether an earlier build had the same inputs, so that nothing was run.
    pub reused: bool,
    /// The packages that folders of the workspace are for the production closure (`file:` and injected ones), as the build left them.
    pub folders: BTreeMap<ImporterId, Key>,
    /// The secrets that its script was given, by name: what it made may depend on them.
    pub secrets: BTreeSet<String>,
    /// Programs of node in the service's folder, relative to it, sorted: what [`Outputs`](crate::Outputs) asks for.
    pub programs: Vec<String>,
}

impl BuiltApp {
    /// The program to start; see [`Outputs::entry`](crate::Outputs::entry).
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn entry(
        &self,
        workspace: &Workspace,
        service: &ImporterId,
        cmd: Option<&[String]>,
    ) -> Result<Option<EntryPoint>> {
        let manifest = workspace.manifests.get(service);
        let manifest = manifest.ok_or_else(|| AppError::NoManifest { service: service.clone() })?;
        crate::Outputs { service, manifest, programs: &self.programs }.entry(cmd)
    }
}
