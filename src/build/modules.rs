//! The modules ply: workspace → closure → packs → tree → layers. What was built from the same inputs before ends at its key, before a
//! package is looked at.

use std::path::Path;

use fourply_blob::{Key, KeyBuilder, LayerPath, Meta};
use fourply_modules::{
    Owner, Site, apply_patches, check_binaries, gather, origins, own_fragments, shared_fragments,
};
use fourply_pnpm::{
    Closure, ImporterId, Include, LayoutError, LayoutOptions, ReadOptions, SharedLayer, Target, Tree,
    Workspace, check_fresh, closure,
};
use fourply_scripts::{ScriptsError, layout, pack_folder, toolchain};
use fourply_store::Store;

use super::common::Common;
use super::dist::DistPly;
use super::{Context, PlyLayer, ply, repositories, scripts};
use crate::Error;
use crate::environment;
use crate::settings::{ROOT_IN_IMAGE, Settings};

/// The name of the ply.
const PLY: &str = "modules";

/// Reads the workspace and makes sure that its lockfile is not stale.
///
/// # Errors
/// Those of the workspace.
pub fn workspace(settings: &Settings) -> Result<Workspace, Error> {
    let options = ReadOptions {
        rules: settings.pnpm,
        user_npmrc: environment::user_npmrc().map(fs_err::read_to_string).transpose()?,
        environment: environment::variables(),
    };
    let workspace = Workspace::read_with(&settings.root, &options)?;
    check_fresh(&workspace)?;
    Ok(workspace)
}

/// The layers of the production closure: those that other services have as well, then the service's own.
///
/// # Errors
/// Those of fetching, installing and laying out.
pub fn ply(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
    service: &ImporterId,
    production: &Closure,
    dist: &DistPly,
) -> Result<Vec<PlyLayer>, Error> {
    let folders = &dist.folders;
    let key = folders
        .iter()
        .fold(key(settings, common, service, &dist.pack, &context.store)?, |key, (folder, pack)| {
            key.field("folder", folder.as_str()).field("pack", pack)
        })
        .finish();
    if let Some(layers) =
        ply::known_all(&context.store, PLY, &key)?.filter(|_| as_compiled(settings, context, &key))
    {
        return Ok(layers);
    }
    for (package, reason) in &production.mismatched {
        context.terminal.warn(&format_args!("{package} may not run in the image: {reason}"));
    }
    let shared = common.shared_layers(service)?;
    let missing =
        |folder: &ImporterId| ScriptsError::from(LayoutError::NoContent { dep_path: folder.to_string() });
    let folder = |folder: &ImporterId| folders.get(folder).copied().ok_or_else(|| missing(folder));
    let install = Install { settings, target: &common.target, strict: true, built: Some(dist.pack) };
    let Planned { tree, toolchain } =
        plan(context, &common.workspace, production, ROOT_IN_IMAGE, &folder, &install)?;
    let layers = layers(settings, context, common, &tree, &shared)?;
    context.store.put_record(TOOLCHAIN, &key, &toolchain)?;
    ply::remember_all(&context.store, &key, &layers)?;
    Ok(layers)
}

/// The store's name for records of what compiled a ply's packages.
const TOOLCHAIN: &str = "toolchain";

/// Whether what was compiled for a ply would be compiled by the same programs now. A machine without a compiler takes what there is.
fn as_compiled(settings: &Settings, context: &Context<'_>, key: &Key) -> bool {
    match context.store.record::<Option<String>>(TOOLCHAIN, key) {
        Ok(Some(Some(then))) => toolchain(&context.store, &settings.build_env, &crate::interrupt::requested)
            .is_ok_and(|now| now.is_none_or(|now| now == then)),
        known => matches!(known, Ok(Some(None))),
    }
}

fn layers(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
    tree: &Tree,
    shared: &[&SharedLayer],
) -> Result<Vec<PlyLayer>, Error> {
    let (store, prefix) = (&context.store, prefix()?);
    let directory = |path: &LayerPath| -> Meta { common.base.rootfs.directory_meta(path.as_str()) };
    let site = Site {
        prefix: &prefix,
        owner: Owner { uid: 0, gid: 0 },
        directory: &directory,
        prune: common.prune.as_ref(),
    };
    let mut layers = Vec::new();
    for layer in shared {
        let fragments =
            shared_fragments(store, tree, &site, layer).map_err(|error| Error::Blob(error.into()))?;
        layers.push(ply::make(store, PLY, &comment(layer), &fragments, settings.codec)?);
    }
    let own = own_fragments(store, tree, &site, shared).map_err(|error| Error::Blob(error.into()))?;
    let elsewhere = shared.iter().map(|layer| layer.packages.len()).sum::<usize>();
    let packages = tree.slots.len().saturating_sub(elsewhere);
    let comment = format!("{packages} packages of {}", settings.service);
    layers.push(ply::make(store, PLY, &comment, &own, settings.codec)?);
    Ok(layers)
}

/// What the history says of a shared layer: nothing that differs between the services that have it.
fn comment(layer: &SharedLayer) -> String {
    const SHOWN: usize = 6;
    let packages = layer.packages.len();
    if layer.users.len() > SHOWN {
        return format!("{packages} packages of {} services", layer.users.len());
    }
    let users: Vec<&str> = layer.users.iter().map(ImporterId::as_str).collect();
    format!("{packages} packages of {}", users.join(", "))
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
) -> impl Fn(&ImporterId) -> Result<Key, ScriptsError> + 'a {
    move |folder| {
        pack_folder(store, &workspace.root, folder, &workspace.rules.packing, &|path| left_out(folder, path))
    }
}

/// What decides an install besides the closure.
#[derive(Clone, Copy)]
pub struct Install<'a> {
    /// The settings of the build.
    pub settings: &'a Settings,
    /// What packages have to run on, with the node that install scripts run on.
    pub target: &'a Target,
    /// Whether scripts that nobody allowed may be an error.
    pub strict: bool,
    /// What the build left of the workspace, where it was built before.
    pub built: Option<Key>,
}

/// A tree, and what compiled its packages, where some were compiled.
pub struct Planned {
    /// The tree.
    pub tree: Tree,
    /// See [`toolchain`].
    pub toolchain: Option<String>,
}

/// Fetches what the store lacks, applies patches, runs install scripts and plans the tree for a root folder. `folder` gives the packages
/// that lie in the workspace itself.
///
/// # Errors
/// Those of fetching, installing and laying out; a native module that cannot run on the target.
pub fn plan(
    context: &Context<'_>,
    workspace: &Workspace,
    closure: &Closure,
    root: &str,
    folder: &dyn Fn(&ImporterId) -> Result<Key, ScriptsError>,
    install: &Install<'_>,
) -> Result<Planned, Error> {
    let origins = origins(workspace, closure, &install.settings.integrities)?;
    let gathered = gather(&context.fetcher, &workspace.rules.packing, origins, folder, context.terminal)?;
    let mut contents = repositories::complete(context, workspace, gathered, install)?;
    apply_patches(&context.store, workspace, closure, &mut contents)?;
    let mut closure = closure.clone();
    let ran = scripts::run(context, workspace, &mut closure, &mut contents, install)?;
    for warning in check_binaries(&context.store, workspace, &closure, &contents, install.target)? {
        context.terminal.warn(&format_args!("{warning}"));
    }
    let options = LayoutOptions {
        scripts: !install.settings.ignore_scripts,
        published: ran.published,
        beside: ran.beside,
        built: install.built,
        ..LayoutOptions::new(root, workspace.rules)
    };
    let tree = layout(&context.store, workspace, &closure, &contents, &options)?;
    Ok(Planned { tree, toolchain: ran.toolchain })
}

/// Over all that decides the layers' bytes and is known without a package: the lockfile (integrities and patch hashes are in it), settings,
/// the manifests and the first lines of their commands, the services and the budget, what is left out, and what the base says of the
/// folders above.
fn key(
    settings: &Settings,
    common: &Common,
    service: &ImporterId,
    built: &Key,
    store: &Store,
) -> Result<KeyBuilder, Error> {
    let Common { workspace, base, target, services, prune, .. } = common;
    // An unchanged build opens no pack, unless the workspace has commands of its own.
    let commands = workspace.manifests.values().any(|manifest| !manifest.bin.is_empty());
    let outputs = commands.then(|| store.open_pack(built)).transpose()?;
    let mut key = ply::key("fourply modules v4", settings.codec)
        .field("program", env!("CARGO_PKG_VERSION"))
        .field("service", service.as_str())
        .field("dialect", workspace.rules.to_string())
        .field("settings", format!("{:?}", workspace.settings))
        .field("integrities", format!("{:?}", settings.integrities))
        .field("lockfile", workspace.lockfile_text_key)
        .field("target", format!("{target:?}"))
        .field("packages", if settings.pnpm_store.is_some() { "also from pnpm's store" } else { "verified" })
        .field("scripts", if settings.ignore_scripts { "ignored" } else { "run" })
        .field(
            "build",
            format!("{:?} {:?} {}", settings.build_node, settings.build_env, settings.build_epoch),
        )
        .number("layers", settings.layers as u64)
        .field("parents", format!("{:?}", base.rootfs.directory_meta(ROOT_IN_IMAGE)));
    key = prune.iter().fold(key, |key, prune| key.field("prune", prune.key()));
    key = services.iter().fold(key, |key, service| key.field("of services", service.as_str()));
    for (id, manifest) in &workspace.manifests {
        key = key.field("importer", id.as_str()).field("manifest", manifest.raw.to_string());
        for path in manifest.bin.values() {
            let inside = path.trim_start_matches("./");
            let place = if id.is_root() { inside.to_owned() } else { format!("{id}/{inside}") };
            let output = outputs.as_ref().and_then(|pack| Some((pack, pack.find(&place)?)));
            key = match output {
                Some((pack, entry)) => key.field("built", first_line(&pack.bytes(entry)?)),
                None if is_plain(inside) => add_first_line(key, &manifest.dir.join(path)),
                None => add_first_line(key, &manifest.dir.join(path)).field("built", built),
            };
        }
        if manifest.raw.get("directories").is_some() {
            key = key.field("built", built);
        }
    }
    Ok(key)
}

fn is_plain(path: &str) -> bool {
    !path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

fn first_line(text: &[u8]) -> &[u8] {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.get(..512).unwrap_or(line)
}

/// A shim depends on its command's first line.
fn add_first_line(key: KeyBuilder, path: &Path) -> KeyBuilder {
    use std::io::Read;
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(512).read_to_end(&mut start));
    key.number("is there", u64::from(read.is_ok())).field("first line", first_line(&start))
}

/// Where the workspace's root lies in the layer.
///
/// # Errors
/// Never: the path is a constant.
pub fn prefix() -> Result<LayerPath, Error> {
    LayerPath::new(ROOT_IN_IMAGE.trim_start_matches('/')).map_err(|error| Error::Blob(error.into()))
}
