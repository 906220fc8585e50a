//! The modules ply: workspace → closure → packs → tree → layer. An unchanged closure ends at its key, before a package is looked at.

use std::collections::BTreeMap;

use fourply_base::Base;
use fourply_blob::{Key, LayerPath};
use fourply_modules::{
    Closure, Contents, ImporterId, Include, LayoutOptions, Owner, Target, Tree, Workspace, apply_patches,
    check_fresh, closure, fragments, layout, requests,
};

use super::{Context, PlyLayer, ply};
use crate::Error;
use crate::cli::Settings;
use crate::cli::settings::ROOT_IN_IMAGE;

/// The name of the ply.
const PLY: &str = "modules";

/// Reads the workspace and makes sure that its lockfile is not stale.
///
/// # Errors
/// Those of the workspace.
pub fn workspace(settings: &Settings) -> Result<Workspace, Error> {
    let workspace = Workspace::read(&settings.root, None)?;
    check_fresh(&workspace)?;
    Ok(workspace)
}

/// The layer of the production closure.
///
/// # Errors
/// Those of fetching and laying out.
pub fn ply(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
    production: &Closure,
    base: &Base,
) -> Result<PlyLayer, Error> {
    let key = key(settings, workspace, production, base);
    let comment = format!("{} packages of {}", production.packages.len(), settings.service);
    if let Some(layer) = ply::known(&context.store, PLY, &comment, &key)? {
        return Ok(layer);
    }
    for (package, reason) in &production.mismatched {
        context.terminal.line(&format!("warning: {package} may not run in the image: {reason}"));
    }
    let tree = plan(context, workspace, production, ROOT_IN_IMAGE)?;
    let fragments = fragments(&context.store, &tree, &prefix()?, Owner { uid: 0, gid: 0 });
    let fragments = fragments.map_err(|error| Error::Blob(error.into()))?;
    ply::make(&context.store, PLY, &comment, Some(&key), &fragments, settings.codec)
}

/// The closure of one service.
///
/// # Errors
/// Those of the lockfile.
pub fn production(workspace: &Workspace, service: &ImporterId, target: &Target) -> Result<Closure, Error> {
    Ok(closure(workspace, std::slice::from_ref(service), Include::Production, target)?)
}

/// Fetches what the store lacks, applies patches and plans the tree for a root folder.
///
/// # Errors
/// Those of fetching and laying out.
pub fn plan(
    context: &Context<'_>,
    workspace: &Workspace,
    closure: &Closure,
    root: &str,
) -> Result<Tree, Error> {
    let (dep_paths, requests): (Vec<_>, Vec<_>) = requests(workspace, closure)?.into_iter().unzip();
    let packs = context.fetcher.packages(&requests, context.terminal)?;
    let mut contents = Contents(dep_paths.into_iter().zip(packs).collect::<BTreeMap<_, _>>());
    apply_patches(&context.store, workspace, closure, &mut contents)?;
    let options = LayoutOptions::new(root, workspace.dialect);
    Ok(layout(&context.store, workspace, closure, &contents, &options)?)
}

/// Over all that decides the layer's bytes and is known without a package: closure with integrities and patch hashes, settings, the
/// manifests (names and bins of workspace packages), and what the base says of the parents.
fn key(settings: &Settings, workspace: &Workspace, closure: &Closure, base: &Base) -> Key {
    let mut key = ply::key("fourply modules v1", settings.codec)
        .field("program", env!("CARGO_PKG_VERSION"))
        .field("dialect", workspace.dialect.to_string())
        .field("settings", format!("{:?}", workspace.settings))
        .field("closure", format!("{closure:?}"))
        .field("parents", format!("{:?}", base.facts.directory_meta(ROOT_IN_IMAGE)));
    for (id, manifest) in &workspace.manifests {
        key = key.field("importer", id.as_str()).field("manifest", manifest.raw.to_string());
    }
    key.finish()
}

/// Where the workspace's root lies in the layer.
///
/// # Errors
/// Never: the path is a constant.
pub fn prefix() -> Result<LayerPath, Error> {
    LayerPath::new(ROOT_IN_IMAGE.trim_start_matches('/')).map_err(|error| Error::Blob(error.into()))
}
