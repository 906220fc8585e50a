//! Which files go into the image: from `[build]`, `[services.X]` and the command line to patterns, files and scripts of other projects.

use std::collections::BTreeMap;

use fourply_app::{DEFAULT_OUTPUT, IncludedFiles, ScriptChoice};
use fourply_pnpm::ImporterId;

use super::script::{self, merged};
use crate::config::{BuildConfig, Config, FilesConfig, ServiceConfig};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct SelectionSettings {
    /// What the script leaves, relative to the service's folder.
    pub outputs: Vec<String>,
    /// The file names them.
    pub named: bool,
    /// What scripts of other packages leave, relative to each.
    pub package_outputs: Vec<String>,
    /// What goes into the image besides.
    pub files: Vec<IncludedFiles>,
    scripts: ProjectScripts,
}

/// The scripts that build projects; none of them where outputs are taken as they lie.
#[derive(Debug, Clone)]
struct ProjectScripts {
    usual: Option<ScriptChoice>,
    /// By the key of the project's own part of the file.
    own: BTreeMap<String, Option<ScriptChoice>>,
}

impl SelectionSettings {
    /// `build` is `[build]` as it is for the service.
    pub(super) fn new(build: &BuildConfig, config: &Config, prebuilt: bool) -> SelectionSettings {
        let usual = || vec![DEFAULT_OUTPUT.to_owned()];
        let files = build.files.iter().flatten();
        let script = |own: &ServiceConfig| {
            let (script, own_script) = script::script(own, &merged(own, config), config, prebuilt);
            script.filter(|_| own_script)
        };
        SelectionSettings {
            named: build.output.is_some(),
            outputs: build.output.clone().unwrap_or_else(usual),
            package_outputs: config.build.output.clone().unwrap_or_else(usual),
            files: files.map(included).collect(),
            scripts: ProjectScripts {
                usual: script(&ServiceConfig::default()),
                own: config.services.iter().map(|(name, own)| (name.clone(), script(own))).collect(),
            },
        }
    }

    /// What builds another project; nothing where it is taken as it lies.
    pub(crate) fn project_script(&self, project: &ImporterId) -> Option<ScriptChoice> {
        let folder = project.as_str();
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let own = self.scripts.own.get(folder).or_else(|| self.scripts.own.get(name));
        own.unwrap_or(&self.scripts.usual).clone()
    }

    /// Whether a project may be built for its files.
    pub(super) fn may_build_projects(&self) -> bool {
        let scripts = self.scripts.own.values().chain([&self.scripts.usual]);
        self.files.iter().any(|files| files.from.starts_with('/')) && scripts.flatten().next().is_some()
    }
}

fn included(files: &FilesConfig) -> IncludedFiles {
    match files {
        FilesConfig::Path(from) => IncludedFiles { from: from.clone(), to: None },
        FilesConfig::Moved { from, to } => IncludedFiles { from: from.clone(), to: Some(to.clone()) },
    }
}

#[cfg(test)]
mod tests;
