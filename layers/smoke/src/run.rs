//! The entry point: an image of the store → a verdict. Its layers stay unpacked in the store for the next start;
//! everything else is removed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use fourply_rootfs::{RootfsMetadata, Unpack, unpack};
use fourply_scripts::ScriptsError;
use fourply_scripts::sandbox::trial::{
    Connections, HealthTest, Limits, Listens, OVERLAY, Trial, TrialEnd, TrialReport, run,
};
use fourply_scripts::sandbox::{Level, Sandbox};
use fourply_store::Store;

use crate::account::User;
use crate::clues::Clue;
use crate::config::{Health, SmokeImage, Start};
use crate::error::{Result, SmokeError};
use crate::heard::Heard;
use crate::places::Places;
use crate::program::{Unstartable, look, places, runs_here};
use crate::question::question;
use crate::scratch::Scratch;
use crate::verdict::{Evidence, Outcome, Reason, Verdict};

/// How long a program without a health check must run.
const ALIVE: Duration = Duration::from_secs(10);
/// The default time for a health check to pass.
const HEALTHY: Duration = Duration::from_secs(30);
/// The longest pause between health checks.
const INTERVAL: Duration = Duration::from_millis(300);
/// How long an idle program must listen on other ports, or on none, before it counts as never listening on its own.
const ELSEWHERE: Duration = Duration::from_secs(3);
const NOWHERE: Duration = Duration::from_secs(10);
/// docker's default.
const TEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a program may take to stop.
const GRACE: Duration = Duration::from_secs(5);
const LIMITS: Limits = Limits { memory: 4 << 30, files: 512 << 20, processes: 1024 };
/// The most bytes of an image's files.
const LARGEST: u64 = 32 << 30;

/// How an image is started.
#[derive(Debug, Clone, Default)]
pub struct SmokeOptions {
    /// Variables in addition to the image's.
    pub environment: BTreeMap<String, String>,
    /// Whether to use the host's network.
    pub network: bool,
    /// How long the health check may take to pass; without one, how long the program must run.
    pub timeout: Option<Duration>,
}

/// Starts an image, and judges it.
///
/// # Errors
/// A layer that cannot be unpacked, a sandbox that cannot be created although the kernel has namespaces, a request to
/// stop.
pub fn smoke(
    store: &Store,
    sandbox: &Sandbox,
    image: &SmokeImage,
    options: &SmokeOptions,
    cancelled: &dyn Fn() -> bool,
    line: &mut dyn FnMut(&str),
) -> Result<Verdict> {
    let start = Start::of(image)?;
    if start.platform.os != "linux" || !runs_here(&start.platform.architecture) {
        let platform = start.platform.to_string();
        return Ok(told(&start, Outcome::Inconclusive, Reason::Platform { platform }));
    }
    let begun = Begun { store, sandbox, image, options, start: &start };
    match begun.run(Layers::Kept, cancelled, line) {
        // Files that it writes would affect other starts.
        Err(SmokeError::Scripts(ScriptsError::Room { step, .. })) if step == OVERLAY => {
            begun.run(Layers::Own, cancelled, line)
        }
        other => other,
    }
}

/// The owner of the unpacked files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layers {
    /// The store, for other starts as well.
    Kept,
    /// Only this start.
    Own,
}

/// A start of an image.
struct Begun<'a> {
    store: &'a Store,
    sandbox: &'a Sandbox,
    image: &'a SmokeImage,
    options: &'a SmokeOptions,
    start: &'a Start,
}

impl Begun<'_> {
    fn run(
        &self,
        layers: Layers,
        cancelled: &dyn Fn() -> bool,
        line: &mut dyn FnMut(&str),
    ) -> Result<Verdict> {
        let Begun { store, sandbox, options, start, .. } = *self;
        let folder = Scratch::new(store)?;
        let Some((user, rootfs)) = self.unpacked(layers, folder.path())? else {
            let name = start.user.clone();
            return Ok(told(start, Outcome::AtFault, Reason::NoUser { name }));
        };
        let environment = environment(start, &user, options);
        if let Some(fault) = before(start, &rootfs, &folder.path().join("rootfs"), &environment) {
            return Ok(told(start, Outcome::AtFault, Reason::Unstartable(fault)));
        }
        let strength = sandbox.strength();
        if strength.level < Level::Namespaces {
            let lacks = strength.lacks.clone();
            return Ok(told(start, Outcome::Inconclusive, Reason::NoNamespaces { lacks }));
        }
        let shared = layers == Layers::Kept;
        let trial = Trial { shared, ..trial(start, &user, &rootfs, environment, options, folder.path()) };
        let mut heard = Heard::new(&trial.environment, start.has_tini());
        let mut report = run(sandbox, &trial, cancelled, &mut |text| {
            line(text);
            heard.line(text);
        })?;
        let said = (heard.error.clone(), heard.defect.clone());
        let clues: Vec<Clue> = heard.clues.iter().cloned().collect();
        if self.evidence(&report, &clues, &said).hangs_on_tests() {
            report = report.without_tests(self.alone(&trial, &report, folder.path(), cancelled)?);
        }
        let evidence = self.evidence(&report, &clues, &said);
        let (outcome, reason) = evidence.judge();
        let notes = evidence.notes(outcome == Outcome::Well, GRACE);
        Ok(Verdict { outcome, reason, notes, output: heard.shown(), folder: start.folder.clone() })
    }

    /// The program's own requests, without a health check in parallel: it is started again, and its output is ignored.
    fn alone(
        &self,
        trial: &Trial,
        first: &TrialReport,
        folder: &Path,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<Connections>> {
        let patience = match first.end {
            TrialEnd::Unhealthy => ALIVE.min(trial.patience),
            _ => ALIVE.max(first.took),
        };
        let scratch = folder.join("memory-alone");
        fs_err::create_dir(&scratch)?;
        let trial = Trial { health: None, patience, scratch, ..trial.clone() };
        Ok(run(self.sandbox, &trial, cancelled, &mut |_| {})?.connections)
    }

    /// `said`: the line that looks like an error, and the one that shows a bug.
    fn evidence<'a>(
        &'a self,
        report: &'a TrialReport,
        clues: &'a [Clue],
        said: &(Option<String>, Option<String>),
    ) -> Evidence<'a> {
        let Begun { options, start, .. } = *self;
        let (error_line, defect) = said.clone();
        Evidence {
            report,
            clues,
            error_line,
            defect,
            serves: start.health.is_some() || !start.ports.is_empty(),
            // On the host's network, ports cannot be attributed to a process.
            ports: if options.network { &[] } else { &start.ports },
            program: start.command.first().map(String::as_str).unwrap_or_default(),
            folder: &start.folder,
            memory: LIMITS.memory,
            processes: LIMITS.processes,
        }
    }

    /// The user, and the tree in a folder; `None` if the image has no such user.
    fn unpacked(&self, layers: Layers, folder: &Path) -> Result<Option<(User, RootfsMetadata)>> {
        let Begun { store, image, start, .. } = *self;
        let kept_for = (layers == Layers::Kept).then_some(start.user.as_str());
        let env = &start.env;
        let unpacked =
            unpack(&Unpack { store, layers: &image.layers, env, folder, most: LARGEST, kept_for })?;
        let Some(user) = User::of(&start.user, &unpacked.rootfs.passwd, &unpacked.rootfs.group) else {
            return Ok(None);
        };
        unpacked.lay_out(&|entry| user.mode(entry))?;
        fs_err::create_dir(folder.join("memory"))?;
        Ok(Some((user, unpacked.rootfs)))
    }
}

/// A verdict without a start.
fn told(start: &Start, outcome: Outcome, reason: Reason) -> Verdict {
    Verdict { outcome, reason, notes: Vec::new(), output: Vec::new(), folder: start.folder.clone() }
}

fn environment(start: &Start, user: &User, options: &SmokeOptions) -> BTreeMap<String, String> {
    let mut all = start.environment(&options.environment);
    all.entry("HOME".to_owned()).or_insert_with(|| user.home.clone());
    all
}

/// Checks of the program and of the health check's program before a start.
fn before(
    start: &Start,
    rootfs: &RootfsMetadata,
    root: &Path,
    environment: &BTreeMap<String, String>,
) -> Option<Unstartable> {
    let Some(program) = start.command.first().filter(|name| !name.is_empty()) else {
        return Some(Unstartable::Nothing);
    };
    if let Some(fault) = places(rootfs) {
        return Some(fault);
    }
    let path = environment.get("PATH");
    look(rootfs, root, program, &start.folder, path).or_else(|| {
        let tester = start.health.as_ref()?.command.first()?;
        look(rootfs, root, tester, &start.folder, path)
    })
}

fn trial(
    start: &Start,
    user: &User,
    rootfs: &RootfsMetadata,
    environment: BTreeMap<String, String>,
    options: &SmokeOptions,
    folder: &Path,
) -> Trial {
    let home = environment.get("HOME").map(String::as_str).unwrap_or("/");
    let Places { memory, writable } = Places::of(rootfs, user, home, &start.folder);
    let test = |health: &Health| HealthTest {
        command: health.command.clone(),
        interval: health.interval.map_or(INTERVAL, |interval| interval.min(INTERVAL)),
        timeout: health.timeout.unwrap_or(TEST_TIMEOUT),
        asks: question(&health.command, &environment),
    };
    let usual = match &start.health {
        Some(health) => HEALTHY.max(health.start_period.unwrap_or_default()),
        None => ALIVE,
    };
    let health = start.health.as_ref().map(test);
    let listens = listens(start, health.as_ref(), options);
    Trial {
        root: folder.join("rootfs"),
        scratch: folder.join("memory"),
        program: start.command.clone(),
        environment,
        folder: start.folder.clone(),
        uid: user.uid,
        gid: user.gid,
        network: options.network,
        memory,
        writable,
        shared: false,
        all_writable: user.uid == 0,
        health,
        listens,
        patience: options.timeout.unwrap_or(usual),
        stop_signal: start.stop_signal,
        grace: GRACE,
        limits: LIMITS,
    }
}

/// Where the program must listen. A configured time must pass in full; a longer start period counts as one.
fn listens(start: &Start, test: Option<&HealthTest>, options: &SmokeOptions) -> Option<Listens> {
    let asked = test.and_then(|test| test.asks.as_ref()).map(|question| question.port);
    let ports: Vec<u16> = start.ports.iter().copied().chain(asked).collect();
    let period = start.health.as_ref().and_then(|health| health.start_period).unwrap_or_default();
    let own = (!options.network && !start.ports.is_empty()).then_some(ports)?;
    let [elsewhere, nowhere] = [ELSEWHERE, NOWHERE.max(period)].map(|usual| options.timeout.unwrap_or(usual));
    Some(Listens { ports: own, elsewhere, nowhere })
}
