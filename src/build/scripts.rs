//! Install scripts of packages: which run is pnpm's rule, how they run is `fourply-dist`'s; here they get their tools and the terminal.

use std::path::Path;

use fourply_dist::{
    Builds, DistError, InstallRequest, InstallTools, build_node, build_pnpm, node_gyp, pnpm_version,
    run_install_scripts,
};
use fourply_modules::{Closure, Contents, ImporterId, Workspace};

use super::Context;
use super::dist::{Told, machine};
use super::modules::Install;
use crate::cli::settings::ROOT_IN_IMAGE;
use crate::{Error, interrupt};

/// Puts what scripts leave in the place of what was published. Says whether there were any to run.
///
/// # Errors
/// A script that fails; scripts that nobody allowed, where the settings make that an error.
pub fn run(
    context: &Context<'_>,
    workspace: &Workspace,
    closure: &Closure,
    contents: &mut Contents,
    install: &Install<'_>,
) -> Result<bool, Error> {
    let settings = install.settings;
    if settings.ignore_scripts {
        return Ok(false);
    }
    let builds = Builds::of(&context.store, workspace, closure, contents)?;
    report(context, workspace, &builds, install.strict)?;
    if builds.scripts.is_empty() {
        return Ok(false);
    }
    let Some(node) = install.node else {
        let names: Vec<&str> = builds.scripts.keys().map(|package| package.as_str()).collect();
        let names = names.join(", ");
        context
            .terminal
            .line(&format!("warning: no version of node is known, so no install scripts ran: {names}"));
        return Ok(false);
    };
    let machine = machine(node)?;
    let request = InstallRequest {
        store: &context.store,
        workspace,
        closure,
        contents: &contents.clone(),
        target: &fourply_modules::Target { node: machine.node.clone(), ..install.target.clone() },
        machine: &machine,
        node_version: node,
        env: &settings.build_env,
        source_date_epoch: settings.build_epoch,
        folder: &context.store.root().join("build"),
        root_in_image: ROOT_IN_IMAGE,
        jobs: rayon::current_num_threads(),
        tools: &|folder| tools(context, workspace, node, folder),
        cancelled: &interrupt::requested,
        report: &Told(context.terminal),
    };
    let _busy = interrupt::Busy::begin();
    *contents = run_install_scripts(&request, &builds)?;
    Ok(true)
}

/// Tells of scripts that do not run, in pnpm's words.
fn report(
    context: &Context<'_>,
    workspace: &Workspace,
    builds: &Builds,
    strict: bool,
) -> Result<(), DistError> {
    if builds.ignored.is_empty() {
        return Ok(());
    }
    if strict && workspace.settings.strict_dep_builds {
        return Err(DistError::IgnoredBuilds { packages: builds.ignored.clone() });
    }
    context.terminal.line(&format!("warning: Ignored build scripts: {}.", builds.ignored.join(", ")));
    Ok(())
}

/// The workspace's own pnpm; where it names none, the newest of the version that the tree is laid out as.
fn tools(
    context: &Context<'_>,
    workspace: &Workspace,
    node: &str,
    folder: &Path,
) -> Result<InstallTools, DistError> {
    let root = workspace.manifests.get(&ImporterId::root());
    let named = root.and_then(|manifest| pnpm_version(manifest.package_manager.as_deref()?));
    let pnpm = named.map_or_else(|| format!("latest-{}", workspace.dialect.major()), str::to_owned);
    let (fetcher, progress) = (&context.fetcher, context.terminal);
    Ok(InstallTools {
        node: build_node(folder, fetcher, node, progress)?,
        pnpm: build_pnpm(folder, fetcher, &pnpm, progress)?,
        node_gyp: node_gyp(folder, fetcher, &pnpm, progress)?,
    })
}
