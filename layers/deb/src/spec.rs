//! The specification: which packages, from where, and who may sign them. In: resolved settings. Out: values; nothing is
//! read.

use std::path::PathBuf;

use url::Url;

/// A root file system of Debian's packages; the architecture is the platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebianSpec {
    /// `bookworm`, `trixie`, …; `None` is the first suite of the host's apt sources.
    pub suite: Option<String>,
    /// Names of packages in addition to the smallest set for Node.js.
    pub packages: Vec<String>,
    /// The archive to fetch from.
    pub mirror: Option<Url>,
    /// The keys that may sign its Release.
    pub keyring: Option<PathBuf>,
    /// How it is built.
    pub options: DebianOptions,
}

/// How a base of Debian packages is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebianOptions {
    /// The host's apt configuration: sources and keys.
    pub apt: PathBuf,
    /// Sources that replace the host's and the base's, in the form of sources.list(5). Paths of keys are relative to
    /// `root`.
    pub repositories: Vec<String>,
    /// Files of keys that may sign.
    pub keys: Vec<PathBuf>,
    /// The base of relative paths in `repositories`.
    pub root: PathBuf,
    /// Whether the archives are queried again although the store has a list of packages.
    pub refresh: bool,
    /// The time in seconds since 1970 for checking expiry; `None` uses the release's own date, so that nothing expires.
    pub now: Option<i64>,
    /// Whether an expired release is accepted, as for snapshots: the same as `now` = `None`. An apt source with
    /// `Check-Valid-Until: no` is always accepted.
    pub allow_expired: bool,
    /// Whether the packages' dependencies are included.
    pub dependencies: bool,
    /// Whether packages of a base may be replaced with the archive's, as in apt, if a requested package needs it.
    pub upgrade: bool,
    /// Whether the archive's essential packages are included, all or none; `None`: those that scripts among the
    /// programs call.
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
