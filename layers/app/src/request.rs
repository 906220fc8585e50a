//! What a build is asked for and what it gives. The types alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use fourply_blob::Key;
use fourply_modules::{InstallSettings, PlanRequest, Prune};
use fourply_pnpm::{Closure, ImagePackages, ImporterId, Target, Workspace};
use fourply_scripts::files::folder_of;
use fourply_scripts::sandbox::Level;
use fourply_store::Store;

use crate::downloaders;
use crate::hash::HashedSource;
use crate::included::IncludedFiles;
use crate::program::configured_program;
use crate::start_script::ScriptReading;
use crate::{AppError, EntryPoint, Inputs, Patterns, Result, ScriptChoice, ScriptValues, Tasks};

/// Everything that decides a build, and what it may use.
#[derive(Clone, Copy)]
pub struct AppRequest<'a> {
    /// How the packages that scripts find are installed, for the machine that builds.
    pub install: PlanRequest<'a>,
    /// The version of node that scripts run on; empty where none run.
    pub node_version: &'a str,
    pub service: &'a ImporterId,
    /// What runs; `None` takes the outputs that lie in the workspace as they are.
    pub tasks: Option<&'a Tasks>,
    /// Which files go into the image.
    pub selection: Selection<'a>,
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

/// The pattern of outputs where nobody configured any: what lies there before a build is of an earlier one.
pub const DEFAULT_OUTPUT: &str = "dist";

/// Which files of the workspace go into an image.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// Patterns of the service's outputs (see [`Patterns`](crate::Patterns)), relative to its folder.
    pub outputs: &'a [String],
    /// Somebody configured them: each has to name something, and what is there before the build is a source.
    pub named: bool,
    /// The configured command: a file of the sources that it starts comes along with its package, if nobody configured outputs.
    pub cmd: Option<&'a [String]>,
    /// Patterns of the outputs of workspace packages, relative to each.
    pub package_outputs: &'a [String],
    /// Files beside the outputs.
    pub files: &'a [IncludedFiles],
    /// What the production closure was made of.
    pub modules: &'a ImagePackages,
    /// What is left out of workspace packages that go along as a whole.
    pub prune: Option<&'a Prune>,
    /// What builds another project; nothing where it is taken as it lies.
    pub project_script: &'a (dyn Fn(&ImporterId) -> Option<ScriptChoice> + Sync),
}

impl Selection<'_> {
    /// What of built workspace packages is left out of the sources.
    ///
    /// # Errors
    /// None: the pattern is a constant.
    pub(crate) fn stale(&self) -> Result<Patterns> {
        let default = self.package_outputs.iter().filter(|text| is_default(text));
        Patterns::new(&default.cloned().collect::<Vec<_>>())
    }

    /// Those of `built` whose outputs are left out of the sources where they lie there already.
    pub(crate) fn cleared(&self, service: &ImporterId, built: &BTreeSet<ImporterId>) -> BTreeSet<ImporterId> {
        built.iter().filter(|package| !(self.named && *package == service)).cloned().collect()
    }
}

/// What decides which files of the workspace a build sees; nothing runs for it.
#[derive(Clone, Copy)]
pub struct SourceRequest<'a> {
    pub workspace: &'a Workspace,
    pub service: &'a ImporterId,
    /// As [`AppRequest::full`].
    pub full: &'a Closure,
    /// As [`AppRequest::production`].
    pub production: &'a Closure,
    /// As [`AppRequest::projects`].
    pub projects: &'a [ImporterId],
    pub selection: Selection<'a>,
    pub inputs: &'a Inputs,
    pub values: &'a ScriptValues,
}

fn is_default(text: &str) -> bool {
    text.trim_start_matches("./").trim_end_matches('/') == DEFAULT_OUTPUT
}

impl<'a> AppRequest<'a> {
    /// Where all is kept.
    pub(crate) fn store(&self) -> &Store {
        self.install.host.store()
    }

    /// The part that decides which files the build sees.
    pub(crate) fn sources(&self) -> SourceRequest<'a> {
        SourceRequest {
            workspace: self.workspace(),
            service: self.service,
            full: self.full,
            production: self.production,
            projects: self.projects,
            selection: self.selection,
            inputs: self.inputs,
            values: self.values,
        }
    }

    /// The workspace. Nothing in its folder is changed.
    pub(crate) fn workspace(&self) -> &'a Workspace {
        self.install.workspace
    }

    /// Patterns of the service's outputs. Where nobody configured any, those of its task in turbo.json count as well.
    pub(crate) fn outputs(&self) -> Vec<String> {
        let mut outputs = self.selection.outputs.to_vec();
        if !self.selection.named {
            outputs.extend(self.turbo_outputs(self.service).iter().cloned());
        }
        outputs
    }

    /// What tasks of turbo.json make in a package: patterns relative to it.
    pub(crate) fn turbo_outputs(&self, package: &ImporterId) -> &'a [String] {
        self.tasks.map(|tasks| tasks.turbo().outputs_of(package)).unwrap_or_default()
    }

    /// The same of the packages that the image has, where tasks make something.
    pub(crate) fn package_turbo_outputs(&self) -> BTreeMap<&'a str, &'a [String]> {
        let packages = self.production.importers.iter().filter(|package| *package != self.service);
        let found = packages.map(|package| (package.as_str(), self.turbo_outputs(package)));
        found.filter(|(_, outputs)| !outputs.is_empty()).collect()
    }

    /// The file of the service that the configured command starts, where that decides what goes along.
    pub(crate) fn program(&self) -> Option<String> {
        let cmd = self.selection.cmd.filter(|_| !self.selection.named)?;
        let manifest = self.workspace().manifests.get(self.service)?;
        configured_program(manifest, cmd, &format!("{}/{}", self.install.root_in_image, self.service))
    }

    /// The variables that scripts of workspace packages see.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        env(&self.sources(), self.install.settings)
    }

    /// The names of the secrets that the service's own script gets.
    pub(crate) fn secret_names(&self) -> Vec<&str> {
        self.values.secrets.names().collect()
    }

    /// Whether packages' own install scripts run when the closure is installed.
    pub(crate) fn install_scripts(&self) -> bool {
        !self.install.settings.ignore_scripts
    }
}

/// The variables that scripts of workspace packages see.
pub(crate) fn env(request: &SourceRequest<'_>, settings: &InstallSettings) -> BTreeMap<String, String> {
    let configured = settings.env.iter().chain(&request.values.env);
    let configured = configured.map(|(name, value)| (name.clone(), value.clone()));
    let network = settings.network.within(request.workspace, request.full);
    downloaders::variables(&network, request.full).into_iter().chain(configured).collect()
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
    /// Links of the outputs whose targets are to be absolute, by path.
    pub absolute: BTreeSet<String>,
    /// The secrets that its script was given, by name: what it made may depend on them.
    pub secrets: BTreeSet<String>,
    /// Programs of node in the service's folder, relative to it, sorted: what [`Outputs`](crate::Outputs) asks for.
    pub programs: Vec<String>,
    /// What the build made in the service's folder and no output has, relative to the workspace's root; of many, the first.
    pub unused: BTreeSet<String>,
    /// Folders that the build left empty among the outputs of the service, relative to the workspace's root.
    pub empty: BTreeSet<String>,
    /// What the build saw of the workspace, or what was taken as it lay there, sorted.
    pub sources: Vec<HashedSource>,
    /// How strongly its scripts were confined; `None` where none runs.
    pub level: Option<Level>,
}

impl BuiltApp {
    /// The program to start; see [`Outputs::entry`](crate::Outputs::entry). `values` stand for variables of scripts: see [`ScriptReading`].
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn entry(
        &self,
        workspace: &Workspace,
        service: &ImporterId,
        cmd: Option<&[String]>,
        values: &BTreeMap<String, String>,
    ) -> Result<Option<EntryPoint>> {
        let entry = self.outputs(workspace, service, values)?.entry(cmd);
        entry.map_err(|error| match error {
            AppError::EntryMissing { service, path, found, .. } => {
                let in_sources = folder_of(&workspace.root, &service).join(&path).is_file();
                AppError::EntryMissing { service, path, found, in_sources }
            }
            other => other,
        })
    }

    /// Whether the build made a file or folder of the workspace that no output has.
    pub fn has_made(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let next = self.unused.range(below.clone()..).next();
        self.unused.contains(path) || next.is_some_and(|file| file.starts_with(&below))
    }

    /// The error of a service that nothing is found for that could be started.
    pub fn no_entry(&self, workspace: &Workspace, service: &ImporterId) -> AppError {
        self.outputs(workspace, service, &BTreeMap::new())
            .map_or_else(|error| error, |outputs| outputs.none())
    }

    fn outputs<'a>(
        &'a self,
        workspace: &'a Workspace,
        service: &'a ImporterId,
        values: &'a BTreeMap<String, String>,
    ) -> Result<crate::Outputs<'a>> {
        let manifest = workspace.manifests.get(service);
        let manifest = manifest.ok_or_else(|| AppError::NoManifest { service: service.clone() })?;
        let reading = ScriptReading { pre_post: workspace.settings.pre_post_scripts, values };
        Ok(crate::Outputs { service, manifest, programs: &self.programs, reading })
    }
}
