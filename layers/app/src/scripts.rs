//! The scripts of packages that can be built at once. In: packages, their package.json, the environment. Out: nothing but what the
//! scripts left on disk, and events. It knows neither where packages come from nor what outputs are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use fourply_pnpm::{ImporterId, Manifest};
use fourply_scripts::events::{install_events, runs};
use fourply_scripts::files::folder_of;

use crate::{AppError, Result, ScriptFailure};
use fourply_scripts::environment::{ScriptEnvironment, ScriptStep, environment};
use fourply_scripts::process::{self, Shell};
use fourply_scripts::sandbox::{Room, Sandbox, View};
use fourply_scripts::{Ended, Event, Report, try_in_turns};

/// All that running scripts takes.
pub(crate) struct Run<'a> {
    pub script: &'a str,
    /// Whether the packages' install scripts run before it.
    pub install: bool,
    /// package.json files.
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    /// What they are confined to.
    pub sandbox: &'a Sandbox,
    /// What they see.
    pub view: &'a View,
    /// Whether the scripts of a package may use the network.
    pub network: &'a (dyn Fn(&ImporterId) -> bool + Sync),
    /// What is the same for all.
    pub around: &'a ScriptEnvironment<'a>,
    /// How many packages are built at once.
    pub jobs: usize,
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Who hears of it.
    pub report: &'a dyn Report,
}

/// The service's own script must be there; its dependencies may do without.
///
/// # Errors
/// [`AppError::NoManifest`], [`AppError::NoScript`].
pub(crate) fn check_script(
    manifests: &BTreeMap<ImporterId, Manifest>,
    service: &ImporterId,
    script: &str,
) -> Result<()> {
    let manifest = manifests.get(service).ok_or_else(|| AppError::NoManifest { service: service.clone() })?;
    if manifest.scripts.contains_key(script) {
        return Ok(());
    }
    Err(AppError::NoScript {
        script: script.to_owned(),
        manifest: manifest.dir.join("package.json"),
        available: manifest.scripts.keys().cloned().collect(),
    })
}

impl Run<'_> {
    /// Whether any of these packages has a script that runs.
    pub(crate) fn concerns(&self, level: &[ImporterId]) -> bool {
        level.iter().any(|id| self.scripted(id).is_some())
    }

    /// Runs the install scripts of these packages, then `pre`, the script and `post` of those that have the script, several packages at
    /// once.
    ///
    /// # Errors
    /// [`AppError::Script`] for the first package, by its folder's name, that failed.
    pub(crate) fn level(&self, level: &[ImporterId]) -> Result<()> {
        let packages: Vec<_> = level.iter().filter_map(|id| Some((id, self.scripted(id)?))).collect();
        let waits = vec![BTreeSet::new(); packages.len()];
        try_in_turns(&waits, self.jobs, self.cancelled, |number, stop| {
            packages.get(number).map_or(Ok(()), |(id, manifest)| self.package(id, manifest, stop))
        })
    }

    fn scripted(&self, id: &ImporterId) -> Option<&Manifest> {
        self.manifests.get(id).filter(|manifest| runs(manifest, self.script, self.install))
    }

    fn package(&self, id: &ImporterId, manifest: &Manifest, stop: &dyn Fn() -> bool) -> Result<()> {
        for (event, command) in install_events(manifest).filter(|_| self.install) {
            self.script(id, manifest, event, command, stop)?;
        }
        if !manifest.scripts.contains_key(self.script) {
            return Ok(());
        }
        for event in [format!("pre{}", self.script), self.script.to_owned(), format!("post{}", self.script)] {
            if let Some(command) = manifest.scripts.get(&event) {
                self.script(id, manifest, &event, command, stop)?;
            }
        }
        Ok(())
    }

    fn script(
        &self,
        id: &ImporterId,
        manifest: &Manifest,
        event: &str,
        command: &str,
        stop: &dyn Fn() -> bool,
    ) -> Result<()> {
        let folder = folder_of(self.around.root, id);
        let environment = environment(self.around, &ScriptStep { folder: &folder, manifest, event, command });
        let network = (self.network)(id);
        let room = Some(Room { sandbox: self.sandbox, view: self.view, network });
        let shell = Shell { text: command, folder: &folder, environment: &environment, room };
        let began = Instant::now();
        self.report.event(Event::Script { package: id, script: event, command });
        let outcome =
            process::run(&shell, stop, &mut |line| self.report.event(Event::Line { package: id, line }))?;
        if outcome.ended == Ended::Status(0) {
            self.report.event(Event::Done { package: id, script: event, took: began.elapsed() });
            return Ok(());
        }
        Err(AppError::Script(Box::new(ScriptFailure {
            package: id.clone(),
            script: event.to_owned(),
            command: command.to_owned(),
            ended: outcome.ended,
            log: outcome.log,
            network,
        })))
    }
}

#[cfg(test)]
mod tests;
