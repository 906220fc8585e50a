//! Install scripts of packages: which run is pnpm's rule, how they run is `fourply-dist`'s; here they get their tools and the terminal.

use std::path::Path;

use fourply_modules::ModulesError;
use fourply_pnpm::rules::FailedOptional;
use fourply_pnpm::{Closure, Contents, ImporterId, Workspace};
use fourply_scripts::{
    Builds, InstallRequest, InstallTools, ScriptsError, build_node, build_pnpm, node_gyp, pnpm_version,
    run_install_scripts,
};

use super::Context;
use super::dist::{Told, machine};
use super::modules::Install;
use crate::settings::ROOT_IN_IMAGE;
use crate::{Error, interrupt};

/// What scripts did, besides what they left in the packages.
#[derive(Default)]
pub struct Ran {
    /// The packs of the packages with scripts as they were before.
    pub published: Contents,
    /// What was left beside packages.
    pub beside: Contents,
    /// The programs that compiled, where some did.
    pub toolchain: Option<String>,
}

/// Puts what scripts leave in the place of what was published, and takes out of the closure what pnpm takes out.
///
/// # Errors
/// A script that fails; scripts that nobody allowed, where the settings make that an error.
pub fn run(
    context: &Context<'_>,
    workspace: &Workspace,
    closure: &mut Closure,
    contents: &mut Contents,
    install: &Install<'_>,
) -> Result<Ran, Error> {
    let settings = install.settings;
    if settings.ignore_scripts {
        return Ok(Ran::default());
    }
    let builds = Builds::of(&context.store, workspace, closure, contents)?;
    report(context, workspace, &builds, install.strict)?;
    if builds.scripts.is_empty() {
        return Ok(Ran::default());
    }
    let Some(node) = node(install) else {
        let names: Vec<&str> = builds.scripts.keys().map(|package| package.as_str()).collect();
        let names = names.join(", ");
        context
            .terminal
            .warn(&format_args!("no version of node is known, so no install scripts ran: {names}"));
        return Ok(Ran::default());
    };
    let machine = machine(Some(&node))?;
    let request = InstallRequest {
        store: &context.store,
        workspace,
        closure,
        contents,
        target: &fourply_pnpm::Target { node: machine.node.clone(), ..install.target.clone() },
        machine: &machine,
        node_version: &node,
        env: &settings.build_env,
        source_date_epoch: settings.build_epoch,
        folder: &context.store.root().join("build"),
        root_in_image: ROOT_IN_IMAGE,
        jobs: rayon::current_num_threads(),
        tools: &|folder| tools(context, workspace, &node, folder),
        cancelled: &interrupt::requested,
        report: &Told(context.terminal),
    };
    let _busy = interrupt::Busy::begin();
    let done = run_install_scripts(&request, &builds)?;
    let published = builds.scripts.keys().filter_map(|package| contents.0.get_key_value(package));
    let published = Contents(published.map(|(package, pack)| (package.clone(), *pack)).collect());
    *contents = done.contents;
    for (package, reason) in done.failed {
        let warn = |outcome| {
            context.terminal.warn(&format_args!("{package} is optional and {outcome}: {reason}"));
        };
        match workspace.rules.builds.failed_optional {
            FailedOptional::StaysAsPublished => warn("stays as it was published"),
            FailedOptional::LeftOut => {
                warn("is left out");
                closure.leave_out(&package, reason);
            }
        }
    }
    Ok(Ran { published, beside: done.beside, toolchain: done.toolchain })
}

/// The node that the packages are for; where it is not known, the build's.
pub fn node(install: &Install<'_>) -> Option<String> {
    let target = install.target.node.as_ref().map(ToString::to_string);
    target.or_else(|| install.settings.build_node.clone())
}

/// Tells of scripts that do not run, in pnpm's words.
fn report(
    context: &Context<'_>,
    workspace: &Workspace,
    builds: &Builds,
    strict: bool,
) -> Result<(), ModulesError> {
    if builds.ignored.is_empty() {
        return Ok(());
    }
    if strict && workspace.settings.strict_dep_builds {
        return Err(ModulesError::IgnoredBuilds { packages: builds.ignored.clone() });
    }
    context.terminal.warn(&format_args!("Ignored build scripts: {}.", builds.ignored.join(", ")));
    Ok(())
}

/// The workspace's own pnpm; where it names none, the newest of the version that the tree is laid out as.
pub fn pnpm(workspace: &Workspace) -> String {
    let root = workspace.manifests.get(&ImporterId::root());
    let named = root.and_then(|manifest| pnpm_version(manifest.package_manager.as_deref()?));
    named.map_or_else(|| format!("latest-{}", workspace.rules.major()), str::to_owned)
}

fn tools(
    context: &Context<'_>,
    workspace: &Workspace,
    node: &str,
    folder: &Path,
) -> Result<InstallTools, ScriptsError> {
    let pnpm = pnpm(workspace);
    let (fetcher, progress) = (&context.fetcher, context.terminal);
    Ok(InstallTools {
        node: build_node(folder, fetcher, node, progress)?,
        pnpm: build_pnpm(folder, fetcher, &pnpm, progress)?,
        node_gyp: node_gyp(folder, fetcher, &pnpm, progress)?,
    })
}
