//! The sandbox that scripts run in. In: how strict it has to be, what a script may see. Out: processes that see no more than that. It knows
//! neither packages nor images.
//!
//! The kernel decides how strong it can be. Tried once, at the first script:
//!
//! | level | what is in force |
//! |---|---|
//! | full | namespaces (user, mount, process, IPC, network, host name, cgroup), Landlock, a filter of system calls, no privileges |
//! | namespaces | the same without Landlock, or with the `/proc` of all processes |
//! | landlock | Landlock, the filter, no privileges |
//! | filter | the filter, no privileges |
//! | off | nothing |
//!
//! What a script made is kept under a key with its level: see [`Level::key`].

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

/// How strict the sandbox has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// As strong as the kernel allows.
    #[default]
    Auto,
    /// At full level, or not at all.
    Required,
    /// Scripts are not confined.
    Off,
}

/// What the kernel allows, and why it is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    pub level: Level,
    /// What could not be done, with the kernel's answer; the strongest first.
    pub lacks: Vec<String>,
    features: Option<Features>,
}

/// This program can be started as a stage of the sandbox: see [`enter`].
#[derive(Debug, Clone, Copy)]
pub struct Entered(());

/// Becomes a stage of the sandbox, if this process was started as one, and does not return then. A program whose scripts are to be confined
/// calls this first of all in its `main`: the stages are the program itself.
pub fn enter() -> Entered {
    entry::run_if_asked();
    Entered(())
}

/// The sandbox of a build.
#[derive(Debug)]
pub struct Sandbox {
    strictness: Strictness,
    ceiling: Level,
    /// Folders that no script sees.
    hidden: Vec<PathBuf>,
    strength: OnceLock<Strength>,
    told: AtomicBool,
    compared: Option<ComparedRun>,
    /// Scripts reached what others of the same install used.
    tainted: AtomicBool,
}

impl Sandbox {
    /// A sandbox of this program. `hidden` are folders of the user's: no script sees them, wherever they lie.
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

    /// This sandbox as a machine makes it whose kernel allows no more than a level.
    #[must_use]
    pub fn at_most(self, ceiling: Level) -> Sandbox {
        Sandbox { ceiling: ceiling.min(self.ceiling), strength: OnceLock::new(), ..self }
    }

    /// This sandbox for one of two runs that are to be compared: what earlier runs made does not count.
    #[must_use]
    pub fn for_comparison(self, run: ComparedRun) -> Sandbox {
        Sandbox { compared: Some(run), ..self }
    }

    /// The run that is to be compared, if it is one.
    pub fn compared(&self) -> Option<&ComparedRun> {
        self.compared.as_ref()
    }

    /// How strong it is here.
    pub fn strength(&self) -> &Strength {
        self.strength.get_or_init(|| self.probe())
    }

    /// How strong it is here, before scripts run: told to `report` the first time.
    ///
    /// # Errors
    /// [`ScriptsError::Sandbox`] where it is weaker than what is required.
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

    /// That scripts can run in a root file system of their own: by mounts, or by `chroot` where Landlock keeps it as it is.
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

    /// What was made at a level that is strong enough for this build, the strongest first. How strong the sandbox is here is only tried
    /// out where nothing was made at full level.
    ///
    /// # Errors
    /// Those of `look`.
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

    /// The weakest level that will do.
    fn weakest(&self) -> Level {
        if self.strictness == Strictness::Required { Level::Full } else { self.strength().level }
    }

    /// At which level what is kept now was made. Where nobody had to ask how strong the sandbox is, no script ran: all is as from full level.
    pub fn made_at(&self) -> Level {
        self.strength.get().map_or(Level::Full, |strength| strength.level)
    }

    /// From now on, what scripts make here is for this program alone: one of them changed what others use.
    pub(crate) fn taint(&self) {
        self.tainted.store(true, Ordering::Relaxed);
    }

    /// Whether what scripts make here is for this program alone.
    pub fn is_tainted(&self) -> bool {
        self.tainted.load(Ordering::Relaxed)
    }

    /// Keeps what scripts made here: `record` gets the key for it, made of one that does not know of sandboxes. Where nobody had to ask how
    /// strong the sandbox is, no script ran: all is as from full level.
    ///
    /// # Errors
    /// Those of `record`.
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

    /// Tries how far the kernel goes, from the strongest level down.
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
    /// What was made in an install that scripts changed for each other. Nobody looks for it.
    struct TaintedInputs<'a>: "made in a changed install", rules 1 {
        key: &'a Key,
    }
}

/// The levels, and what is in force at each; the strongest first.
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
    /// What it reaches of the network; with nothing, nobody hears what it asks for.
    pub network: Option<ScriptNetwork<'a>>,
}

impl<'a> Room<'a> {
    /// What it may reach, where that is anything.
    pub fn allowed(&self) -> Option<ScriptNetwork<'a>> {
        self.network.filter(|network| network.allowed)
    }

    /// Whether it has a network of its own.
    pub(crate) fn is_apart(&self) -> bool {
        self.sandbox.strength().features.is_some_and(|features| features.namespaces)
    }

    /// What runs `command` in the room, and the order for it; nothing where scripts are not confined. It may connect to `ports`.
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
