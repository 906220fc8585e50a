//! The request for a build and its result. Types only.

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

/// Every input of a build, and the resources that it may use.
#[derive(Clone, Copy)]
pub struct AppRequest<'a> {
    /// How the packages for scripts are installed, for the build host's platform.
    pub install: PlanRequest<'a>,
    /// The Node.js version for scripts; empty if none run.
    pub node_version: &'a str,
    pub service: &'a ImporterId,
    /// The scripts to run; `None` uses the existing outputs in the workspace.
    pub tasks: Option<&'a Tasks>,
    /// The files for the image.
    pub selection: Selection<'a>,
    /// The service's closure with development dependencies, for the build host's platform.
    pub full: &'a Closure,
    /// The service's closure in the image. It determines the included workspace packages.
    pub production: &'a Closure,
    /// Packages that are built before the service although it does not depend on them; the full closure includes them.
    pub projects: &'a [ImporterId],
    /// The configured inputs.
    pub inputs: &'a Inputs,
    /// The values for scripts.
    pub values: &'a ScriptValues,
    /// The image's platform. Machine code that a build generates in node_modules must match it.
    pub target: &'a Target,
    /// The current time. Only the trust in the stat cache depends on it.
    pub now: SystemTime,
}

/// The default pattern of outputs. Files that match it before a build are from an earlier one.
pub const DEFAULT_OUTPUT: &str = "dist";

/// The workspace files for an image.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    /// Patterns of the service's outputs (see [`Patterns`](crate::Patterns)), relative to its folder.
    pub outputs: &'a [String],
    /// Whether they are configured. Then each must match something, and files that exist before the build are sources.
    pub named: bool,
    /// The configured command. If no outputs are configured, a source file that it starts is included with its package.
    pub cmd: Option<&'a [String]>,
    /// Patterns of the outputs of workspace packages, relative to each.
    pub package_outputs: &'a [String],
    /// Files in addition to the outputs.
    pub files: &'a [IncludedFiles],
    /// The packages from which the production closure was made.
    pub modules: &'a ImagePackages,
    /// Files that are left out of workspace packages that are included as a whole.
    pub prune: Option<&'a Prune>,
    /// The script that builds another project; `None` if the project is taken unchanged.
    pub project_script: &'a (dyn Fn(&ImporterId) -> Option<ScriptChoice> + Sync),
}

impl Selection<'_> {
    /// Patterns of built workspace packages' files that are not sources.
    ///
    /// # Errors
    /// None: the pattern is a constant.
    pub(crate) fn stale(&self) -> Result<Patterns> {
        let default = self.package_outputs.iter().filter(|text| is_default(text));
        Patterns::new(&default.cloned().collect::<Vec<_>>())
    }

    /// Those of `built` whose existing outputs are not sources.
    pub(crate) fn cleared(&self, service: &ImporterId, built: &BTreeSet<ImporterId>) -> BTreeSet<ImporterId> {
        built.iter().filter(|package| !(self.named && *package == service)).cloned().collect()
    }
}

/// The inputs that determine which workspace files a build sees; nothing runs.
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
    /// The store for all results.
    pub(crate) fn store(&self) -> &Store {
        self.install.host.store()
    }

    /// The part of the request that determines which files the build sees.
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

    /// The workspace. Its folder is never changed.
    pub(crate) fn workspace(&self) -> &'a Workspace {
        self.install.workspace
    }

    /// Patterns of the service's outputs. If none are configured, those of its turbo.json task count too.
    pub(crate) fn outputs(&self) -> Vec<String> {
        let mut outputs = self.selection.outputs.to_vec();
        if !self.selection.named {
            outputs.extend(self.turbo_outputs(self.service).iter().cloned());
        }
        outputs
    }

    /// Outputs of turbo.json tasks in a package: patterns relative to it.
    pub(crate) fn turbo_outputs(&self, package: &ImporterId) -> &'a [String] {
        self.tasks.map(|tasks| tasks.turbo().outputs_of(package)).unwrap_or_default()
    }

    /// The same for the image's packages with such outputs.
    pub(crate) fn package_turbo_outputs(&self) -> BTreeMap<&'a str, &'a [String]> {
        let packages = self.production.importers.iter().filter(|package| *package != self.service);
        let found = packages.map(|package| (package.as_str(), self.turbo_outputs(package)));
        found.filter(|(_, outputs)| !outputs.is_empty()).collect()
    }

    /// The service's file that the configured command starts, if it affects the included files.
    pub(crate) fn program(&self) -> Option<String> {
        let cmd = self.selection.cmd.filter(|_| !self.selection.named)?;
        let manifest = self.workspace().manifests.get(self.service)?;
        configured_program(manifest, cmd, &format!("{}/{}", self.install.root_in_image, self.service))
    }

    /// The variables of workspace packages' scripts.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        env(&self.sources(), self.install.settings)
    }

    /// The names of the secrets that the service's own script gets.
    pub(crate) fn secret_names(&self) -> Vec<&str> {
        self.values.secrets.names().collect()
    }

    /// Whether packages' own install scripts run during the install.
    pub(crate) fn install_scripts(&self) -> bool {
        !self.install.settings.ignore_scripts
    }
}

/// The variables of workspace packages' scripts.
pub(crate) fn env(request: &SourceRequest<'_>, settings: &InstallSettings) -> BTreeMap<String, String> {
    let configured = settings.env.iter().chain(&request.values.env);
    let configured = configured.map(|(name, value)| (name.clone(), value.clone()));
    let network = settings.network.within(request.workspace, request.full);
    downloaders::variables(&network, request.full).into_iter().chain(configured).collect()
}

/// The result of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltApp {
    /// The archive with all files. Paths are relative to the workspace's root: `services/auth/dist/main.js`,
    /// `shared/kernel/package.json`.
    pub pack: Key,
    /// The files that scripts wrote to node_modules for the image, if any: a similar archive.
    pub generated: Option<Key>,
    /// The key over all inputs.
    pub key: Key,
    /// Whether an earlier build had the same inputs, so that nothing ran.
    pub reused: bool,
    /// Workspace folders that are packages of the production closure (`file:` and injected ones), after the build.
    pub folders: BTreeMap<ImporterId, Key>,
    /// Links of the outputs whose targets must be absolute, by path.
    pub absolute: BTreeSet<String>,
    /// The names of the secrets that its script received: its output may depend on them.
    pub secrets: BTreeSet<String>,
    /// Node.js programs in the service's folder, relative to it, sorted: the input of [`Outputs`](crate::Outputs).
    pub programs: Vec<String>,
    /// Built files in the service's folder that no output includes, relative to the workspace's root. If there are
    /// many, only the first ones.
    pub unused: BTreeSet<String>,
    /// Folders that the build left empty among the service's outputs, relative to the workspace's root.
    pub empty: BTreeSet<String>,
    /// The workspace files that the build saw or took unchanged, sorted.
    pub sources: Vec<HashedSource>,
    /// The sandbox level of its scripts; `None` if none ran.
    pub level: Option<Level>,
}

impl BuiltApp {
    /// The program to start; see [`Outputs::entry`](crate::Outputs::entry). `values` are variables for scripts: see
    /// [`ScriptReading`].
    ///
    /// # Errors
    /// If there is no program, or more than one.
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

    /// Whether the build created a workspace file or folder that no output includes.
    pub fn has_made(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let next = self.unused.range(below.clone()..).next();
        self.unused.contains(path) || next.is_some_and(|file| file.starts_with(&below))
    }

    /// The error for a service without a program to start.
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
