//! Which packages, from where, and who may sign them. Comes in: the settings' words, resolved. Goes out: values; nothing is read.

use std::path::PathBuf;

use url::Url;

/// A root file system of Alpine's packages; the architecture is the platform's.
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
    /// Whether packages of a base may be replaced by others, or removed, as apk does where what is asked for needs it.
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
