//! The result of a comparison. Data only: no sentences, no configuration keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::kind::FileKind;

/// The result.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    pub theirs: Summary,
    pub ours: Summary,
    /// One row per kind; empty for a Dockerfile, whose files are unknown.
    pub files: Vec<KindRow>,
    pub missing: Missing,
    pub notes: Vec<Note>,
}

impl Comparison {
    /// Uses a start of the new image to judge its port: whether it lives, and whether it ran without listening on any
    /// port. A team's image without a port, together with a new image that opens none, is a worker.
    pub fn judge_port(&mut self, start: Option<(bool, bool)>) {
        let open = self.notes.contains(&Note::NoPort);
        let Some((well, silent)) = start.filter(|(well, silent)| open && (*well || *silent)) else { return };
        self.missing.no_port = silent && !well;
        self.notes.retain(|note| *note != Note::NoPort);
    }

    /// Whether the new image has everything that was found in the team's.
    pub fn is_complete(&self) -> bool {
        self.missing == Missing::default() && !self.notes.iter().any(Note::is_lack)
    }
}

/// How one image runs, and its size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Distribution and version, or the image name in a Dockerfile.
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
    /// Bytes of the layers as transferred.
    pub compressed: Option<u64>,
}

/// A number of files with their size.
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
    /// In both, with different contents; the bytes are those of the team's image.
    pub differ: Amount,
}

/// What the new image lacks, as configuration values.
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
    /// Workspace files with certificates to trust.
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
    /// Relative to the service's folder, if it differs from the location in the workspace.
    pub to: Option<String>,
    pub count: usize,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub theirs: String,
    pub ours: Option<String>,
}

/// A health check. Times are in seconds; `None` leaves them unchanged.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Health {
    /// URL paths, in order.
    pub paths: Vec<String>,
    /// A command, if the check requests no URL.
    pub command: Vec<String>,
    pub interval: Option<f64>,
    pub timeout: Option<f64>,
    pub start_period: Option<f64>,
    pub retries: Option<u32>,
}

// Times of whole nanoseconds are never NaN.
impl Eq for Health {}

/// Further notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "about")]
pub enum Note {
    /// The location of the workspace in the team's image is unknown.
    NoPlace { folder: String },
    /// Files that the team's build produces, and the new image lacks.
    NotInSources { path: String, count: usize },
    /// Machine code that an install script leaves only in the team's image.
    MachineCode { package: String, path: String },
    /// Files of the same names with different contents; the first ones by name.
    OtherContents { kind: FileKind, count: usize, paths: Vec<String> },
    /// A file from a stage or image that was not read.
    FromElsewhere { source: String, to: String },
    /// A file that the new image cannot have at that location.
    OtherPlace { source: String, to: String },
    /// The user of the team's image owns the workspace.
    OwnsAll { folder: String },
    /// It runs as root.
    Root,
    /// A user of the image that cannot be resolved.
    UnknownUser { name: String },
    /// The program that starts the team's image is not in the new one.
    OtherProgram { command: Vec<String>, program: String },
    /// A variable that looks like a secret.
    Secret { name: String },
    /// A file of variables.
    EnvFile { path: String },
    /// A health check of a kind that the new image cannot run.
    OtherHealth { test: Vec<String> },
    /// The team's image declares neither a port nor a health check, and no configuration gives the new one a port.
    NoPort,
    /// A different signal stops it.
    StopSignal { theirs: String, ours: String },
    /// More than one port.
    Ports { ports: BTreeSet<u16> },
    /// Packages that the new image does not need, and why.
    Unneeded { packages: BTreeSet<String>, why: Unneeded },
    /// Packages with names of another distribution.
    OtherDistribution { packages: BTreeSet<String> },
    /// The new image has no package database.
    NoDatabase { packages: BTreeSet<String> },
    /// Another major version of node.
    Node { theirs: String, ours: String },
    /// Build arguments with their default values in the Dockerfile.
    Defaults { arguments: BTreeMap<String, String> },
    /// Variables of a Dockerfile without a value.
    NoValue { names: BTreeSet<String> },
}

/// Why a package is not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unneeded {
    /// Only the health check uses it, and node does that here.
    Health,
    /// It starts the program, which another program does here.
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
