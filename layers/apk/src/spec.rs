//! The specification: which packages, from where, and who may sign them. In: resolved settings. Out: values; nothing is
//! read.

use std::path::PathBuf;

use url::Url;

/// A root file system of Alpine's packages; the architecture is the platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlpineSpec {
    /// `v3.22`, `edge`: the mirror's folder; not needed if repositories are configured.
    pub release: Option<String>,
    /// Requests in addition to the smallest set, in the form of apk's world: `tini`, `nodejs~22`, `foo@edge`.
    pub packages: Vec<String>,
    /// The mirror, whose `main` and `community` of the release are used if no repositories are configured.
    pub mirror: Option<Url>,
    /// Where packages come from, and who may sign them.
    pub sources: ApkSources,
}

/// Where packages come from, and who may sign them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApkSources {
    /// This host's apk configuration, which is used last: keys and repositories, if it is an Alpine host.
    pub apk: PathBuf,
    /// Lines in the form of `/etc/apk/repositories`: URLs or paths, possibly with a tag.
    pub repositories: Vec<String>,
    /// Files of public keys, or folders with such files.
    pub keys: Vec<PathBuf>,
    /// The base of relative repository paths.
    pub root: PathBuf,
    /// Whether the repositories are queried again although the store has a list of packages.
    pub refresh: bool,
    /// Whether packages of a base may be replaced or removed, as in apk, if a requested package needs it.
    pub upgrade: bool,
}

impl Default for ApkSources {
    fn default() -> Self {
        Self {
            apk: "/etc/apk".into(),
            repositories: Vec::new(),
            keys: Vec::new(),
            root: PathBuf::default(),
            refresh: false,
            upgrade: true,
        }
    }
}
