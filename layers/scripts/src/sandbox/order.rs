//! What the program and its sandbox stages say to each other: one JSON text in, one line out. Types alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Ended;

/// What a stage confines, and what it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub features: Features,
    pub view: View,
    pub reach: Reach,
    /// Nothing where it is only tried how far the kernel goes.
    pub command: Option<CommandLine>,
}

/// What it reaches of the network. A script with namespaces has a network of its own; the sockets of that are handed to the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reach {
    /// Where it asks for addresses of names.
    pub names: bool,
    /// Ports that it may connect to: of its own network, where they are handed to the program and are there for every address; else of this
    /// machine.
    pub ports: Vec<u16>,
}

/// Which parts of the sandbox are used. Filters of system calls always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Features {
    pub namespaces: bool,
    /// `/proc` is one of the sandbox's own.
    pub own_proc: bool,
    pub landlock: bool,
}

/// What a script may open. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// A folder with the root file system that is there in the place of the machine's.
    pub root: Option<PathBuf>,
    /// Folders that scripts may change.
    pub write: Vec<PathBuf>,
    /// Folders that they may read, besides the system's.
    pub read: Vec<PathBuf>,
    /// Folders in those of `write` that scripts must not change. Only a sandbox with mounts of its own sees to that.
    pub kept: Vec<PathBuf>,
    /// Folders that they must not see where they lie in one of the system's.
    pub hidden: Vec<PathBuf>,
    /// HOME, for the account of the script.
    pub home: PathBuf,
    /// The folder for temporary files.
    pub tmp: PathBuf,
}

/// A command of the shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandLine {
    pub text: String,
    pub folder: PathBuf,
    pub environment: BTreeMap<String, OsString>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reply {
    /// All that was asked for is in force.
    Ready,
    Status(i32),
    Signal(i32),
    /// The sandbox could not be made.
    Failed {
        /// The step, as users read it.
        step: String,
        /// The kernel's answer.
        error: String,
    },
}

impl Reply {
    pub(super) fn of(ended: Ended) -> Reply {
        match ended {
            Ended::Status(status) => Reply::Status(status),
            Ended::Signal(signal) => Reply::Signal(signal),
        }
    }
}

/// What could not be done, and the kernel's answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub step: String,
    pub error: String,
}

impl Failure {
    pub(super) fn new(step: impl Into<String>, error: &dyn Display) -> Failure {
        Failure { step: step.into(), error: error.to_string() }
    }
}

impl From<Failure> for Reply {
    fn from(Failure { step, error }: Failure) -> Reply {
        Reply::Failed { step, error }
    }
}
