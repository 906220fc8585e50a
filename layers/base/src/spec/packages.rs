//! Bases of packages: which packages, from where, and who may sign them.

use std::path::PathBuf;

use url::Url;

/// A base from Alpine's packages; the architecture is the platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlpineSpec {
    /// `v3.22`, `edge`: the mirror's folder; not needed where repositories are named.
    pub release: Option<String>,
    /// What is asked for beyond the smallest set, as in apk's world: `tini`, `nodejs~22`, `foo@edge`.
    pub packages: Vec<String>,
    /// The mirror, whose `main` and `community` of the release are taken where no repositories are named.
    pub mirror: Option<Url>,
    /// Where packages come from, and who may sign them.
    pub sources: ApkSources,
}

/// Where packages come from, and who may sign them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApkSources {
    /// This machine's configuration of apk, which is asked last: keys and repositories, where it is a machine with Alpine.
    pub apk: PathBuf,
    /// Lines as `/etc/apk/repositories` has them: URLs or paths, perhaps with a tag.
    pub repositories: Vec<String>,
    /// Files of public keys, or folders of such.
    pub keys: Vec<PathBuf>,
    /// The folder that relative paths of repositories start at.
    pub root: PathBuf,
    /// Whether the repositories are asked again, though the store knows a list of packages.
    pub refresh: bool,
}

impl Default for ApkSources {
    fn default() -> Self {
        Self {
            apk: "/etc/apk".into(),
            repositories: Vec::new(),
            keys: Vec::new(),
            root: PathBuf::default(),
            refresh: false,
        }
    }
}

/// A base from Debian's packages; the architecture is the platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DebianSpec {
    /// `bookworm`, `trixie`, …; `None` is the first suite of the machine's apt sources.
    pub suite: Option<String>,
    /// Names of packages beyond the smallest set that node needs.
    pub packages: Vec<String>,
    /// A version, range or tag of npm's node (`22`, `20.20.2`); `None` adds no node.
    pub node: Option<String>,
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
        }
    }
}
