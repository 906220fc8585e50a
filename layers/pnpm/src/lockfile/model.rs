//! The shapes of a lockfile, in the form of version 9.0. Types only.

use std::collections::BTreeMap;

use fourply_blob::{Feed, KeyValue};
use serde::Deserialize;

use crate::{DepPath, ImporterId};

/// The project's part of a pnpm-lock.yaml, in the shapes of version 9.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Lockfile {
    /// The format that the file was written in.
    pub format: LockfileFormat,
    /// Settings of the resolution.
    pub settings: LockfileSettings,
    /// Catalogs that an importer uses: catalog name → alias → specifier.
    pub catalogs: BTreeMap<String, BTreeMap<String, String>>,
    /// Overrides, already applied everywhere else in the file.
    pub overrides: BTreeMap<String, String>,
    /// Checksum of `packageExtensions`.
    pub package_extensions_checksum: Option<String>,
    /// Checksum of the pnpmfile, whose hooks were already applied.
    pub pnpmfile_checksum: Option<String>,
    /// `name` or `name@version` → its patch.
    pub patched_dependencies: BTreeMap<String, PatchEntry>,
    /// Names of optional dependencies that are left out.
    pub ignored_optional_dependencies: Vec<String>,
    pub importers: BTreeMap<ImporterId, Importer>,
    /// `name@version` → the package's data before peers and patches.
    pub packages: BTreeMap<String, PackageInfo>,
    /// Each variant of a package that is installed somewhere.
    pub snapshots: BTreeMap<DepPath, Snapshot>,
}

/// The version of the format that a file was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockfileFormat {
    /// 6.0 and 6.1: pnpm 8.
    V6,
    /// 9.0: pnpm 9 to 12.
    V9,
}

/// `settings` of the lockfile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LockfileSettings {
    /// Missing peers of importers are installed.
    pub auto_install_peers: Option<bool>,
    /// `link:` dependencies are not listed in importers.
    pub exclude_links_from_lockfile: Option<bool>,
    /// Workspace packages are injected.
    pub inject_workspace_packages: Option<bool>,
    /// Peers are taken from the workspace's own packages if these have them.
    pub dedupe_peers: Option<bool>,
    /// The longest suffix of peers; a longer one becomes a hash.
    pub peers_suffix_max_length: Option<u64>,
}

/// One package of the workspace in the lockfile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Importer {
    /// `dependencies`: alias → entry.
    pub dependencies: BTreeMap<String, ImporterDependency>,
    pub dev_dependencies: BTreeMap<String, ImporterDependency>,
    pub optional_dependencies: BTreeMap<String, ImporterDependency>,
    pub dependencies_meta: Option<serde_json::Value>,
    /// `publishConfig.directory`, if links lead to it.
    pub publish_directory: Option<String>,
}

/// A dependency of an importer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImporterDependency {
    /// The specifier in package.json when the file was written.
    pub specifier: String,
    /// The reference: a version with suffix, a dep path, `link:…` relative to the importer, `file:…`.
    pub version: String,
}

/// A patch of `patchedDependencies`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchEntry {
    /// Its hash, in the style of the pnpm that wrote the lockfile (`PatchHash`).
    pub hash: String,
    /// Its path relative to the lockfile. Newer lockfiles leave it to the settings (`PatchEntryForm`).
    pub path: Option<String>,
}

/// An entry of `packages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageInfo {
    /// Where its files come from.
    pub resolution: Resolution,
    /// Its name, if the key does not contain it.
    pub name: Option<String>,
    /// Its version, if the key does not contain it.
    pub version: Option<String>,
    pub engines_node: Option<String>,
    /// `os`; `None` allows any.
    pub os: Option<Vec<String>>,
    pub cpu: Option<Vec<String>>,
    pub libc: Option<Vec<String>>,
    pub has_bin: bool,
    /// The packages that its archive contains in its own node_modules.
    pub bundled: Bundled,
    /// Whether it has install scripts; only in files of 6.0.
    pub requires_build: Option<bool>,
    /// `peerDependencies` by name.
    pub peers: Vec<String>,
    /// The required peers, by name.
    pub required_peers: Vec<String>,
    /// The optional peers, by name.
    pub optional_peers: Vec<String>,
}

/// `bundledDependencies`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Bundled {
    #[default]
    None,
    All,
    /// The packages with these names.
    Names(Vec<String>),
}

/// Where the files of a package come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The registry's tarball under its usual URL.
    Registry {
        /// Subresource integrity.
        integrity: String,
    },
    /// A tarball under a URL, or `file:` a path relative to the lockfile.
    Tarball {
        /// `https://…` or `file:…`.
        url: String,
        /// Subresource integrity; for some git hosts pnpm records none.
        integrity: Option<String>,
        /// The package's folder in the tarball.
        path: Option<String>,
        /// The tarball is a git host's archive: pnpm prepares the package before it packs it.
        git_hosted: bool,
    },
    /// A folder of the workspace, relative to the lockfile.
    Directory { path: String },
    /// A commit of a git repository.
    Git {
        repo: String,
        commit: String,
        /// The package's folder in the repository.
        path: Option<String>,
    },
    /// One archive of a program, as `runtime:` dependencies have it.
    Binary {
        url: String,
        /// Subresource integrity.
        integrity: String,
    },
    /// One of several, depending on the platform.
    Variations(Vec<Variant>),
    /// An unknown kind.
    Unknown {
        /// The value of `type`.
        kind: String,
    },
}

impl KeyValue for Resolution {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            Resolution::Registry { integrity } => ("registry", integrity).feed(feed),
            Resolution::Tarball { url, integrity, path, git_hosted } => {
                ("tarball", (url, integrity), (path, git_hosted)).feed(feed);
            }
            Resolution::Directory { path } => ("directory", path).feed(feed),
            Resolution::Git { repo, commit, path } => ("git", (repo, commit), path).feed(feed),
            Resolution::Binary { url, integrity } => ("binary", url, integrity).feed(feed),
            Resolution::Variations(variants) => ("variations", variants).feed(feed),
            Resolution::Unknown { kind } => ("unknown", kind).feed(feed),
        }
    }
}

/// One of the variations of a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The resolution for these platforms.
    pub resolution: Resolution,
    /// (os, cpu, libc) of each platform.
    pub targets: Vec<(String, String, Option<String>)>,
}

fourply_blob::key_value!(Variant { resolution, targets });

/// An entry of `snapshots`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// alias → reference.
    pub dependencies: BTreeMap<String, String>,
    /// alias → reference.
    pub optional_dependencies: BTreeMap<String, String>,
    /// Peers of its dependencies that it does not provide, by name.
    pub transitive_peers: Vec<String>,
    /// Only optional dependencies lead to it.
    pub optional: bool,
}
