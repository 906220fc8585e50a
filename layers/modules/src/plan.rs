//! From a closure to a tree with all archives in the store: gather → repositories → patches → install scripts → layout.

use std::collections::BTreeMap;

use fourply_blob::Key;
use fourply_pnpm::{Closure, DepPath, ImporterId, LayoutOptions, Tree, WorkspaceLinks};
use fourply_scripts::layout;
use tracing::info_span;

use crate::install_scripts::{self, Ran};
use crate::patch::keep_emptied_folders;
use crate::{
    GatherRequest, ModulesError, PlanRequest, apply_patches, check_binaries, gather, missing, origins,
    repositories,
};

/// A tree and, if packages were compiled, their compilers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTree {
    pub tree: Tree,
    /// See [`toolchain`](fourply_scripts::toolchain).
    pub toolchain: Option<String>,
    /// No optional package is missing because its fetch failed.
    pub complete: bool,
}

/// Fetches what the store lacks, applies patches, runs install scripts and plans the tree for a root folder. `folders`
/// are the archives of workspace folders.
///
/// # Errors
/// Errors of fetching, installing and layout; a native module that cannot run on the target.
pub fn plan(
    request: &PlanRequest<'_>,
    closure: &Closure,
    root: &str,
    folders: &BTreeMap<ImporterId, Key>,
) -> Result<PlannedTree, ModulesError> {
    plan_with(request, closure, (root, WorkspaceLinks::All), folders)
}

/// [`plan`] for a build folder, which contains only the part of the workspace in `closure`.
///
/// # Errors
/// As [`plan`].
pub fn plan_build(
    request: &PlanRequest<'_>,
    closure: &Closure,
    root: &str,
    folders: &BTreeMap<ImporterId, Key>,
) -> Result<PlannedTree, ModulesError> {
    plan_with(request, closure, (root, WorkspaceLinks::OfClosure), folders)
}

fn plan_with(
    request: &PlanRequest<'_>,
    closure: &Closure,
    (root, workspace_links): (&str, WorkspaceLinks),
    folders: &BTreeMap<ImporterId, Key>,
) -> Result<PlannedTree, ModulesError> {
    let _span = info_span!("tree").entered();
    let PlanRequest { host, workspace, settings, target, .. } = *request;
    let origins = origins(workspace, closure, &settings.integrities)?;
    let optional = |path: &DepPath| closure.packages.get(path).is_some_and(|package| package.optional);
    let gathered = gather(
        &GatherRequest {
            fetcher: host.fetcher,
            rules: &workspace.rules.packing,
            folders,
            optional: &optional,
            progress: host.progress,
        },
        origins,
    )?;
    let mut closure = closure.clone();
    let missing = gathered.missing.clone();
    let remains = missing::leave_out(request, &mut closure, &missing);
    let mut contents = repositories::complete(request, gathered)?;
    let unpatched = apply_patches(host.store(), workspace, &remains.present(&closure), &mut contents)?;
    remains.fill(request, &mut contents)?;
    let Ran { published, beside, toolchain } = install_scripts::run(request, &mut closure, &mut contents)?;
    for warning in check_binaries(host.store(), workspace, &closure, &contents, target)? {
        host.warn(&warning);
    }
    let options = LayoutOptions {
        scripts: !settings.ignore_scripts,
        published,
        beside,
        built: request.built,
        workspace_links,
        unpatched: unpatched.clone(),
        lacking: remains.lacking.clone(),
        ..LayoutOptions::new(root, workspace.rules)
    };
    let layout = || layout(host.store(), workspace, &closure, &contents, &options);
    let mut tree = info_span!("layout").in_scope(layout)?;
    remains.apply(&mut tree);
    keep_emptied_folders(host.store(), &unpatched, &contents, &mut tree)?;
    Ok(PlannedTree { tree, toolchain, complete: missing.is_empty() })
}
