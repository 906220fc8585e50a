//! Git repositories in a plan. In: what was gathered. Out: a pack for each package. Which repositories are built is pnpm's rule, how they are
//! built is `fourply-scripts`'.

use fourply_blob::Key;
use fourply_pnpm::{PackageContents, Preparation};
use fourply_scripts::{GitRepository, PrepareRequest, prepare};

use crate::{Gathered, ModulesError, PlanRequest};

/// All packs of a closure: where a repository has to be built, what that leaves.
///
/// # Errors
/// A script that fails, or that nobody allowed.
pub(crate) fn complete(
    request: &PlanRequest<'_>,
    gathered: Gathered,
) -> Result<PackageContents, ModulesError> {
    let Gathered { mut contents, to_build, .. } = gathered;
    let workspace = request.workspace;
    for repository in to_build {
        let pack = match workspace.settings.may_prepare(&workspace.rules.builds, &repository.dep_path) {
            _ if request.settings.ignore_scripts => as_it_stands(request, &repository, "scripts are ignored"),
            Preparation::Refused => {
                let package = repository.dep_path.package_key().to_owned();
                return Err(ModulesError::NotAllowed { package, script: repository.recipe.script });
            }
            Preparation::AsItStands => as_it_stands(request, &repository, "allowBuilds says no"),
            Preparation::Build => match request.node() {
                Some(node) => built(request, &repository, &node)?,
                None => as_it_stands(request, &repository, "no version of node is known"),
            },
        };
        contents.0.insert(repository.dep_path, pack);
    }
    Ok(contents)
}

fn as_it_stands(request: &PlanRequest<'_>, repository: &GitRepository, why: &str) -> Key {
    let GitRepository { dep_path, recipe, unbuilt, .. } = repository;
    let script = &recipe.script;
    request
        .host
        .warn(&format!("{dep_path} is taken as it stands, though its script {script:?} makes it: {why}"));
    *unbuilt
}

fn built(request: &PlanRequest<'_>, repository: &GitRepository, node: &str) -> Result<Key, ModulesError> {
    let machine = request.host.machine(Some(node))?;
    let prepared = PrepareRequest { host: request.host, inputs: request.inputs(node, &machine) };
    Ok(prepare(&prepared, repository)?)
}
