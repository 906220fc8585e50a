//! The scripts of packages that can be built at once. In: packages, their package.json, the environment. Out: nothing but what the
//! scripts left on disk, and events. It knows neither where packages come from nor what outputs are.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use fourply_pnpm::{ImporterId, Manifest};
use fourply_scripts::events::{install_events, runs};
use fourply_scripts::files::folder_of;

use crate::left_out::LeftOut;
use crate::{AppError, Result, ScriptFailure};
use fourply_scripts::environment::{ScriptEnvironment, ScriptStep, environment};
use fourply_scripts::process::{self, Shell};
use fourply_scripts::sandbox::{Room, Sandbox, View};
use fourply_scripts::{Ended, Event, Report, SecretFinder, Secrets, try_in_turns};

/// All that running scripts takes.
pub(crate) struct Run<'a> {
    pub script: &'a str,
    /// The package whose script does not run, though it may have it.
    pub without: Option<&'a ImporterId>,
    /// Secrets, and the package whose script alone gets them.
    pub secrets: Option<(&'a ImporterId, &'a Secrets)>,
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
        let built = |manifest: &Manifest| match self.without == Some(id) {
            true => self.install && install_events(manifest).next().is_some(),
            false => runs(manifest, self.script, self.install),
        };
        self.manifests.get(id).filter(|manifest| built(manifest))
    }

    fn package(&self, id: &ImporterId, manifest: &Manifest, stop: &dyn Fn() -> bool) -> Result<()> {
        for (event, command) in install_events(manifest).filter(|_| self.install) {
            self.script(id, manifest, event, command, None, stop)?;
        }
        if self.without == Some(id) || !manifest.scripts.contains_key(self.script) {
            return Ok(());
        }
        for event in [format!("pre{}", self.script), self.script.to_owned(), format!("post{}", self.script)] {
            if let Some(command) = manifest.scripts.get(&event) {
                let secrets = self.secrets.filter(|(of, _)| *of == id).map(|(_, secrets)| secrets);
                self.script(id, manifest, &event, command, secrets, stop)?;
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
        secrets: Option<&Secrets>,
        stop: &dyn Fn() -> bool,
    ) -> Result<()> {
        let folder = folder_of(self.around.root, id);
        let step = ScriptStep { folder: &folder, manifest, event, command, secrets };
        let environment = environment(self.around, &step);
        let finder = secrets.map(SecretFinder::new);
        let network = (self.network)(id);
        let room = Some(Room { sandbox: self.sandbox, view: self.view, network });
        let shell = Shell { text: command, folder: &folder, environment: &environment, room };
        let began = Instant::now();
        self.report.event(Event::Script { package: id, script: event, command });
        let outcome = process::run(&shell, stop, &mut |line| {
            let line = masked(finder.as_ref(), line);
            self.report.event(Event::Line { package: id, line: &line });
        })?;
        if outcome.ended == Ended::Status(0) {
            self.report.event(Event::Done { package: id, script: event, took: began.elapsed() });
            return Ok(());
        }
        Err(AppError::Script(Box::new(ScriptFailure {
            package: id.clone(),
            script: event.to_owned(),
            command: command.to_owned(),
            ended: outcome.ended,
            log: masked(finder.as_ref(), &outcome.log).into_owned(),
            network,
            left_out: LeftOut::default(),
            unresolved: None,
        })))
    }
}

fn masked<'t>(finder: Option<&SecretFinder>, text: &'t str) -> Cow<'t, str> {
    finder.map_or(Cow::Borrowed(text), |finder| finder.masked(text))
}

#[cfg(test)]
mod tests;
