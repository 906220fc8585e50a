//! package.json as far as anyone asks. Text in, `Manifest` out.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// One of the dependency lists of a package.json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// `dependencies`.
    Production,
    /// `devDependencies`.
    Development,
    /// `optionalDependencies`.
    Optional,
}

/// A package.json. Fields of a wrong type count as absent, as they do for pnpm; `raw` has everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The folder that holds it.
    pub dir: PathBuf,
    /// `name`.
    pub name: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `scripts`.
    pub scripts: BTreeMap<String, String>,
    /// `main`.
    pub main: Option<String>,
    /// `bin`: command → path. A string stands under the package's name without its scope.
    pub bin: BTreeMap<String, String>,
    /// `directories.bin`, which counts where there is no `bin`.
    pub bin_directory: Option<String>,
    /// `engines.node`.
    pub engines_node: Option<String>,
    /// `packageManager`.
    pub package_manager: Option<String>,
    /// `dependencies`.
    pub dependencies: BTreeMap<String, String>,
    /// `devDependencies`.
    pub dev_dependencies: BTreeMap<String, String>,
    /// `optionalDependencies`.
    pub optional_dependencies: BTreeMap<String, String>,
    /// `peerDependencies`.
    pub peer_dependencies: BTreeMap<String, String>,
    /// Names of `peerDependenciesMeta` that are optional.
    pub optional_peers: Vec<String>,
    /// `publishConfig.directory`.
    pub publish_directory: Option<String>,
    /// The whole document.
    pub raw: serde_json::Value,
}
