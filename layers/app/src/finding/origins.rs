//! Possible causes of findings: the configuration, the sources, the build. In: data of the build. Out: values for
//! hints.

use std::collections::{BTreeMap, BTreeSet};

use crate::missed::GitIgnored;

/// The data that hints need in addition to the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartOrigins {
    /// The words of the configured entry point.
    pub entrypoint: Vec<String>,
    /// Files that commands name and only the sources have, relative to the service's folder.
    pub in_sources: BTreeSet<String>,
    /// Files that code loads by path and only the sources have: by the code and the path, relative to the workspace's
    /// root.
    pub loaded: BTreeMap<(String, String), String>,
    /// Built files that no output includes, among the findings' paths: by the code and the path, relative to the
    /// service's folder. For a file that code names by an absolute path, the code is empty.
    pub made: BTreeMap<(String, String), String>,
    /// Files that an ignore file excludes from builds, among the same paths.
    pub excluded: BTreeMap<(String, String), GitIgnored>,
    /// Scripts of the service that generate code, by their names, and that its build does not run.
    pub unrun: Vec<String>,
    /// The scripts that its build runs.
    pub scripts: Vec<String>,
    /// The folders that the image's user may write to, as configured.
    pub writable: Vec<String>,
    /// Patterns of the service's outputs.
    pub outputs: Vec<String>,
    /// The service's configured files besides its outputs: `"views"`, `{ from = "a", to = "b" }`.
    pub files: Vec<String>,
    /// Its development dependencies in the image, as configured.
    pub development: Vec<String>,
    /// Whether the image was configured without node_modules.
    pub without_modules: bool,
    /// Whether it was configured with some of its dependencies only.
    pub some_modules: bool,
    /// Names of the image's packages, at any location.
    pub installed: BTreeSet<String>,
}
