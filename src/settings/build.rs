//! What the build step does: from `[build]`, the service's part and the command line to one script and its outputs.

use std::path::{Path, PathBuf};

use fourply_app::Inputs;

use super::selection::SelectionSettings;
use super::written;
use crate::config::Config;

#[derive(Debug, Clone)]
pub(crate) struct BuildSettings {
    /// The script to run; `None` takes the outputs as they lie in the tree.
    pub script: Option<String>,
    /// What goes into the image.
    pub selection: SelectionSettings,
    /// Packages, by folder or name, that are built before the service.
    pub projects: Vec<String>,
    /// What the build sees of the root, and what it never sees.
    pub inputs: Inputs,
}

impl BuildSettings {
    /// Whether a script may run, so that a node for it is needed.
    pub(crate) fn runs_scripts(&self) -> bool {
        self.script.is_some() || self.selection.may_build_projects()
    }
}

/// `writes` are the places that this program keeps or writes something at.
pub(super) fn inputs(root: &Path, config: &Config, writes: impl IntoIterator<Item = PathBuf>) -> Inputs {
    Inputs {
        root: config.build.inputs.clone(),
        written: written::globs(root, writes),
        streams: crate::environment::own_files(),
    }
}
