//! The result of a comparison. Data alone: no sentence, no name of a key.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::kind::FileKind;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    pub theirs: Summary,
    pub ours: Summary,
    /// One for each kind; empty for a Dockerfile, whose files nobody knows.
    pub files: Vec<KindRow>,
    pub missing: Missing,
    pub notes: Vec<Note>,
}

impl Comparison {
    /// What a start of the new image says of its port: whether it lives, and whether it ran and listened on none. One that says nothing of a port and
    /// that the new image does not open is a worker.
    pub fn judge_port(&mut self, start: Option<(bool, bool)>) {
        let open = self.notes.contains(&Note::NoPort);
        let Some((well, silent)) = start.filter(|(well, silent)| open && (*well || *silent)) else { return };
        self.missing.no_port = silent && !well;
        self.notes.retain(|note| *note != Note::NoPort);
    }

    /// Whether the new image has all that was found in the team's.
    pub fn is_complete(&self) -> bool {
        self.missing == Missing::default() && !self.notes.iter().any(Note::is_lack)
    }
}

/// How one image is run, and what it weighs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Distribution and version, or the name of a Dockerfile's image.
    pub base: String,
    pub node: Option<String>,
    pub user: String,
    pub folder: String,
    pub command: Vec<String>,
    pub ports: BTreeSet<u16>,
    /// The words of the health check.
    pub health: Vec<String>,
    /// Bytes of all files.
    pub unpacked: Option<u64>,
    /// Bytes of the layers as they are moved.
    pub compressed: Option<u64>,
}

/// Some files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    pub count: usize,
    pub bytes: u64,
}

impl Amount {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// The files of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindRow {
    pub kind: FileKind,
    pub theirs: Amount,
    pub ours: Amount,
    pub only_theirs: Amount,
    pub only_ours: Amount,
    /// In both, with other contents; the bytes are the team's.
    pub differ: Amount,
}

/// What the new image lacks, as values for a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub files: Vec<FileEntry>,
    /// Relative to the service's folder, or absolute.
    pub writable: BTreeSet<String>,
    pub env: BTreeMap<String, Difference>,
    /// Packages of the distribution.
    pub packages: BTreeSet<String>,
    pub port: Option<u16>,
    /// It listens on no port.
    pub no_port: bool,
    pub labels: BTreeMap<String, String>,
    /// Files of the workspace that hold certificates to trust.
    pub certificates: BTreeSet<String>,
    pub health: Option<Health>,
    /// `name:number`, a name or a number.
    pub user: Option<String>,
    pub cmd: Option<Vec<String>>,
}

/// A file or folder of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Relative to the workspace's root.
    pub from: String,
    /// Relative to the service's folder, if it is not where it lies in the workspace.
    pub to: Option<String>,
    pub count: usize,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub theirs: String,
    pub ours: Option<String>,
}

/// A health check. Times are seconds; absent ones are as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Health {
    /// Of URLs, in their order.
    pub paths: Vec<String>,
    /// A command, where it asks for no URL.
    pub command: Vec<String>,
    pub interval: Option<f64>,
    pub timeout: Option<f64>,
    pub start_period: Option<f64>,
    pub retries: Option<u32>,
}

// Times of whole nanoseconds are never NaN.
impl Eq for Health {}

/// What else is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "about")]
pub enum Note {
    /// Nobody can tell where the workspace lies in the team's image.
    NoPlace { folder: String },
    /// Files that the team's build makes, and the new image does not have.
    NotInSources { path: String, count: usize },
    /// Machine code that an install script leaves in the team's image alone.
    MachineCode { package: String, path: String },
    /// Files of the same names that hold something else; the first ones by name.
    OtherContents { kind: FileKind, count: usize, paths: Vec<String> },
    /// A file that comes from a stage or image which nobody looked at.
    FromElsewhere { source: String, to: String },
    /// A file that the new image can have at no such place.
    OtherPlace { source: String, to: String },
    /// The user of the team's image owns the workspace.
    OwnsAll { folder: String },
    /// It runs as root.
    Root,
    /// A user of the image that nobody can resolve.
    UnknownUser { name: String },
    /// The program that starts the team's image is not in the new one.
    OtherProgram { command: Vec<String>, program: String },
    /// A variable that looks like a secret.
    Secret { name: String },
    /// A file of variables.
    EnvFile { path: String },
    /// A health check that asks in a way which the new image cannot.
    OtherHealth { test: Vec<String> },
    /// The team's image names neither a port nor a health check, and nobody says that the new one has a port.
    NoPort,
    /// Another signal stops it.
    StopSignal { theirs: String, ours: String },
    /// More ports than one.
    Ports { ports: BTreeSet<u16> },
    /// Packages that the new image needs no more, and why.
    Unneeded { packages: BTreeSet<String>, why: Unneeded },
    /// Packages under names of another distribution.
    OtherDistribution { packages: BTreeSet<String> },
    /// The new image has no database of packages.
    NoDatabase { packages: BTreeSet<String> },
    /// Another major version of node.
    Node { theirs: String, ours: String },
    /// Build arguments with the values that the Dockerfile has for them.
    Defaults { arguments: BTreeMap<String, String> },
    /// Variables of a Dockerfile without a value.
    NoValue { names: BTreeSet<String> },
}

/// Why a package is not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unneeded {
    /// Only the health check asks with it, and node does.
    Health,
    /// It starts the program, and another does.
    Init,
    /// It compiles.
    Toolchain,
}

impl Note {
    /// Whether the new image lacks something.
    pub fn is_lack(&self) -> bool {
        matches!(
            self,
            Note::NoPlace { .. }
                | Note::NotInSources { .. }
                | Note::MachineCode { .. }
                | Note::OtherPlace { .. }
                | Note::NoDatabase { .. }
        )
    }
}
