//! Services whose own script does not run: the files in their folder are the image's. In: a request, the built
//! packages. Out: whether a build has anything to run, and the service's outputs in the user's tree.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;
use fourply_scripts::files::folder_of;

use crate::entry::is_program;
use crate::listing::{Listing, inside};
use crate::own_files::OwnFiles;
use crate::owner::folders;
use crate::program::{self, declared_program, existing};
use crate::sources::SourceFile;
use crate::{AppError, AppRequest, Patterns, Result, SourceRequest, Tasks};

/// The most files of a folder that are checked.
const MOST: usize = 1000;

/// Whether a package is built: it has a script that runs, and it is not a service without a build; a command of the
/// root builds the service.
pub(crate) fn is_built(request: &SourceRequest<'_>, package: &ImporterId, tasks: &Tasks) -> bool {
    let manifest = request.workspace.manifests.get(package);
    let runs = request.values.own_script || package != request.service;
    let by_command = tasks.command().is_some() && package == request.service;
    runs && manifest.is_some_and(|manifest| by_command || !tasks.of(package, manifest).is_empty())
}

/// Whether any package runs the script. Packages without it are skipped, as by `pnpm --filter 'service...' run`.
///
/// # Errors
/// [`AppError::NoScript`] if neither the service nor a needed package has it, and the service is not configured without
/// a script; [`AppError::MissingOutput`] if nothing can create the configured outputs; [`AppError::NoProgram`] if its
/// start script names a missing source.
pub(crate) fn has_work(request: &AppRequest<'_>, levels: &[Vec<ImporterId>], tasks: &Tasks) -> Result<bool> {
    let is_there = |name: &str| {
        let mut packages =
            levels.iter().flatten().filter_map(|package| request.workspace().manifests.get(package));
        packages.any(|manifest| manifest.scripts.contains_key(name))
    };
    let absent = tasks.listed().iter().find(|name| !is_there(name));
    if absent.is_none() && levels.iter().flatten().any(|package| is_built(&request.sources(), package, tasks))
    {
        return Ok(true);
    }
    // A name that no package of the workspace has cannot be a script that only this service lacks.
    let named = |manifest: &fourply_pnpm::Manifest| manifest.scripts.contains_key(tasks.main());
    let known = tasks.is_usual() || request.workspace().manifests.values().any(named);
    if absent.is_none() && (!request.values.own_script || known && runs_from_sources(request)) {
        return Ok(false);
    }
    if let Some(error) = absent_program(request).filter(|_| absent.is_none()) {
        return Err(error);
    }
    let scripts = |package: &ImporterId| {
        let manifest = request.workspace().manifests.get(package);
        manifest.into_iter().flat_map(|manifest| manifest.scripts.keys().cloned()).collect::<BTreeSet<_>>()
    };
    let all = levels.iter().flatten().chain([request.service]).flat_map(scripts);
    let available: BTreeSet<String> = all.collect();
    if let Some(error) = absent_output(request).filter(|_| available.iter().all(|name| only_runs(name))) {
        return Err(error);
    }
    Err(AppError::NoScript {
        script: absent.map_or_else(|| tasks.main().to_owned(), Clone::clone),
        service: request.service.clone(),
        available: available.into_iter().collect(),
    })
}

/// Whether a script only starts or tests something, by its name.
fn only_runs(script: &str) -> bool {
    const RUNS: [&str; 6] = ["start", "dev", "serve", "preview", "test", "lint"];
    RUNS.contains(&script.split(':').next().unwrap_or(script))
}

/// The error for configured outputs if none of them exists and no script could create them.
fn absent_output(request: &AppRequest<'_>) -> Option<AppError> {
    let folder = folder_of(&request.workspace().root, request.service);
    let outputs = request.selection.outputs;
    let is_absent = |text: &String| {
        !text.starts_with('!') && !text.contains(['*', '?', '[', '{']) && !folder.join(text).exists()
    };
    if !request.selection.named || outputs.is_empty() || !outputs.iter().all(is_absent) {
        return None;
    }
    let entries = fs_err::read_dir(&folder).into_iter().flatten().take(MOST).flatten();
    let name = |entry: fs_err::DirEntry| {
        let slash = if entry.file_type().is_ok_and(|kind| kind.is_dir()) { "/" } else { "" };
        Some(format!("{}{slash}", entry.file_name().into_string().ok()?))
    };
    let found: BTreeSet<String> = entries.filter_map(name).filter(|name| name != "node_modules/").collect();
    Some(AppError::MissingOutput {
        package: request.service.clone(),
        folder,
        elsewhere: None,
        patterns: outputs.to_vec(),
        found: found.into_iter().collect(),
        built: false,
        of_service: true,
    })
}

/// Whether the service's program is one of its sources, so that nothing must be built; `false` if outputs are
/// configured.
fn runs_from_sources(request: &AppRequest<'_>) -> bool {
    let folder = folder_of(&request.workspace().root, request.service);
    let manifest = request.workspace().manifests.get(request.service);
    let is_there = |path: &str| folder.join(path).is_file();
    let configured = request.program().and_then(|path| existing(&path, &is_there));
    let program = configured.or_else(|| declared_program(manifest?, &is_there));
    !request.selection.named && program.is_some()
}

/// The missing file that the start script names, with the programs that it may mean.
fn absent_program(request: &AppRequest<'_>) -> Option<AppError> {
    let folder = folder_of(&request.workspace().root, request.service);
    let manifest = request.workspace().manifests.get(request.service)?;
    let is_there = |path: &str| folder.join(path).is_file();
    let (script, path) = program::absent_program(manifest, &is_there)?;
    let below = ImporterId::new(&path)?.as_str().rsplit_once('/').map_or("", |(below, _)| below).to_owned();
    let mut found = BTreeSet::new();
    for place in BTreeSet::from([below.as_str(), "", "src"]) {
        let entries = fs_err::read_dir(folder.join(place)).into_iter().flatten().take(MOST).flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let paths = names.map(|name| if place.is_empty() { name } else { format!("{place}/{name}") });
        found.extend(paths.filter(|path| is_program(path) && is_there(path)));
    }
    let found = found.into_iter().collect();
    Some(AppError::NoProgram { service: request.service.clone(), script, path, found })
}

/// The outputs of a service without a build, in the user's tree: also those that are ignored as build results.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn outputs(request: &SourceRequest<'_>, patterns: &Patterns) -> Result<Vec<SourceFile>> {
    let files = lying(request, request.service.as_str())?;
    Ok(files.into_iter().filter(|file| patterns.names(inside(request.service, &file.path))).collect())
}

/// All files of a folder in the user's tree, except node_modules and other packages.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn lying(request: &SourceRequest<'_>, folder: &str) -> Result<Vec<SourceFile>> {
    let workspace = request.workspace;
    let packages = folders(workspace.manifests.keys());
    let modules = &workspace.settings.folders.modules_dir;
    let own = OwnFiles::new(&request.inputs.written, &request.inputs.streams)?;
    let listing = Listing {
        root: &workspace.root,
        packages: &packages,
        modules,
        only: None,
        special: None,
        own: Some(&own),
    };
    listing.below(folder)
}
