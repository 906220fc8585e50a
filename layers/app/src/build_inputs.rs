//! The inputs of a build, computed without building: used to find what changed between two states of a workspace. In: a
//! request. Out: paths, and a key over all inputs that are not files. Each rule is the build's own.
//!
//! If no script runs, all files of the included packages count, whether or not the image takes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::{Inputs as _, Key};
use fourply_modules::InstallSettings;
use fourply_pnpm::{ImporterId, Target};
use fourply_scripts::sandbox::NetworkAccess;

use crate::included::{Entry, IncludedFiles};
use crate::key::install_key;
use crate::passed_over::{self, lying};
use crate::projects::{alone, full};
use crate::request::env;
use crate::seen::{entries, levels, needed, root_inputs, seen, with_script};
use crate::tasks::TaskInputs;
use crate::{Patterns, Result, Selection, SourceRequest, Tasks, TurboCache};

/// The request.
#[derive(Clone, Copy)]
pub struct BuildInputsRequest<'a> {
    pub sources: SourceRequest<'a>,
    /// As [`AppRequest::tasks`](crate::AppRequest::tasks).
    pub tasks: Option<&'a Tasks>,
    pub install: &'a InstallSettings,
    /// The platform that scripts run on. Its Node.js version has no effect here.
    pub machine: &'a Target,
}

/// The inputs of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildInputs {
    /// Relative to the workspace's root. A file that is listed for only one of two states is a change.
    pub files: BTreeSet<String>,
    /// Keys over the scripts, the installed packages and the variables. Other inputs are in [`Selection`] and closures.
    /// There are two keys.
    pub keys: BTreeSet<Key>,
}

fourply_blob::inputs! {
    /// The inputs of a build other than its files, the base and Node.js.
    struct RestInputs<'a>: "inputs of a build that are no files", rules 1 {
        service: &'a ImporterId,
        tasks: Option<TaskInputs<'a>>,
        turbo_outputs: BTreeMap<&'a str, &'a [String]>,
        install: Option<Key>,
        package_manager: Option<&'a str>,
        env: BTreeMap<String, String>,
        network: NetworkAccess,
        own_script: bool,
    }
}

/// Computes the inputs.
///
/// # Errors
/// If a folder cannot be read, a file cannot be a source, or another project's closure fails.
pub fn build_inputs(request: &BuildInputsRequest<'_>) -> Result<BuildInputs> {
    let (here, others) = entries(&request.sources)?;
    let mut found = BuildInputs::default();
    request.add(&here, &mut found)?;
    let needed = needed(&request.sources);
    // Files in a project that is not built are taken unchanged.
    let apart = here.iter().filter(|entry| !entry.owner.is_root() && !needed.contains(&entry.owner));
    for entry in apart.chain(&others) {
        found.files.extend(request.below(&entry.literal())?);
    }
    let owners: BTreeSet<&ImporterId> = others.iter().map(|entry| &entry.owner).collect();
    for owner in owners {
        let of_owner = others.iter().filter(|entry| entry.owner == *owner);
        let files: Vec<IncludedFiles> =
            of_owner.map(|entry| IncludedFiles { from: entry.inside().to_owned(), to: None }).collect();
        request.add_project(owner, &files, &mut found)?;
    }
    Ok(found)
}

impl BuildInputsRequest<'_> {
    fn add(&self, entries: &[Entry], found: &mut BuildInputs) -> Result<()> {
        let sources = &self.sources;
        let levels = self.tasks.map(|tasks| levels(sources, tasks)).unwrap_or_default();
        let built = self.tasks.map(|tasks| with_script(sources, &levels, tasks)).unwrap_or_default();
        match self.tasks.filter(|_| !built.is_empty()) {
            Some(tasks) => {
                let root = root_inputs(sources, &levels, tasks, entries)?;
                found.files.extend(seen(sources, &built, root)?.files.into_iter().map(|file| file.path));
                if !built.contains(sources.service) {
                    let outputs = passed_over::outputs(sources, &Patterns::new(sources.selection.outputs)?)?;
                    found.files.extend(outputs.into_iter().map(|file| file.path));
                }
            }
            None => {
                for package in sources.production.importers.iter().filter(|package| !package.is_root()) {
                    found.files.extend(self.below(package.as_str())?);
                }
                let of_root = entries.iter().filter(|entry| entry.owner.is_root());
                for entry in of_root {
                    found.files.extend(self.below(&entry.literal())?);
                }
            }
        }
        found.keys.insert(self.rest(!built.is_empty()));
        Ok(())
    }

    fn rest(&self, runs: bool) -> Key {
        let SourceRequest { workspace, service, full, production, values, .. } = self.sources;
        let tasks = self.tasks.filter(|_| runs);
        let outputs = |package: &'_ ImporterId| tasks.map(|tasks| tasks.turbo().outputs_of(package));
        let turbo_outputs =
            production.importers.iter().map(|id| (id.as_str(), outputs(id).unwrap_or_default()));
        let network = self.install.network.within(workspace, full);
        RestInputs {
            service,
            tasks: tasks.map(|tasks| tasks.inputs(&full.importers.iter().collect())),
            turbo_outputs: turbo_outputs.collect(),
            install: runs.then(|| install_key(full, workspace, self.machine.machine())),
            package_manager: workspace.package_manager(),
            env: env(&self.sources, self.install),
            network,
            own_script: values.own_script,
        }
        .key()
    }

    /// Adds one included project, built as a service by itself.
    fn add_project(
        &self,
        owner: &ImporterId,
        files: &[IncludedFiles],
        found: &mut BuildInputs,
    ) -> Result<()> {
        let sources = &self.sources;
        let choice = (sources.selection.project_script)(owner);
        let tasks = choice
            .map(|choice| Tasks::new(sources.workspace, owner, &[], &choice, &TurboCache::default()))
            .transpose()?;
        let full = full(sources.workspace, owner, tasks.as_ref(), self.machine)?;
        let (production, values) = (alone(owner), sources.values.of_package());
        let sources = SourceRequest {
            service: owner,
            selection: Selection { outputs: &[], named: true, files, ..sources.selection },
            full: &full,
            projects: &[],
            values: &values,
            production: &production,
            ..*sources
        };
        let project = BuildInputsRequest { sources, tasks: tasks.as_ref(), ..*self };
        project.add(&entries(&sources)?.0, found)
    }

    /// A file, or all files in a folder, ignored ones included.
    fn below(&self, path: &str) -> Result<Vec<String>> {
        match self.sources.workspace.root.join(path) {
            folder if folder.is_dir() => {
                Ok(lying(&self.sources, path)?.into_iter().map(|file| file.path).collect())
            }
            file => Ok(is_there(&file).then(|| path.to_owned()).into_iter().collect()),
        }
    }
}

fn is_there(file: &Path) -> bool {
    file.symlink_metadata().is_ok()
}
