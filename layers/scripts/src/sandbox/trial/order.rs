//! The inputs and the result of a trial: the messages between the program and its stages. Types only.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::order::{Failure, Features};
use crate::Ended;

/// A program and its environment. Paths other than `root` and `scratch` are inside the root file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// The folder of the root file system.
    pub root: PathBuf,
    /// An empty folder, where file systems in memory are mounted.
    pub scratch: PathBuf,
    /// The program with its arguments; searched in `PATH` of `environment`.
    pub program: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Its start folder; created if missing, as by container engines.
    pub folder: String,
    pub uid: u32,
    pub gid: u32,
    /// The host's network, instead of one with only a loopback interface.
    pub network: bool,
    /// Empty folders in memory.
    pub memory: Vec<String>,
    /// Folders that the program may change; the changes are in memory.
    pub writable: Vec<String>,
    /// The root's files are shared: if changes cannot be in memory, the trial fails at [`OVERLAY`].
    pub shared: bool,
    /// The whole root file system may be changed.
    pub all_writable: bool,
    pub health: Option<HealthTest>,
    /// Where it should listen; `None` if that does not matter, or cannot be determined, as on the host's network.
    pub listens: Option<Listens>,
    /// How long its health check may take to pass; without a check, how long it must run.
    pub patience: Duration,
    /// The stop signal, and how long stopping may take.
    pub stop_signal: i32,
    pub grace: Duration,
    pub limits: Limits,
}

/// The step that fails if the kernel has no overlays in user namespaces (before Linux 5.11).
pub const OVERLAY: &str = "keep changes of the image in memory";

/// Where a program should listen. A trial ends early once it is clear that the program never will: it is idle, waits
/// for no answer, and none of the ports is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listens {
    /// Any of them suffices. Health checks with a known request wait for one.
    pub ports: Vec<u16>,
    /// How long it must be idle while it listens on other ports, or on none.
    pub elsewhere: Duration,
    pub nowhere: Duration,
}

/// A command that ends with 0 once the program is healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthTest {
    pub command: Vec<String>,
    /// The pause between two checks.
    pub interval: Duration,
    /// The timeout of one check.
    pub timeout: Duration,
    /// The command's request, if known: it is repeated if no check passed, to report the response.
    pub asks: Option<Question>,
}

/// The HTTP request of a health check: each path in turn, while the response is 404.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub port: u16,
    pub paths: Vec<String>,
}

/// The last request, and the status of the response; `None` without a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub path: String,
    pub status: Option<u16>,
}

/// Limits on all processes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// In bytes.
    pub memory: u64,
    /// The bytes of files in memory.
    pub files: u64,
    pub processes: u32,
}

/// The result of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialReport {
    pub end: TrialEnd,
    /// The time from its start to the result.
    pub took: Duration,
    /// The number of health checks, and how the last failed one ended.
    pub tests: u32,
    pub last_test: Option<(CheckEnd, String)>,
    /// The response to the request of its checks, if it was reachable: after a check passed, or at the end of its time.
    pub asked: Option<Asked>,
    /// `None` on the host's network.
    pub connections: Option<Connections>,
    /// Connections refused during health checks: the checks' own or the program's.
    pub refused_meanwhile: u64,
    /// The ports on which it listened at the end.
    pub ports: Vec<u16>,
    /// Those of them that only loopback addresses have.
    pub loopback: Vec<u16>,
    /// It still ran when its time to stop was over.
    pub ignored_stop: bool,
    /// The stop signal ended it because it has no handler: process 1 of a container would have continued.
    pub stopped_by_default: bool,
    /// Processes that outlived it.
    pub left: u32,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrialEnd {
    /// A health check passed.
    Healthy,
    /// There is no health check, and it ran until its time was over.
    Alive,
    /// It ran until its time was over, and no health check passed.
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
    /// Its folder cannot be entered: the kernel's error number and text.
    Folder(i32, String),
    Program(i32, String),
}

/// How a health check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckEnd {
    Status(i32),
    Signal(i32),
    TimedOut,
    NotStarted(String),
}

/// A program's use of the network. Connections refused during a health check are left out, because their origin is
/// unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// Attempted TCP connections.
    pub tried: u64,
    /// Refused connections.
    pub refused: u64,
    /// Packets without a route.
    pub without_route: u64,
    /// Datagrams to ports without a listener, such as DNS queries.
    pub unanswered: u64,
}

impl Connections {
    /// Whether anything requested was unavailable.
    pub fn failed(&self) -> bool {
        self.refused + self.without_route + self.unanswered > 0
    }
}

impl TrialReport {
    /// The same, if all connections are known to be the program's.
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

/// The order for the stages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct TrialOrder {
    pub features: Features,
    pub trial: Trial,
}

/// Their reply.
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
