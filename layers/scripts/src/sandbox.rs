//! The sandbox of scripts. In: its required strictness, what a script may see. Out: processes that see only that. It
//! knows neither packages nor images.
//!
//! The kernel determines the possible strength, which is probed at the first script:
//!
//! | level | what is in force |
//! |---|---|
//! | full | namespaces (user, mount, process, IPC, network, host name, cgroup), Landlock, a filter of system calls, no privileges |
//! | namespaces | the same without Landlock, or with the `/proc` of all processes |
//! | landlock | Landlock, the filter, no privileges |
//! | filter | the filter, no privileges |
//! | off | nothing |
//!
//! Results of scripts are stored under a key that contains the level: see [`Level::key`].

mod access;
mod change_root;
mod chroot_room;
mod entry;
mod files;
mod filter;
mod foundation;
mod level;
mod loopback;
mod mountinfo;
mod mounts;
mod order;
mod root;
mod shell;
mod sockets;
mod stage;
mod start;
mod system;
pub mod trial;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use fourply_blob::{Inputs as _, Key};

use crate::network::ScriptNetwork;
use crate::report::{Event, Report};
use crate::twice::ComparedRun;
use crate::{Result, ScriptsError};
pub use access::NetworkAccess;
pub use level::Level;
pub(crate) use order::CommandLine;
pub use order::View;
use order::{Features, Order, Reach, Reply};
pub(crate) use shell::shell;
pub(crate) use start::{Confined, Started};
use start::{outer, start};

/// The required strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// As strong as the kernel allows.
    #[default]
    Auto,
    /// Full level, or an error.
    Required,
    /// No confinement.
    Off,
}

/// The strength that the kernel supports, and why it is not higher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    pub level: Level,
    /// The failed steps, with the kernel's errors; those of the strongest level first.
    pub lacks: Vec<String>,
    features: Option<Features>,
}

/// Proof that this program can be started as a sandbox stage: see [`enter`].
#[derive(Debug, Clone, Copy)]
pub struct Entered(());

/// Becomes a sandbox stage if this process was started as one, and does not return then. A program with confined
/// scripts calls this first in its `main`: the stages are the program itself.
pub fn enter() -> Entered {
    entry::run_if_asked();
    Entered(())
}

/// The sandbox of a build.
#[derive(Debug)]
pub struct Sandbox {
    strictness: Strictness,
    ceiling: Level,
    /// Folders that are hidden from all scripts.
    hidden: Vec<PathBuf>,
    strength: OnceLock<Strength>,
    told: AtomicBool,
    compared: Option<ComparedRun>,
    /// Scripts changed files that others of the same install used.
    tainted: AtomicBool,
}

impl Sandbox {
    /// A sandbox of this program. `hidden` are folders of the user, which are hidden from all scripts, wherever they
    /// are.
    pub fn new(_: Entered, strictness: Strictness, hidden: Vec<PathBuf>) -> Sandbox {
        let ceiling = if strictness == Strictness::Off { Level::Off } else { Level::Full };
        let (strength, told) = (OnceLock::new(), AtomicBool::new(false));
        Sandbox {
            strictness,
            ceiling,
            hidden,
            strength,
            told,
            compared: None,
            tainted: AtomicBool::new(false),
        }
    }

    /// No sandbox.
    pub fn off() -> Sandbox {
        Sandbox::new(Entered(()), Strictness::Off, Vec::new())
    }

    /// This sandbox, limited to a level, as on a host whose kernel supports no more.
    #[must_use]
    pub fn at_most(self, ceiling: Level) -> Sandbox {
        Sandbox { ceiling: ceiling.min(self.ceiling), strength: OnceLock::new(), ..self }
    }

    /// This sandbox for one of two compared runs: results of earlier runs are ignored.
    #[must_use]
    pub fn for_comparison(self, run: ComparedRun) -> Sandbox {
        Sandbox { compared: Some(run), ..self }
    }

    /// The compared run, if there is one.
    pub fn compared(&self) -> Option<&ComparedRun> {
        self.compared.as_ref()
    }

    /// The strength on this host.
    pub fn strength(&self) -> &Strength {
        self.strength.get_or_init(|| self.probe())
    }

    /// The strength on this host, before scripts run: reported to `report` the first time.
    ///
    /// # Errors
    /// [`ScriptsError::Sandbox`] if it is weaker than required.
    pub fn admit(&self, report: &dyn Report) -> Result<Level> {
        let Strength { level, lacks, .. } = self.strength();
        if self.strictness == Strictness::Required && *level < Level::Full {
            return Err(ScriptsError::Sandbox { level: *level, lacks: lacks.clone() });
        }
        if !self.told.swap(true, Ordering::Relaxed) {
            report.event(Event::Sandbox { level: *level, lacks });
        }
        Ok(*level)
    }

    /// Checks that scripts can run in a separate root file system: by mounts, or by `chroot` if Landlock keeps it
    /// unchanged.
    ///
    /// # Errors
    /// [`ScriptsError::NoRoot`].
    pub fn admit_root(&self) -> Result<()> {
        let Strength { level, lacks, .. } = self.strength();
        let chroot = *level == Level::Landlock && chroot_room::is_allowed();
        match *level >= Level::Namespaces || chroot {
            true => Ok(()),
            false => Err(ScriptsError::NoRoot { level: *level, lacks: lacks.clone() }),
        }
    }

    /// A result from a level that is strong enough for this build, the strongest first. The strength on this host is
    /// probed only if there is no result from full level.
    ///
    /// # Errors
    /// Errors of `look`.
    pub fn known<T, E>(
        &self,
        key: &Key,
        look: impl Fn(&Key) -> std::result::Result<Option<T>, E>,
    ) -> std::result::Result<Option<T>, E> {
        Ok(self.known_at(key, look)?.map(|(_, found)| found))
    }

    /// As [`Sandbox::known`], with the level that it was made at.
    ///
    /// # Errors
    /// Those of `look`.
    pub fn known_at<T, E>(
        &self,
        key: &Key,
        look: impl Fn(&Key) -> std::result::Result<Option<T>, E>,
    ) -> std::result::Result<Option<(Level, T)>, E> {
        for level in Level::ALL {
            if level < Level::Full && level < self.weakest() {
                break;
            }
            let key = match &self.compared {
                None => level.key(key),
                Some(run) => match run.known(&level.key(key)) {
                    Some(key) => key,
                    None => continue,
                },
            };
            if let Some(found) = look(&key)? {
                return Ok(Some((level, found)));
            }
        }
        Ok(None)
    }

    /// The weakest sufficient level.
    fn weakest(&self) -> Level {
        if self.strictness == Strictness::Required { Level::Full } else { self.strength().level }
    }

    /// The level at which stored results were made. If nothing asked for the sandbox's strength, no script ran: the level is full.
    pub fn made_at(&self) -> Level {
        self.strength.get().map_or(Level::Full, |strength| strength.level)
    }

    /// From now on, results of scripts here are only for this program: a script changed files that others use.
    pub(crate) fn taint(&self) {
        self.tainted.store(true, Ordering::Relaxed);
    }

    /// Whether results of scripts here are only for this program.
    pub fn is_tainted(&self) -> bool {
        self.tainted.load(Ordering::Relaxed)
    }

    /// Stores a result of scripts: `record` gets its key, derived from one without the sandbox. If the strength was
    /// never probed, no script ran, and the result counts as from full level.
    ///
    /// # Errors
    /// Errors of `record`.
    pub fn keep<T, E>(
        &self,
        key: &Key,
        record: impl FnOnce(&Key) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let key = self.made_at().key(key);
        let key = if self.is_tainted() { TaintedInputs { key: &key }.key() } else { key };
        match &self.compared {
            Some(run) => run.keep(&key, record),
            None => record(&key),
        }
    }

    /// Probes the kernel's support, from the strongest level down.
    fn probe(&self) -> Strength {
        let mut strength = Strength { level: Level::Off, lacks: Vec::new(), features: None };
        for (level, features) in LADDER {
            if level > self.ceiling {
                continue;
            }
            match self.try_out(features) {
                Ok(()) => return Strength { level, features: Some(features), ..strength },
                Err(lack) if strength.lacks.contains(&lack) => {}
                Err(lack) => strength.lacks.push(lack),
            }
        }
        strength
    }

    fn try_out(&self, features: Features) -> std::result::Result<(), String> {
        let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
        let tmp = std::fs::canonicalize(folder.path()).map_err(|error| error.to_string())?;
        let view = View { write: vec![tmp.clone()], home: tmp.clone(), tmp, ..View::default() };
        let order = Order { features, view, reach: Reach::default(), command: None };
        let mut command = outer();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = start(command, &order).map_err(|error| format!("start the sandbox: {error}"))?;
        match started.wait() {
            Ok(Reply::Ready) => Ok(()),
            Ok(Reply::Failed { step, error }) => Err(format!("{step}: {error}")),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(format!("start the sandbox: {error}")),
        }
    }
}

fourply_blob::inputs! {
    /// Results of an install that scripts changed for each other. They are never looked up.
    struct TaintedInputs<'a>: "made in a changed install", rules 1 {
        key: &'a Key,
    }
}

/// The levels and their features, the strongest first.
const LADDER: [(Level, Features); 6] = [
    (Level::Full, Features { namespaces: true, own_proc: true, landlock: true }),
    (Level::Namespaces, Features { namespaces: true, own_proc: true, landlock: false }),
    (Level::Namespaces, Features { namespaces: true, own_proc: false, landlock: true }),
    (Level::Namespaces, Features { namespaces: true, own_proc: false, landlock: false }),
    (Level::Landlock, Features { namespaces: false, own_proc: false, landlock: true }),
    (Level::Filter, Features { namespaces: false, own_proc: false, landlock: false }),
];

/// The sandbox of one script.
#[derive(Debug, Clone, Copy)]
pub struct Room<'a> {
    pub sandbox: &'a Sandbox,
    pub view: &'a View,
    /// Its network access; without it, requests are not recorded.
    pub network: Option<ScriptNetwork<'a>>,
}

impl<'a> Room<'a> {
    /// Its network access, if it has permission.
    pub fn allowed(&self) -> Option<ScriptNetwork<'a>> {
        self.network.filter(|network| network.allowed)
    }

    /// Whether it has its own network.
    pub(crate) fn is_apart(&self) -> bool {
        self.sandbox.strength().features.is_some_and(|features| features.namespaces)
    }

    /// The order that runs `command` in the room; `None` if scripts are not confined. It may connect to `ports`.
    pub(crate) fn order(&self, command: CommandLine, ports: Vec<u16>) -> Option<(Command, Confined)> {
        let features = self.sandbox.strength().features?;
        let mut view = self.view.clone();
        view.hidden.extend(self.sandbox.hidden.iter().cloned());
        let reach = Reach { names: self.network.is_some(), ports };
        Some((outer(), Confined(Order { features, view, reach, command: Some(command) })))
    }
}

#[cfg(test)]
mod tests;
