//! What the build step does: from `[build]`, the service's part and the command line to one script and its outputs.

use std::path::{Path, PathBuf};

use fourply_app::Inputs;

use super::written;
use crate::config::{Config, Script, ServiceConfig};

#[derive(Debug, Clone)]
pub(crate) struct BuildSettings {
    /// The script to run; `None` takes the outputs as they lie in the tree.
    pub script: Option<String>,
    /// What the script leaves, relative to the service's folder.
    pub outputs: Vec<String>,
    /// Packages, by folder or name, that are built before the service.
    pub projects: Vec<String>,
    /// What the build sees of the root, and what it never sees.
    pub inputs: Inputs,
}

pub(super) fn script(own: &ServiceConfig, config: &Config, prebuilt: bool) -> Option<String> {
    match own.script.as_ref().or(config.build.script.as_ref()) {
        _ if prebuilt => None,
        Some(Script::Switch(_)) => None,
        Some(Script::Named(name)) => Some(name.clone()),
        None => Some("build".to_owned()),
    }
}

pub(super) fn outputs(own: &ServiceConfig, config: &Config) -> Vec<String> {
    let outputs = own.output.clone().or(config.build.output.clone());
    outputs.unwrap_or_else(|| vec!["dist".to_owned()])
}

/// `writes` are the places that this program keeps or writes something at. Its own files are none either: what they say of a build is in the
/// keys, and what they say of the base runs no script.
pub(super) fn inputs(root: &Path, config: &Config, writes: impl IntoIterator<Item = PathBuf>) -> Inputs {
    let own = [crate::config::FILE_NAME, crate::lock::FILE_NAME].map(|name| root.join(name));
    Inputs {
        root: config.build.inputs.clone(),
        written: written::globs(root, writes.into_iter().chain(own)),
        streams: crate::environment::own_files(),
    }
}
