//! `[base]` of `fourply.toml`: what a base is made from, and what is added to it.

use schemars::JsonSchema;
use serde::Deserialize;

/// The base where nothing names one.
pub(crate) const DEFAULT_BASE: &str = "docker.io/library/node:22-alpine";

/// `[base]`: exactly one of `image`, `rootfs`, `debian` and `alpine`, or none for the default image; and what is put on it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseConfig {
    /// A reference in a registry, or `oci:DIR`, `oci-archive:FILE`, `docker-archive:FILE`.
    pub image: Option<String>,
    /// A root file system's tarball.
    pub rootfs: Option<RootfsConfig>,
    /// A root file system composed from Debian packages.
    pub debian: Option<DebianConfig>,
    /// A root file system composed from Alpine packages.
    pub alpine: Option<AlpineConfig>,
    /// Packages added to it, in the words of its own package manager.
    #[serde(default)]
    pub packages: Vec<String>,
    /// A version of npm's `node`, added to it: `22`, `20.20.2`. The base has to have glibc.
    pub node: Option<String>,
    /// Where packages come from, if not from where the base says: in the words of its own package manager, lines as in
    /// /etc/apk/repositories or sources.list(5).
    #[serde(default)]
    pub repositories: Vec<String>,
    /// Files or folders of keys that may sign: beside those that the base trusts for apk, in the place of those that its sources name
    /// for apt.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Packages whose scripts nobody misses. With a list, even an empty one, scripts of others that are not understood are an error;
    /// without one, a warning.
    pub accept_scripts: Option<Vec<String>>,
    /// Whether packages of the base may be replaced where what is added needs it; true without it.
    pub upgrade: Option<bool>,
    /// Whether Debian's essential packages come with others: all or none. Without it, those that scripts among the programs call.
    pub essential: Option<bool>,
    /// Groups added to it: `data:2000`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Users added to it beside the image's own: `app:1002` or `app:1002:data:2000`.
    #[serde(default)]
    pub users: Vec<String>,
    /// Folders made in it.
    #[serde(default)]
    pub folders: Vec<FolderConfig>,
    /// Files of certificates in PEM that its programs are to trust.
    #[serde(default)]
    pub certificates: Vec<String>,
}

/// What `[base]` makes the base from. `Config::parse` refuses a file that names two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BaseSource<'c> {
    /// The file names no source.
    Default,
    /// `image`.
    Image(&'c str),
    /// `rootfs`.
    Rootfs(&'c RootfsConfig),
    /// `debian`.
    Debian(&'c DebianConfig),
    /// `alpine`.
    Alpine(&'c AlpineConfig),
}

impl BaseSource<'_> {
    /// The key of `[base]` that names it.
    fn key(&self) -> &'static str {
        match self {
            Self::Default => "no key",
            Self::Image(_) => "image",
            Self::Rootfs(_) => "rootfs",
            Self::Debian(_) => "debian",
            Self::Alpine(_) => "alpine",
        }
    }
}

/// `[base] folders = [{ path = "/data", owner = "nodejs", mode = "0750" }]`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    /// Absolute.
    pub path: String,
    /// `user` or `user:group`, by name or number; root without it.
    pub owner: Option<String>,
    /// In octal digits; 0755 without it.
    pub mode: Option<String>,
}

/// `[base] alpine = { … }`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlpineConfig {
    /// The release, `v3.22` or `edge`; only with `mirror`.
    pub release: Option<String>,
    /// Packages added to the smallest set (folders, a shell, certificates), with what they depend on.
    #[serde(default)]
    pub packages: Vec<String>,
    /// The mirror's URL: the folder above those named after releases.
    pub mirror: Option<String>,
    /// In the mirror's place: URLs or folders of repositories, as in /etc/apk/repositories, perhaps with a tag.
    #[serde(default)]
    pub repositories: Vec<String>,
    /// Files or folders of public keys that may sign. Without them: those of the machine's /etc/apk/keys.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// `[base] rootfs = { file = "…", sha256 = "…" }`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RootfsConfig {
    /// A path (from the workspace's root) or a URL of a `.tar`, `.tar.gz`, `.tar.xz` or `.tar.zst`.
    pub file: String,
    /// The SHA-256 of that file, 64 hexadecimal digits.
    pub sha256: String,
}

/// `[base] debian = { … }`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DebianConfig {
    /// The suite's code name, such as `bookworm`. Without it: the one of the machine's apt sources.
    pub suite: Option<String>,
    /// The archive's URL. Without it: the one of the machine's apt sources.
    pub mirror: Option<String>,
    /// In the mirror's place: sources as in sources.list(5), all of which are taken.
    #[serde(default)]
    pub repositories: Vec<String>,
    /// The keys that may sign the archive. Without it: those that the machine's apt sources name.
    pub keyring: Option<String>,
    /// Packages added to the smallest set (what node needs, the CA bundle, tini), with what they depend on.
    pub packages: Option<Vec<String>>,
    /// The version of npm's `node` package for the platform, such as `20.20.2`.
    pub node: Option<String>,
}

impl BaseConfig {
    /// The keys of all sources that the file names: at most one is valid.
    pub(super) fn named_sources(&self) -> Vec<&'static str> {
        self.sources().iter().map(BaseSource::key).collect()
    }

    /// The source that the file names; [`BaseSource::Default`] if it names none.
    pub fn source(&self) -> BaseSource<'_> {
        self.sources().into_iter().next().unwrap_or(BaseSource::Default)
    }

    fn sources(&self) -> Vec<BaseSource<'_>> {
        // Every field stands here, so that the key of a new source does not compile until it is listed.
        let Self {
            image,
            rootfs,
            debian,
            alpine,
            packages: _,
            node: _,
            repositories: _,
            keys: _,
            accept_scripts: _,
            upgrade: _,
            essential: _,
            groups: _,
            users: _,
            folders: _,
            certificates: _,
        } = self;
        let sources = [
            image.as_deref().map(BaseSource::Image),
            rootfs.as_ref().map(BaseSource::Rootfs),
            debian.as_ref().map(BaseSource::Debian),
            alpine.as_ref().map(BaseSource::Alpine),
        ];
        sources.into_iter().flatten().collect()
    }
}
