//! `[build]` as it is for one service, and the script that builds it: the command line's word, that of the service's own part of the file, that
//! of the whole file.

use fourply_app::ScriptChoice;

use crate::config::{BuildConfig, Config, Script, ServiceConfig};

/// `[build]` with what `[services.X]` and `[services.X.build]` have in its place; variables are those of the service alone.
pub(super) fn merged(own: &ServiceConfig, config: &Config) -> BuildConfig {
    let all = config.build.clone();
    let BuildConfig {
        script,
        command,
        output,
        files,
        inputs,
        projects,
        node,
        engines,
        env,
        secrets,
        sandbox: _,
        toolchain: _,
        network,
    } = own.build.clone();
    // Each of both stands in the place of the other.
    let own_script = own.script.clone().or(script);
    let says = own_script.is_some() || command.is_some();
    BuildConfig {
        script: if says { own_script } else { all.script },
        command: if says { command } else { all.command },
        output: own.output.clone().or(output).or(all.output),
        files: own.files.clone().or(files).or(all.files),
        inputs: inputs.or(all.inputs),
        projects: projects.or(all.projects),
        node: node.or(all.node),
        engines: engines.or(all.engines),
        env,
        secrets: secrets.or(all.secrets),
        sandbox: all.sandbox,
        toolchain: all.toolchain,
        network: network.or(all.network),
    }
}

/// What runs, and whether the service's own script does: `script = false` of a service leaves those of its packages on.
pub(super) fn script(
    own: &ServiceConfig,
    build: &BuildConfig,
    config: &Config,
    prebuilt: bool,
) -> (Option<ScriptChoice>, bool) {
    if prebuilt {
        return (None, false);
    }
    let off = |script: &Option<Script>| matches!(script, Some(Script::Switch(_)));
    if off(&own.script) || off(&own.build.script) {
        // A command builds the service, so its packages are left to their scripts.
        let all = BuildConfig { command: None, ..config.build.clone() };
        return (choice(&all), false);
    }
    let choice = choice(build);
    let runs = choice.is_some();
    (choice, runs)
}

/// What `[build]` asks to run; nothing where it is switched off.
fn choice(build: &BuildConfig) -> Option<ScriptChoice> {
    if let Some(command) = &build.command {
        return Some(ScriptChoice::Command(command.clone()));
    }
    match &build.script {
        Some(Script::Switch(_)) => None,
        Some(Script::Listed(names)) => Some(ScriptChoice::Listed(names.clone())),
        Some(Script::Named(name)) => Some(ScriptChoice::Named(name.clone())),
        None => Some(ScriptChoice::Named("build".to_owned())),
    }
}
