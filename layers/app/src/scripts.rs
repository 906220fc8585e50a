//! The scripts of packages that can be built in parallel. In: packages, their package.json, the environment. Out: files
//! on disk, and events. This module must not know where packages come from or what outputs are.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use fourply_pnpm::{ImporterId, Manifest, script_events};
use fourply_scripts::events::install_events;
use fourply_scripts::files::folder_of;

use crate::left_out::LeftOut;
use crate::task::Task;
use crate::{AppError, Result, ScriptFailure, Tasks};
use fourply_scripts::beneath::Beneath;
use fourply_scripts::environment::{ScriptEnvironment, ScriptStep, environment};
use fourply_scripts::process::{self, Shell};
use fourply_scripts::sandbox::{NetworkAccess, Room, Sandbox, View};
use fourply_scripts::{
    Ended, Event, Report, ScriptNetwork, SecretFinder, Secrets, check_attempts, tell_attempts, try_in_turns,
};
use fourply_store::Fetcher;
use tracing::info_span;

/// The event name for a command of the root.
const COMMAND: &str = "command";

/// The inputs for running scripts.
pub(crate) struct Run<'a> {
    pub tasks: &'a Tasks,
    /// A package whose scripts do not run.
    pub without: Option<&'a ImporterId>,
    /// Secrets, and the only package whose script receives them.
    pub secrets: Option<(&'a ImporterId, &'a Secrets)>,
    /// Whether the packages' install scripts run first.
    pub install: bool,
    /// package.json files.
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    /// The sandbox of the scripts.
    pub sandbox: &'a Sandbox,
    /// The files that they see.
    pub view: &'a View,
    /// Whether a package's scripts may use the network.
    pub may_reach: &'a (dyn Fn(&ImporterId) -> bool + Sync),
    /// The network rules and recorded downloads.
    pub network: &'a NetworkAccess,
    /// Performs the downloads.
    pub fetcher: &'a Fetcher,
    /// The folders, relative to the root, that scripts must not replace: packages and their node_modules.
    pub folders: &'a BTreeSet<String>,
    /// The common environment.
    pub around: &'a ScriptEnvironment<'a>,
    /// The most packages that are built in parallel.
    pub jobs: usize,
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Receives the events.
    pub report: &'a dyn Report,
}

impl Run<'_> {
    /// Whether any of these packages has a script that runs.
    pub(crate) fn concerns(&self, level: &[ImporterId]) -> bool {
        level.iter().any(|id| self.scripted(id).is_some())
    }

    /// Runs the install scripts of these packages, then each of their scripts as `pnpm run` does. Packages run in
    /// parallel; each task runs after those that it waits for.
    ///
    /// # Errors
    /// [`AppError::Script`] for the first failed package, by its folder's name.
    pub(crate) fn level(&self, level: &[ImporterId]) -> Result<()> {
        self.all(&self.jobs_of(level))
    }

    /// Runs only the install scripts of these packages.
    ///
    /// # Errors
    /// Those of [`Run::level`].
    pub(crate) fn installs(&self, level: &[ImporterId]) -> Result<()> {
        let mut jobs = self.jobs_of(level);
        jobs.retain(|job| job.script.is_none());
        self.all(&jobs)
    }

    fn all(&self, jobs: &[Job<'_>]) -> Result<()> {
        try_in_turns(&waits(self.tasks, jobs), self.jobs, self.cancelled, |number, stop| {
            jobs.get(number).map_or(Ok(()), |job| self.job(job, stop))
        })
    }

    /// Runs the command of the root.
    ///
    /// # Errors
    /// [`AppError::Script`].
    pub(crate) fn command(&self, command: &str) -> Result<()> {
        let root = ImporterId::root();
        let Some(manifest) = self.manifests.get(&root) else { return Ok(()) };
        let secrets = self.secrets.map(|(_, secrets)| secrets);
        self.script(&root, manifest, COMMAND, command, secrets, self.cancelled)
    }

    /// The jobs of a level, in the order of the packages.
    fn jobs_of<'j>(&'j self, level: &'j [ImporterId]) -> Vec<Job<'j>> {
        let mut jobs = Vec::new();
        for package in level {
            let Some(manifest) = self.scripted(package) else { continue };
            if self.install && install_events(manifest).next().is_some() {
                jobs.push(Job { package, manifest, script: None });
            }
            if self.without != Some(package) {
                let scripts = self.tasks.of(package, manifest).into_iter();
                jobs.extend(scripts.map(|script| Job { package, manifest, script: Some(script) }));
            }
        }
        in_order(self.tasks, jobs)
    }

    fn scripted(&self, id: &ImporterId) -> Option<&Manifest> {
        let built = |manifest: &Manifest| match self.without == Some(id) {
            true => self.install && install_events(manifest).next().is_some(),
            false => runs(id, manifest, self.tasks, self.install),
        };
        self.manifests.get(id).filter(|manifest| built(manifest))
    }

    fn job(&self, job: &Job<'_>, stop: &(dyn Fn() -> bool + Sync)) -> Result<()> {
        let Job { package, manifest, script } = *job;
        let Some(script) = script else {
            let mut events = install_events(manifest);
            return events
                .try_for_each(|(event, command)| self.script(package, manifest, event, command, None, stop));
        };
        for event in script_events(&manifest.scripts, script, self.around.settings.pre_post_scripts) {
            if let Some(command) = manifest.scripts.get(&event) {
                let secrets = self.secrets.filter(|(of, _)| of == &package).map(|(_, secrets)| secrets);
                self.script(package, manifest, &event, command, secrets, stop)?;
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
        let _span = info_span!("script", of = %format_args!("{id} {event}")).entered();
        let folder = folder_of(self.around.root, id);
        Beneath::open(self.around.root)?.check_there(id.as_str())?;
        let step = ScriptStep { folder: &folder, manifest, event, command, secrets };
        let environment = environment(self.around, &step);
        let finder = secrets.map(SecretFinder::new);
        let allowed = (self.may_reach)(id);
        let network = self.network.script(id.as_str(), allowed, self.fetcher);
        let network = Some(ScriptNetwork { secrets: finder.as_ref(), ..network });
        let room = Some(Room { sandbox: self.sandbox, view: self.view, network });
        let shell = Shell { text: command, folder: &folder, environment: &environment, room };
        let began = Instant::now();
        self.report.event(Event::Script { package: id, script: event, command });
        let outcome = process::run(&shell, stop, &mut |line| {
            let line = masked(finder.as_ref(), line);
            self.report.event(Event::Line { package: id, line: &line });
        })?;
        check_attempts(&outcome.attempts, id.as_str())?;
        if outcome.ended == Ended::Status(0) {
            let folders = self.folders.iter().map(String::as_str);
            Beneath::open(self.around.root)?.check_after((event, id.as_str()), id.as_str(), folders)?;
            tell_attempts(&outcome.attempts, id.as_str(), self.report);
            self.report.event(Event::Done { package: id, script: event, took: began.elapsed() });
            return Ok(());
        }
        Err(AppError::Script(Box::new(ScriptFailure {
            package: id.clone(),
            script: event.to_owned(),
            command: command.to_owned(),
            ended: outcome.ended,
            log: masked(finder.as_ref(), &outcome.log).into_owned(),
            attempts: outcome.attempts,
            network: allowed,
            left_out: LeftOut::default(),
            unresolved: None,
            git_ignored: Vec::new(),
        })))
    }
}

/// Whether a build runs anything in a package: a script, or install scripts if those run.
pub(crate) fn runs(package: &ImporterId, manifest: &Manifest, tasks: &Tasks, install: bool) -> bool {
    !tasks.of(package, manifest).is_empty() || (install && install_events(manifest).next().is_some())
}

/// One job of a level: a script with its `pre` and `post`, or else the install scripts of a package.
#[derive(Clone, Copy)]
struct Job<'a> {
    package: &'a ImporterId,
    manifest: &'a Manifest,
    script: Option<&'a str>,
}

impl Job<'_> {
    fn is(&self, task: &Task) -> bool {
        *self.package == task.package && self.script == Some(task.script.as_str())
    }
}

/// The same jobs, each after those of the level that it waits for: earlier ones of its package, and tasks of other
/// packages.
fn in_order<'a>(tasks: &Tasks, mut jobs: Vec<Job<'a>>) -> Vec<Job<'a>> {
    let mut order: Vec<Job<'a>> = Vec::new();
    while !jobs.is_empty() {
        let open = |job: &Job<'_>| {
            let own =
                jobs.iter().take_while(|other| other.script != job.script || other.package != job.package);
            let waits = job.script.into_iter().flat_map(|script| tasks.waits(job.package, script));
            let own = own.filter(|other| other.package == job.package).count() > 0;
            own || waits.into_iter().any(|task| jobs.iter().any(|other| other.is(task)))
        };
        // Tasks have no cycles, so one of them is free.
        let next = jobs.iter().position(|job| !open(job)).unwrap_or(0);
        order.push(jobs.remove(next));
    }
    order
}

/// For each job, the numbers of the jobs that it waits for.
fn waits(tasks: &Tasks, jobs: &[Job<'_>]) -> Vec<BTreeSet<usize>> {
    let before = |(number, job): (usize, &Job<'_>)| {
        let earlier = jobs.iter().enumerate().take(number);
        let waits: Vec<&Task> =
            job.script.into_iter().flat_map(|script| tasks.waits(job.package, script)).collect();
        let needed =
            |other: &Job<'_>| other.package == job.package || waits.iter().any(|task| other.is(task));
        earlier.filter(|(_, other)| needed(other)).map(|(number, _)| number).collect()
    };
    jobs.iter().enumerate().map(before).collect()
}

fn masked<'t>(finder: Option<&SecretFinder>, text: &'t str) -> Cow<'t, str> {
    finder.map_or(Cow::Borrowed(text), |finder| finder.masked(text))
}

#[cfg(test)]
mod tests;
