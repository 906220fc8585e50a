//! `[build]` as it is for one service, and the script that builds it: the command line's word, that of the service's own part of the file, that
//! of the whole file.

use crate::config::{BuildConfig, Config, Script, ServiceConfig};

/// `[build]` with what `[services.X]` and `[services.X.build]` have in its place; variables are those of the service alone.
pub(super) fn merged(own: &ServiceConfig, config: &Config) -> BuildConfig {
    let all = config.build.clone();
    let BuildConfig { script, output, files, inputs, projects, node, env, secrets, sandbox: _, toolchain: _, network } =
        own.build.clone();
    BuildConfig {
        script: own.script.clone().or(script).or(all.script),
        output: own.output.clone().or(output).or(all.output),
        files: own.files.clone().or(files).or(all.files),
        inputs: inputs.or(all.inputs),
        projects: projects.or(all.projects),
        node: node.or(all.node),
        env,
        secrets: secrets.or(all.secrets),
        sandbox: all.sandbox,
        toolchain: all.toolchain,
        network: network.or(all.network),
    }
}

/// The script, and whether the service's own runs: `script = false` of a service leaves those of its packages on.
pub(super) fn script(
    own: &ServiceConfig,
    build: &BuildConfig,
    config: &Config,
    prebuilt: bool,
) -> (Option<String>, bool) {
    let off = |script: &Option<Script>| matches!(script, Some(Script::Switch(_)));
    let service_off = off(&own.script.clone().or(own.build.script.clone()));
    let script = if service_off { &config.build.script } else { &build.script };
    match script {
        _ if prebuilt => (None, false),
        Some(Script::Switch(_)) => (None, false),
        Some(Script::Named(name)) => (Some(name.clone()), !service_off),
        None => (Some("build".to_owned()), !service_off),
    }
}
