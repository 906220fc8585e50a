//! What the build step does: from `[build]`, the service's part and the command line to one script, its outputs, and what it is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fourply_app::{Inputs, ScriptChoice, ScriptValues};
use fourply_scripts::sandbox::Strictness;

use super::script::{merged, script};
use super::selection::SelectionSettings;
use super::{Overrides, sandbox, written};
use crate::Error;
use crate::config::{Config, Engines, SandboxSwitch};

#[derive(Debug, Clone)]
pub(crate) struct BuildSettings {
    /// What runs; `None` takes the outputs as they lie in the tree.
    pub script: Option<ScriptChoice>,
    /// What goes into the image.
    pub selection: SelectionSettings,
    /// Packages, by folder or name, that are built before the service.
    pub projects: Vec<String>,
    /// What the build sees of the root, and what it never sees.
    pub inputs: Inputs,
    /// What an `engines.node` is that the base's node does not meet.
    pub engines: Engines,
    /// How strongly scripts are confined.
    pub sandbox: Strictness,
    /// The table of the file that says who may use the network: `[build]` or `[services.web.build]`.
    pub network_table: String,
    /// The table of the file that names the inputs of the root.
    pub inputs_table: String,
    /// Packages that are added to the base for scripts, which run in it then.
    pub toolchain: Vec<String>,
    /// What scripts are given.
    pub values: ScriptValues,
    /// Secrets that are declared for the service.
    pub secrets: Vec<String>,
}

/// What a service's build does. `writes` are the places that this program keeps or writes something at; its own files are no sources either,
/// as what they say of a build is in the keys, and what they say of the base runs no script.
///
/// # Errors
/// A build argument that is a secret.
pub(super) fn build(
    root: &Path,
    service: &str,
    config: &Config,
    over: &Overrides,
    writes: impl IntoIterator<Item = PathBuf>,
) -> Result<BuildSettings, Error> {
    let own = config.services.get(service).cloned().unwrap_or_default();
    let build = merged(&own, config);
    let (script, own_script) = script(&own, &build, config, over.prebuilt);
    let selection = SelectionSettings::new(&build, config, over.prebuilt);
    let secrets = build.secrets.unwrap_or_default();
    let toolchain = build.toolchain.unwrap_or_default();
    if !toolchain.is_empty() && build.sandbox == Some(SandboxSwitch::Off) {
        return Err(Error::user(
            "[build] toolchain gives scripts a root file system of their own, which is a part of the sandbox, and sandbox is \"off\"",
            "leave sandbox out of [build], or toolchain",
        ));
    }
    let table = |is_own| match is_own {
        true => format!("[services.{}.build]", service.rsplit('/').next().unwrap_or(service)),
        false => "[build]".to_owned(),
    };
    if let Some(name) = over.build_args.keys().find(|name| secrets.contains(name)) {
        return Err(Error::user(
            format!(
                "--build-arg {name} would give a secret openly, which {} names in secrets: its value could be read in logs",
                table(own.build.secrets.is_some())
            ),
            format!("give it as --secret id={name}"),
        ));
    }
    // Nobody else gets them.
    let given = if script.is_some() && own_script { over.secrets.only(&secrets) } else { Default::default() };
    let own_files = [crate::config::FILE_NAME, crate::lock::FILE_NAME].map(|name| root.join(name));
    Ok(BuildSettings {
        secrets: if script.is_some() && own_script { secrets } else { Vec::new() },
        values: ScriptValues { env: env(&build.env, &over.build_args), secrets: given, own_script },
        script,
        selection,
        projects: build.projects.unwrap_or_default(),
        engines: build.engines.unwrap_or_default(),
        sandbox: sandbox::strictness(build.sandbox),
        network_table: table(own.build.network.is_some()),
        inputs_table: table(own.build.inputs.is_some()),
        toolchain,
        inputs: Inputs {
            root: build.inputs,
            written: written::globs(root, writes.into_iter().chain(own_files)),
            streams: crate::environment::own_files(),
        },
    })
}

impl BuildSettings {
    /// Whether the service's own script runs.
    pub(crate) fn runs_own_script(&self) -> bool {
        self.script.is_some() && self.values.own_script
    }

    /// Whether a script may run, so that a node for it is needed.
    pub(crate) fn runs_scripts(&self) -> bool {
        self.script.is_some() || self.selection.may_build_projects()
    }

    /// That all secrets of the service are given.
    ///
    /// # Errors
    /// Where one is not.
    pub(crate) fn check_secrets(&self, service: &str) -> Result<(), Error> {
        match self.secrets.iter().find(|name| self.values.secrets.get(name).is_none()) {
            None => Ok(()),
            Some(name) => Err(Error::user(
                format!("{service} needs the secret {name}, which is not given"),
                format!(
                    "give --secret id={name} for the value of the variable {name}, --secret id={name},env=VARIABLE or --secret id={name},src=FILE"
                ),
            )),
        }
    }
}

fn env(own: &BTreeMap<String, String>, args: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    own.iter().chain(args).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests;
