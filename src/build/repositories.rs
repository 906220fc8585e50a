//! Git repositories that have to be built: which may be is pnpm's rule, how they are is `fourply-dist`'s; here they get their tools and the
//! terminal.

use std::path::Path;

use fourply_modules::{Gathered, ModulesError};
use fourply_pnpm::{Contents, Preparation, Workspace};
use fourply_scripts::{
    Manager, PrepareRequest, PrepareTools, Repository, ScriptsError, build_manager, build_node, build_pnpm,
    prepare,
};

use super::dist::{Told, machine};
use super::modules::Install;
use super::{Context, scripts};
use crate::{Error, environment, interrupt};

/// All packs of a closure: where a repository has to be built, what that leaves.
///
/// # Errors
/// A script that fails, or that nobody allowed.
pub fn complete(
    context: &Context<'_>,
    workspace: &Workspace,
    gathered: Gathered,
    install: &Install<'_>,
) -> Result<Contents, Error> {
    let Gathered { mut contents, to_build } = gathered;
    for repository in to_build {
        let pack = match workspace.settings.may_prepare(&workspace.rules.builds, &repository.dep_path) {
            _ if install.settings.ignore_scripts => as_it_stands(context, &repository, "scripts are ignored"),
            Preparation::Refused => {
                let package = repository.dep_path.package_key().to_owned();
                return Err(ModulesError::NotAllowed { package, script: repository.recipe.script }.into());
            }
            Preparation::AsItStands => as_it_stands(context, &repository, "allowBuilds says no"),
            Preparation::Build => match scripts::node(install) {
                Some(node) => built(context, workspace, &repository, install, &node)?,
                None => as_it_stands(context, &repository, "no version of node is known"),
            },
        };
        contents.0.insert(repository.dep_path, pack);
    }
    Ok(contents)
}

fn as_it_stands(context: &Context<'_>, repository: &Repository, why: &str) -> fourply_blob::Key {
    let Repository { dep_path, recipe, unbuilt, .. } = repository;
    let script = &recipe.script;
    context.terminal.warn(&format_args!(
        "{dep_path} is taken as it stands, though its script {script:?} makes it: {why}"
    ));
    *unbuilt
}

fn built(
    context: &Context<'_>,
    workspace: &Workspace,
    repository: &Repository,
    install: &Install<'_>,
    node: &str,
) -> Result<fourply_blob::Key, Error> {
    let machine = machine(Some(node))?;
    let request = PrepareRequest {
        fetcher: &context.fetcher,
        workspace,
        machine: &machine,
        node_version: node,
        network: &environment::network(),
        env: &install.settings.build_env,
        source_date_epoch: install.settings.build_epoch,
        folder: &context.store.root().join("build"),
        tools: &|folder, manager| tools(context, workspace, node, folder, manager),
        cancelled: &interrupt::requested,
        report: &Told(context.terminal),
    };
    let _busy = interrupt::Busy::begin();
    Ok(prepare(&request, repository)?)
}

fn tools(
    context: &Context<'_>,
    workspace: &Workspace,
    node: &str,
    folder: &Path,
    manager: Manager,
) -> Result<PrepareTools, ScriptsError> {
    let (fetcher, progress) = (&context.fetcher, context.terminal);
    let pnpm = scripts::pnpm(workspace);
    Ok(PrepareTools {
        manager: build_manager(folder, fetcher, manager, node, progress)?,
        node: build_node(folder, fetcher, node, progress)?,
        pnpm: build_pnpm(folder, fetcher, &pnpm, progress)?,
    })
}
