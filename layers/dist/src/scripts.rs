//! The scripts of packages that can be built at once. In: packages, their package.json, the surroundings. Out: nothing but what the
//! scripts left on disk, and events. It knows neither where packages come from nor what outputs are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use fourply_modules::{DepPath, ImporterId, LayoutError, Manifest};

use crate::environment::{Step, Surroundings, environment};
use crate::process::{self, Shell};
use crate::report::{Event, Report};
use crate::turns::try_in_turns;
use crate::{DistError, Ended, InstallFailure, Result, ScriptFailure};

/// The scripts of a workspace package that pnpm runs when it installs, in its order: `runLifecycleHooksConcurrently` in its
/// `installDeps`. What `prepare` does may decide the build, as that of a compiler's plugin does.
pub(crate) const INSTALL_EVENTS: [&str; 6] =
    ["preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"];

/// The scripts of a workspace package that an install runs.
pub(crate) fn install_events(manifest: &Manifest) -> impl Iterator<Item = (&'static str, &String)> {
    let events = INSTALL_EVENTS.into_iter().filter_map(|event| Some((event, manifest.scripts.get(event)?)));
    events.filter(|(_, command)| *command != ONLY_ALLOW && !sets_up_git(command))
}

/// Programs that set up the hooks of a git repository, which a build folder is not; some of them fail there.
const GIT_HOOKS: [&str; 3] = ["husky", "lefthook", "simple-git-hooks"];
/// What stands around them.
const BESIDE_THEM: [&str; 5] = ["cd", "is-ci", "exit", "true", ":"];

/// Whether a script does nothing but to set up git's hooks: `husky`, `cd ../.. && husky install`, `is-ci || lefthook install`.
fn sets_up_git(command: &str) -> bool {
    let parts = command.split(['&', '|', ';']).map(str::trim).filter(|part| !part.is_empty());
    let starts = |part: &str, names: &[&str]| {
        let rest = |name: &&str| part.strip_prefix(*name);
        names.iter().filter_map(rest).any(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let mut found = false;
    for part in parts {
        if starts(part, &GIT_HOOKS) {
            found = true;
        } else if !starts(part, &BESIDE_THEM) {
            return false;
        }
    }
    found
}

/// Whether a package has something that a build runs: the script, or scripts of an install where those run.
pub(crate) fn runs(manifest: &Manifest, script: &str, install: bool) -> bool {
    manifest.scripts.contains_key(script) || (install && install_events(manifest).next().is_some())
}

/// pnpm is what installs: nothing has to ask whether it does. pnpm itself leaves this script out.
pub(crate) const ONLY_ALLOW: &str = "npx only-allow pnpm";

/// All that running scripts takes.
pub(crate) struct Run<'a> {
    /// The script's name.
    pub script: &'a str,
    /// Whether the packages' install scripts run before it.
    pub install: bool,
    /// package.json files.
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    /// What is the same for all.
    pub around: &'a Surroundings<'a>,
    /// How many packages are built at once.
    pub jobs: usize,
    /// Whether to stop.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Who hears of it.
    pub report: &'a dyn Report,
}

/// The service's own script must be there; its dependencies may do without.
///
/// # Errors
/// [`DistError::NoManifest`], [`DistError::NoScript`].
pub(crate) fn check_script(
    manifests: &BTreeMap<ImporterId, Manifest>,
    service: &ImporterId,
    script: &str,
) -> Result<()> {
    let manifest =
        manifests.get(service).ok_or_else(|| DistError::NoManifest { service: service.clone() })?;
    if manifest.scripts.contains_key(script) {
        return Ok(());
    }
    Err(DistError::NoScript {
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
    /// [`DistError::Script`] for the first package, by its folder's name, that failed.
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
        let environment = environment(self.around, &Step { folder: &folder, manifest, event, command });
        let shell = Shell { text: command, folder: &folder, environment: &environment };
        let began = Instant::now();
        self.report.event(Event::Script { package: id, script: event, command });
        let outcome =
            process::run(&shell, stop, &mut |line| self.report.event(Event::Line { package: id, line }))?;
        if outcome.ended == Ended::Status(0) {
            self.report.event(Event::Done { package: id, script: event, took: began.elapsed() });
            return Ok(());
        }
        Err(DistError::Script(Box::new(ScriptFailure {
            package: id.clone(),
            script: event.to_owned(),
            command: command.to_owned(),
            ended: outcome.ended,
            log: outcome.log,
        })))
    }
}

/// Runs one script of a package that is none of the workspace, and tells of it.
///
/// # Errors
/// [`DistError::InstallScript`], with all that it printed.
pub(crate) fn run_script(
    shell: &Shell<'_>,
    package: &DepPath,
    event: &str,
    report: &dyn Report,
    cancelled: &dyn Fn() -> bool,
) -> Result<()> {
    report.event(Event::Dependency { package: package.as_str(), script: event, command: shell.text });
    let outcome = process::run(shell, cancelled, &mut |_| {})?;
    match outcome.ended {
        Ended::Status(0) => Ok(()),
        ended => Err(DistError::InstallScript(Box::new(InstallFailure {
            package: package.to_string(),
            script: event.to_owned(),
            command: shell.text.to_owned(),
            ended,
            log: outcome.log,
        }))),
    }
}

/// package.json of such a package, in its folder.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn manifest_of(folder: &Path, package: &DepPath) -> Result<Manifest> {
    let text = fs_err::read_to_string(folder.join("package.json"))?;
    let failed = |message| LayoutError::Manifest { owner: package.to_string(), message };
    Ok(Manifest::parse(&text, folder).map_err(failed)?)
}

/// The folder of a package below a root.
pub(crate) fn folder_of(root: &Path, id: &ImporterId) -> std::path::PathBuf {
    if id.is_root() { root.to_path_buf() } else { root.join(id.as_str()) }
}

#[cfg(test)]
mod tests;
