//! The one entry point: an image of the store → a verdict. What is unpacked is removed in the end.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fourply_rootfs::{RootfsMetadata, Unpack, unpack};
use fourply_scripts::sandbox::trial::{HealthTest, Limits, Trial, run};
use fourply_scripts::sandbox::{Level, Sandbox};
use fourply_store::{Store, remove_tree};

use crate::account::User;
use crate::clues::{Clue, of_line, plain};
use crate::config::{Health, SmokeImage, Start};
use crate::error::Result;
use crate::places::Places;
use crate::program::{Unstartable, look, places, runs_here};
use crate::variables::Variables;
use crate::verdict::{Evidence, Outcome, Reason, Verdict};

/// How long a program without a health check has to run.
const ALIVE: Duration = Duration::from_secs(10);
/// How long a health check has to pass.
const HEALTHY: Duration = Duration::from_secs(30);
/// From one health check to the next, at most.
const INTERVAL: Duration = Duration::from_millis(300);
/// docker's.
const TEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a program may take to end.
const GRACE: Duration = Duration::from_secs(5);
const LIMITS: Limits = Limits { memory: 4 << 30, files: 512 << 20, processes: 1024 };
/// The most bytes of an image's files.
const LARGEST: u64 = 32 << 30;
/// How much of the output is told.
const LINES: usize = 20;
const CLUES: usize = 64;

/// How an image is started.
#[derive(Debug, Clone, Default)]
pub struct SmokeOptions {
    /// Variables besides the image's.
    pub environment: BTreeMap<String, String>,
    /// The machine's network.
    pub network: bool,
    /// How long the health check has to pass; without one, how long it has to run.
    pub timeout: Option<Duration>,
}

/// Starts an image, and judges it.
///
/// # Errors
/// A layer that cannot be unpacked, a sandbox that cannot be made although the kernel has namespaces, a request to stop.
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
    let folder = Scratch::new(store)?;
    let Some((user, rootfs)) = unpacked(store, image, &start, &folder.0)? else {
        let name = start.user.clone();
        return Ok(told(&start, Outcome::AtFault, Reason::NoUser { name }));
    };
    let environment = environment(&start, &user, options);
    if let Some(fault) = before(&start, &rootfs, &folder.0.join("rootfs"), &environment) {
        return Ok(told(&start, Outcome::AtFault, Reason::Unstartable(fault)));
    }
    let strength = sandbox.strength();
    if strength.level < Level::Namespaces {
        let lacks = strength.lacks.clone();
        return Ok(told(&start, Outcome::Inconclusive, Reason::NoNamespaces { lacks }));
    }
    let trial = trial(&start, &user, &rootfs, environment, options, &folder.0);
    let mut heard = Heard::new(&trial.environment);
    let report = run(sandbox, &trial, cancelled, &mut |text| {
        line(text);
        heard.line(text);
    })?;
    let evidence = Evidence {
        report: &report,
        clues: heard.clues.make_contiguous(),
        error_line: heard.error.take(),
        serves: start.health.is_some() || !start.ports.is_empty(),
        // On the network of this machine, nobody can tell whose ports are whose.
        ports: if options.network { &[] } else { &start.ports },
        program: start.command.first().map(String::as_str).unwrap_or_default(),
        folder: &start.folder,
        memory: LIMITS.memory,
        processes: LIMITS.processes,
    };
    let (outcome, reason) = evidence.judge();
    let notes = evidence.notes(outcome == Outcome::Well, GRACE);
    Ok(Verdict { outcome, reason, notes, output: heard.lines.into(), folder: start.folder })
}

/// What is told without a start.
fn told(start: &Start, outcome: Outcome, reason: Reason) -> Verdict {
    Verdict { outcome, reason, notes: Vec::new(), output: Vec::new(), folder: start.folder.clone() }
}

/// The user, and the tree, which lies in a folder; nothing where the image has no such user.
fn unpacked(
    store: &Store,
    image: &SmokeImage,
    start: &Start,
    folder: &Path,
) -> Result<Option<(User, RootfsMetadata)>> {
    let unpacked = unpack(&Unpack { store, layers: &image.layers, env: &start.env, folder, most: LARGEST })?;
    let Some(user) = User::of(&start.user, &unpacked.rootfs.passwd, &unpacked.rootfs.group) else {
        return Ok(None);
    };
    unpacked.lay_out(&|entry| user.mode(entry))?;
    fs_err::create_dir(folder.join("memory"))?;
    Ok(Some((user, unpacked.rootfs)))
}

fn environment(start: &Start, user: &User, options: &SmokeOptions) -> BTreeMap<String, String> {
    let mut all = start.environment(&options.environment);
    all.entry("HOME".to_owned()).or_insert_with(|| user.home.clone());
    all
}

/// What can be told of the program and of the health check's before a start.
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
    };
    let usual = match &start.health {
        Some(health) => HEALTHY.max(health.start_period.unwrap_or_default()),
        None => ALIVE,
    };
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
        all_writable: user.uid == 0,
        health: start.health.as_ref().map(test),
        patience: options.timeout.unwrap_or(usual),
        stop_signal: start.stop_signal,
        grace: GRACE,
        limits: LIMITS,
    }
}

/// What was printed, as much of it as is kept.
struct Heard<'a> {
    lines: VecDeque<String>,
    clues: VecDeque<Clue>,
    error: Option<String>,
    variables: Variables<'a>,
}

impl Heard<'_> {
    fn new(environment: &BTreeMap<String, String>) -> Heard<'_> {
        Heard {
            lines: VecDeque::new(),
            clues: VecDeque::new(),
            error: None,
            variables: Variables::new(environment),
        }
    }

    fn line(&mut self, text: &str) {
        let text: String = plain(text).chars().take(2000).collect();
        if let Some(clue) = of_line(&text).or_else(|| self.variables.line(&text)) {
            self.clues.push_back(clue);
        }
        if is_error(&text) {
            self.error = Some(text.trim().chars().take(300).collect());
        }
        self.lines.push_back(text);
        while self.lines.len() > LINES {
            self.lines.pop_front();
        }
        while self.clues.len() > CLUES {
            self.clues.pop_front();
        }
    }
}

/// `TypeError: …`, `Error [ERR_X]: …`, `panic: …`: the line by which people would search.
fn is_error(line: &str) -> bool {
    let first =
        line.trim_start().trim_start_matches("Uncaught ").split([':', '[', ' ']).next().unwrap_or_default();
    line.contains(':')
        && (first.ends_with("Error") || first.ends_with("Exception") || first == "panic" || first == "Fatal")
}

/// A folder of the store for one image.
struct Scratch(PathBuf);

impl Scratch {
    fn new(store: &Store) -> Result<Scratch> {
        let folder = tempfile::Builder::new().prefix("smoke-").tempdir_in(store.tmp())?;
        Ok(Scratch(folder.keep()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = remove_tree(&self.0);
    }
}
