//! Which packages of a build have scripts, and which workspace files the scripts see. In: a request, tasks. Out:
//! levels, rules, a list. Nothing runs, and only configuration files are opened.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;

use crate::included::Entry;
use crate::input_rules::InputRules;
use crate::passed_over::is_built;
use crate::root_inputs::RootInputs;
use crate::sources::{Listed, SourceScope, list_inputs, needed_folders};
use crate::{Result, SourceRequest, Tasks, build_levels};

/// Every workspace folder that the build needs.
pub(crate) fn needed(request: &SourceRequest<'_>) -> BTreeSet<ImporterId> {
    let mut needed = needed_folders(request.full);
    needed.extend(request.production.importers.iter().cloned());
    needed
}

/// The configured files: those in the service's build folder, and those of other projects, which are built separately.
///
/// # Errors
/// If an entry cannot be in an image.
pub(crate) fn entries(request: &SourceRequest<'_>) -> Result<(Vec<Entry>, Vec<Entry>)> {
    let selection = &request.selection;
    let manifests = &request.workspace.manifests;
    let entries = selection.files.iter().map(|spec| Entry::new(spec, request.service, manifests));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    let here = needed(request);
    let is_here = |entry: &Entry| {
        entry.owner.is_root()
            || here.contains(&entry.owner)
            || (selection.project_script)(&entry.owner).is_none()
    };
    Ok(entries.into_iter().partition(is_here))
}

/// The packages in build order.
pub(crate) fn levels(request: &SourceRequest<'_>, tasks: &Tasks) -> Vec<Vec<ImporterId>> {
    build_levels(request.full, request.service, request.projects, &tasks.edges())
}

/// The packages of the build that have the script.
pub(crate) fn with_script(
    request: &SourceRequest<'_>,
    levels: &[Vec<ImporterId>],
    tasks: &Tasks,
) -> BTreeSet<ImporterId> {
    levels.iter().flatten().filter(|id| is_built(request, id, tasks)).cloned().collect()
}

/// The root's inputs; all of the root if a package depends on it, so that its own script runs.
///
/// # Errors
/// If a glob is invalid.
pub(crate) fn root_inputs(
    request: &SourceRequest<'_>,
    levels: &[Vec<ImporterId>],
    tasks: &Tasks,
    entries: &[Entry],
) -> Result<Option<RootInputs>> {
    let root = ImporterId::root();
    if !tasks.packages().contains(&root) && levels.iter().flatten().any(|id| *id == root) {
        return Ok(None);
    }
    let globs = request.inputs.root.as_deref();
    let mut inputs = RootInputs::new(globs, request.workspace, &needed(request))?;
    let of_root = entries.iter().filter(|entry| entry.owner.is_root());
    inputs.also(request.service, of_root.map(Entry::literal));
    inputs.also(&root, tasks.turbo().root_inputs());
    inputs.also(&root, tasks.root_files(request.workspace).into_iter());
    Ok(Some(inputs))
}

/// The files that the scripts of `built` packages see.
///
/// # Errors
/// Those of [`list_inputs`].
pub(crate) fn seen(
    request: &SourceRequest<'_>,
    built: &BTreeSet<ImporterId>,
    root: Option<RootInputs>,
) -> Result<Listed> {
    let (folder, selection) = (&request.workspace.root, &request.selection);
    let scope = SourceScope {
        root: folder,
        packages: &request.workspace.manifests.keys().cloned().collect(),
        needed: &needed(request),
        built: &selection.cleared(request.service, built),
        outputs: &selection.stale()?,
    };
    list_inputs(&scope, InputRules::new(folder, request.inputs, root)?)
}
