//! The modules ply: workspace → closure → packs → tree → layer. An unchanged closure ends at its key, before a package is looked at.

use std::collections::BTreeMap;

use fourply_base::Base;
use fourply_blob::{Key, KeyBuilder, LayerPath};
use fourply_modules::{
    Closure, ImporterId, Include, LayoutError, LayoutOptions, Owner, ReadOptions, Target, Tree, Workspace,
    apply_patches, check_fresh, closure, fragments, gather, layout, origins, pack_folder,
};
use fourply_store::Store;

use super::{Context, PlyLayer, ply};
use crate::Error;
use crate::cli::settings::ROOT_IN_IMAGE;
use crate::cli::{Settings, environment};

/// The name of the ply.
const PLY: &str = "modules";

/// Reads the workspace and makes sure that its lockfile is not stale.
///
/// # Errors
/// Those of the workspace.
pub fn workspace(settings: &Settings) -> Result<Workspace, Error> {
    let options = ReadOptions {
        dialect: settings.pnpm,
        user_npmrc: environment::user_npmrc().map(fs_err::read_to_string).transpose()?,
        environment: environment::variables(),
    };
    let workspace = Workspace::read_with(&settings.root, &options)?;
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
    folders: &BTreeMap<ImporterId, Key>,
) -> Result<PlyLayer, Error> {
    let key = folders
        .iter()
        .fold(key(settings, workspace, production, base), |key, (folder, pack)| {
            key.field("folder", folder.as_str()).field("pack", pack)
        })
        .finish();
    let comment = format!("{} packages of {}", production.packages.len(), settings.service);
    if let Some(layer) = ply::known(&context.store, PLY, &comment, &key)? {
        return Ok(layer);
    }
    for (package, reason) in &production.mismatched {
        context.terminal.line(&format!("warning: {package} may not run in the image: {reason}"));
    }
    let missing = |folder: &ImporterId| LayoutError::NoContent { dep_path: folder.to_string() };
    let folder = |folder: &ImporterId| folders.get(folder).copied().ok_or_else(|| missing(folder));
    let tree = plan(settings, context, workspace, production, ROOT_IN_IMAGE, &folder)?;
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

/// The packages that folders of the workspace are, as the folders lie there; `left_out` names files that do not count.
pub fn folders<'a>(
    store: &'a Store,
    workspace: &'a Workspace,
    left_out: &'a dyn Fn(&ImporterId, &str) -> bool,
) -> impl Fn(&ImporterId) -> Result<Key, LayoutError> + 'a {
    move |folder| {
        pack_folder(store, &workspace.root, folder, workspace.dialect, &|path| left_out(folder, path))
    }
}

/// Fetches what the store lacks, applies patches and plans the tree for a root folder. `folder` gives the packages that lie in the
/// workspace itself.
///
/// # Errors
/// Those of fetching and laying out.
pub fn plan(
    settings: &Settings,
    context: &Context<'_>,
    workspace: &Workspace,
    closure: &Closure,
    root: &str,
    folder: &dyn Fn(&ImporterId) -> Result<Key, LayoutError>,
) -> Result<Tree, Error> {
    let origins = origins(workspace, closure, &settings.integrities)?;
    let mut contents = gather(&context.fetcher, workspace.dialect, origins, folder, context.terminal)?;
    apply_patches(&context.store, workspace, closure, &mut contents)?;
    let options = LayoutOptions::new(root, workspace.dialect);
    Ok(layout(&context.store, workspace, closure, &contents, &options)?)
}

/// Over all that decides the layer's bytes and is known without a package: closure with integrities and patch hashes, settings, the
/// manifests (names and bins of workspace packages), and what the base says of the parents.
fn key(settings: &Settings, workspace: &Workspace, closure: &Closure, base: &Base) -> KeyBuilder {
    let mut key = ply::key("fourply modules v1", settings.codec)
        .field("program", env!("CARGO_PKG_VERSION"))
        .field("dialect", workspace.dialect.to_string())
        .field("settings", format!("{:?}", workspace.settings))
        .field("closure", format!("{closure:?}"))
        .field("integrities", format!("{:?}", settings.integrities))
        .field("parents", format!("{:?}", base.facts.directory_meta(ROOT_IN_IMAGE)));
    for (id, manifest) in &workspace.manifests {
        key = key.field("importer", id.as_str()).field("manifest", manifest.raw.to_string());
    }
    key
}

/// Where the workspace's root lies in the layer.
///
/// # Errors
/// Never: the path is a constant.
pub fn prefix() -> Result<LayerPath, Error> {
    LayerPath::new(ROOT_IN_IMAGE.trim_start_matches('/')).map_err(|error| Error::Blob(error.into()))
}
