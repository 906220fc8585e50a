//! What the build of a service runs and finds installed. In: settings, the workspace. Out: tasks, projects, a closure. Nothing runs here.

use std::collections::BTreeSet;

use fourply_app::{Tasks, TurboCache, referred_packages};
use fourply_pnpm::{Closure, ImporterId, Include, Target, Workspace, closure};

use super::projects;
use crate::Error;
use crate::settings::Settings;

/// See the module.
pub(crate) struct BuildNeeds {
    /// `None` where outputs are taken as they lie.
    pub tasks: Option<Tasks>,
    /// Packages that are built before the service in any case.
    pub projects: Vec<ImporterId>,
    /// With development dependencies, for the machine that builds.
    pub full: Closure,
}

impl BuildNeeds {
    /// Those of one service.
    ///
    /// # Errors
    /// A project that the workspace does not have, a turbo.json that is none, a closure.
    pub(crate) fn of(
        workspace: &Workspace,
        settings: &Settings,
        service: &ImporterId,
        machine: &Target,
        turbo: &TurboCache,
    ) -> Result<BuildNeeds, Error> {
        let projects = projects::projects(workspace, &settings.build.projects)?;
        let choice = settings.build.script.as_ref();
        let tasks =
            choice.map(|choice| Tasks::new(workspace, service, &projects, choice, turbo)).transpose()?;
        let others = tasks.iter().flat_map(Tasks::packages);
        let importers: BTreeSet<ImporterId> =
            std::iter::once(service).chain(&projects).cloned().chain(others).collect();
        let importers: Vec<ImporterId> = importers.into_iter().collect();
        let full = closure(workspace, &importers, Include::All, machine)?;
        let referred = tasks.iter().flat_map(|tasks| referred_packages(workspace, tasks, &full.importers));
        let all: BTreeSet<ImporterId> = full.importers.iter().cloned().chain(referred).collect();
        let full = match all.len() == full.importers.len() {
            true => full,
            false => closure(workspace, &all.into_iter().collect::<Vec<_>>(), Include::All, machine)?,
        };
        Ok(BuildNeeds { tasks, projects, full })
    }
}
