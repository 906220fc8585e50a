//! Git repositories in a plan. In: what was gathered. Out: an archive for each package. pnpm's rules decide which
//! repositories are built; `fourply-scripts` builds them.

use fourply_blob::Key;
use fourply_pnpm::{PackageContents, Preparation};
use fourply_scripts::{GitRepository, PrepareRequest, prepare};

use crate::{Gathered, ModulesError, PlanRequest};

/// All archives of a closure, including those of repositories after their build.
///
/// # Errors
/// A script that fails, or that no setting allows.
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
            Preparation::AsItStands => as_it_stands(request, &repository, "allowBuilds denies it"),
            Preparation::Build => match request.node() {
                Some(node) => built(request, &repository, &node)?,
                None => as_it_stands(request, &repository, "the version of node is unknown"),
            },
        };
        contents.0.insert(repository.dep_path, pack);
    }
    Ok(contents)
}

fn as_it_stands(request: &PlanRequest<'_>, repository: &GitRepository, why: &str) -> Key {
    let GitRepository { dep_path, recipe, unbuilt, .. } = repository;
    let script = &recipe.script;
    request.host.warn(&format!("{dep_path} is packed without its script {script:?}: {why}"));
    *unbuilt
}

fn built(request: &PlanRequest<'_>, repository: &GitRepository, node: &str) -> Result<Key, ModulesError> {
    let machine = request.host.machine(Some(node))?;
    let prepared = PrepareRequest { host: request.host, inputs: request.inputs(node, &machine) };
    Ok(prepare(&prepared, repository)?)
}
