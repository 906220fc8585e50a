//! What is tried, and what became of it: what the program and its stages say to each other. Types alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::order::{Failure, Features};
use crate::Ended;

/// A program, and all that it finds. Paths but `root` and `scratch` are the root file system's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The folder that holds the root file system.
    pub root: PathBuf,
    /// An empty folder, where what is in memory is mounted.
    pub scratch: PathBuf,
    /// The program with its arguments; it is looked for in `PATH` of `environment`.
    pub program: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Where it starts; made where it is not there, as container engines do.
    pub folder: String,
    pub uid: u32,
    pub gid: u32,
    /// The machine's network, in place of one with a loopback interface alone.
    pub network: bool,
    /// Folders in memory that are empty.
    pub memory: Vec<String>,
    /// Folders that the program may change; what it changes is in memory.
    pub writable: Vec<String>,
    /// Files of the root are others' too: where changes cannot be in memory, the trial fails at [`OVERLAY`].
    pub shared: bool,
    /// All of the root file system may be changed.
    pub all_writable: bool,
    pub health: Option<HealthTest>,
    /// Where it is expected to listen; nothing where that does not matter, or cannot be told, as on the machine's network.
    pub listens: Option<Listens>,
    /// Until when its health has to be well; without a test, how long it has to run.
    pub patience: Duration,
    /// The signal that asks it to end, and how long that may take.
    pub stop_signal: i32,
    pub grace: Duration,
    pub limits: Limits,
}

/// The step that fails where the kernel has no overlays in user namespaces (before Linux 5.11).
pub const OVERLAY: &str = "keep changes of the image in memory";

/// Where a program is expected to listen. A trial ends early once it is sure that it never will: it does not work, waits for no answer, and none of the
/// ports is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listens {
    /// Any of them will do. Tests of health with a known question wait for one.
    pub ports: Vec<u16>,
    /// How long it has to be quiet while it listens on other ports, and while on none.
    pub elsewhere: Duration,
    pub nowhere: Duration,
}

/// A command that ends with 0 once the program is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthTest {
    pub command: Vec<String>,
    /// From the end of one test to the next.
    pub interval: Duration,
    /// How long one may take.
    pub timeout: Duration,
    /// What the command asks, where that is known: asked once more where no test was well, to tell the answer.
    pub asks: Option<Question>,
}

/// What a test of health asks over HTTP: each path in turn, as long as the answer is 404.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub port: u16,
    pub paths: Vec<String>,
}

/// What was asked last, and the status of the answer; none where none came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub path: String,
    pub status: Option<u16>,
}

/// What all processes together may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes.
    pub memory: u64,
    /// Bytes of what is written in memory.
    pub files: u64,
    pub processes: u32,
}

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialReport {
    pub end: TrialEnd,
    /// From its start until it was known.
    pub took: Duration,
    /// How many tests of its health were made, and how the last one that failed ended.
    pub tests: u32,
    pub last_test: Option<(CheckEnd, String)>,
    /// What it answered to the question of its tests, where it was reached: after one was well, or when its time was over.
    pub asked: Option<Asked>,
    /// `None` on the machine's network.
    pub connections: Option<Connections>,
    /// Connections that were refused while tests ran: theirs or the program's.
    pub refused_meanwhile: u64,
    /// The ports that it listened on when it was known.
    pub ports: Vec<u16>,
    /// Those of them that no address but loopback's has.
    pub loopback: Vec<u16>,
    /// It still ran when its time to end was over.
    pub ignored_stop: bool,
    /// The signal to stop ended it, because it has no handler of its own: process 1 of a container would have gone on.
    pub stopped_by_default: bool,
    /// Processes that outlived it.
    pub left: u32,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrialEnd {
    /// A test of its health was well.
    Healthy,
    /// There is no test, and it ran until its time was over.
    Alive,
    /// It ran until its time was over, and no test was well.
    Unhealthy,
    Status(i32),
    Signal(i32),
    NotStarted(NotStarted),
    TooMuchMemory,
    TooManyProcesses,
}

/// Why a program could not be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotStarted {
    /// Its folder cannot be entered: the kernel's number, and its words.
    Folder(i32, String),
    Program(i32, String),
}

/// How a test of health ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckEnd {
    Status(i32),
    Signal(i32),
    TimedOut,
    NotStarted(String),
}

/// What a program did with its network. Connections that were refused while a test of its health ran are left out; nobody knows whose they were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// TCP connections that it tried to make.
    pub tried: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Packets for places to which no way leads.
    pub without_route: u64,
    /// Datagrams to ports that nobody listens on: questions for names of hosts are such.
    pub unanswered: u64,
}

impl Connections {
    /// Whether anything was asked for that is not there.
    pub fn failed(&self) -> bool {
        self.refused + self.without_route + self.unanswered > 0
    }
}

impl TrialReport {
    /// The same, where all connections are known to be the program's.
    pub fn without_tests(&self, connections: Option<Connections>) -> TrialReport {
        TrialReport { connections, refused_meanwhile: 0, ..self.clone() }
    }
}

impl TrialEnd {
    pub(super) fn of(ended: Ended) -> TrialEnd {
        match ended {
            Ended::Status(status) => TrialEnd::Status(status),
            Ended::Signal(signal) => TrialEnd::Signal(signal),
        }
    }
}

/// What the stages are told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct TrialOrder {
    pub features: Features,
    pub trial: Trial,
}

/// What they answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) enum TrialReply {
    Report(TrialReport),
    Failed { step: String, error: String },
}

impl From<Failure> for TrialReply {
    fn from(Failure { step, error }: Failure) -> TrialReply {
        TrialReply::Failed { step, error }
    }
}
