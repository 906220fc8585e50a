//! Which packages, from where, and who may sign them. Comes in: the settings' words, resolved. Goes out: values; nothing is read.

use std::path::PathBuf;

use url::Url;

/// A root file system of Debian's packages; the architecture is the platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebianSpec {
    /// `bookworm`, `trixie`, …; `None` is the first suite of the machine's apt sources.
    pub suite: Option<String>,
    /// Names of packages beyond the smallest set that node needs.
    pub packages: Vec<String>,
    /// The archive to fetch from.
    pub mirror: Option<Url>,
    /// The keys that may sign its Release.
    pub keyring: Option<PathBuf>,
    /// How it is made, beside what it has.
    pub options: DebianOptions,
}

/// How a base of Debian's packages is made, beside what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebianOptions {
    /// The machine's configuration of apt: sources and keys.
    pub apt: PathBuf,
    /// Sources in its place and in that of a base, as sources.list(5) has them; paths of keys start at `root`.
    pub repositories: Vec<String>,
    /// Files of keys that may sign.
    pub keys: Vec<PathBuf>,
    /// See `repositories`.
    pub root: PathBuf,
    /// Whether the archives are asked again, though the store knows a list of packages.
    pub refresh: bool,
    /// The time, in seconds since 1970, that expiry is compared with; `None` compares with the release's own date, so that
    /// nothing expires.
    pub now: Option<i64>,
    /// Whether a release may have expired, as those of snapshots have: as if `now` were `None`. A source of apt's that says
    /// `Check-Valid-Until: no` may always.
    pub allow_expired: bool,
    /// Whether what the packages depend on comes with them.
    pub dependencies: bool,
    /// Whether packages of a base may be replaced by others of the archive, as apt does where what is asked for needs it.
    pub upgrade: bool,
    /// Whether the archive's essential packages come with them, all or none; `None`: those that scripts among the programs call.
    pub essential: Option<bool>,
}

impl Default for DebianOptions {
    fn default() -> Self {
        Self {
            apt: "/etc/apt".into(),
            repositories: Vec::new(),
            keys: Vec::new(),
            root: "/".into(),
            refresh: false,
            now: None,
            allow_expired: false,
            dependencies: true,
            upgrade: true,
            essential: None,
        }
    }
}
