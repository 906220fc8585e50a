//! The messages between the program and its sandbox stages: one JSON text in, one line out. Types only.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Ended;

/// What a stage confines and runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub features: Features,
    pub view: View,
    pub reach: Reach,
    /// `None` if only the kernel's support is probed.
    pub command: Option<CommandLine>,
}

/// Network access. A script with namespaces has its own network, whose sockets are passed to the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reach {
    /// Whether it may send DNS queries.
    pub names: bool,
    /// Ports that it may connect to. In its own network, they are passed to the program and exist for every address;
    /// otherwise they are this host's.
    pub ports: Vec<u16>,
}

/// The features of the sandbox. System call filters are always active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Features {
    pub namespaces: bool,
    /// `/proc` is mounted for the sandbox.
    pub own_proc: bool,
    pub landlock: bool,
}

/// The files that a script may open. Paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// A folder with the root file system that replaces the host's.
    pub root: Option<PathBuf>,
    /// Folders that scripts may change.
    pub write: Vec<PathBuf>,
    /// Folders that they may read, in addition to the system's.
    pub read: Vec<PathBuf>,
    /// Folders inside those of `write` that scripts must not change. Only a sandbox with its own mounts enforces this.
    pub kept: Vec<PathBuf>,
    /// Folders that they must not see, if they are inside one of the system's.
    pub hidden: Vec<PathBuf>,
    /// HOME, also in the script's account.
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

/// The result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The sandbox is active.
    Ready,
    Status(i32),
    Signal(i32),
    /// The sandbox could not be created.
    Failed {
        /// The step, as shown to users.
        step: String,
        /// The kernel's error.
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

/// A failed step, with the kernel's error.
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
