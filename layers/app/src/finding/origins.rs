//! Where what findings are about may come from: the configuration, the sources, the build.

use std::collections::{BTreeMap, BTreeSet};

use crate::missed::GitIgnored;

/// What a hint for findings needs to know besides them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartOrigins {
    /// The words of the configured entry point.
    pub entrypoint: Vec<String>,
    /// Files that commands name, and that only the sources have, relative to the service's folder.
    pub in_sources: BTreeSet<String>,
    /// Files that code loads by a path, and that only the sources have: by the code and the path, relative to the workspace's root.
    pub loaded: BTreeMap<(String, String), String>,
    /// What the build made and no output has, of the findings' paths: by the code and the path, relative to the service's folder. For a file that code
    /// names by a whole path, the code is empty.
    pub made: BTreeMap<(String, String), String>,
    /// What an ignore file keeps from builds, of the same paths.
    pub excluded: BTreeMap<(String, String), GitIgnored>,
    /// Scripts of the service that make code by their name, and that its build does not run.
    pub unrun: Vec<String>,
    /// The scripts that its build runs.
    pub scripts: Vec<String>,
    /// The folders that the image's user may write to, as configured.
    pub writable: Vec<String>,
    /// Patterns of the service's outputs.
    pub outputs: Vec<String>,
    /// What the service takes along besides its outputs, as configured: `"views"`, `{ from = "a", to = "b" }`.
    pub files: Vec<String>,
    /// Its development dependencies that the image has, as configured.
    pub development: Vec<String>,
    /// The image was asked to go without node_modules.
    pub without_modules: bool,
    /// It was asked to have some of its dependencies alone.
    pub some_modules: bool,
    /// Names of the packages that the image has, at whatever place.
    pub installed: BTreeSet<String>,
}
