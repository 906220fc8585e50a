//! The stage from a closure to layers: plan → split → fragments → layers. What was built from the same inputs before ends at its key, before
//! a package is looked at.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fourply_blob::{Key, KeyBuilder};
use fourply_pnpm::{Closure, ImporterId, SharedLayer, Tree};
use fourply_scripts::toolchain;
use fourply_store::{BuiltLayer, stage_key};

use crate::plan::{PlannedTree, plan};
use crate::{
    ImageRoot, ModulesError, Owner, PlanRequest, Prune, SharedLayers, Site, own_fragments, shared_fragments,
};

/// The name of the stage.
const STAGE: &str = "modules";

/// One service's packages in an image.
#[derive(Clone, Copy)]
pub struct LayersRequest<'a> {
    /// How they are installed; `built` says what the build left.
    pub plan: PlanRequest<'a>,
    /// The service.
    pub service: &'a ImporterId,
    /// Its closure as the image has it.
    pub production: &'a Closure,
    /// The packages that folders of the workspace are, now that it is built.
    pub folders: &'a BTreeMap<ImporterId, Key>,
    /// The layers that services have in common.
    pub shared: &'a SharedLayers,
    /// Where the layers go.
    pub image: ImageRoot<'a>,
    /// What is left out of packages.
    pub prune: Option<&'a Arc<Prune>>,
}

/// The layers of the production closure: those that other services have as well, then the service's own.
///
/// # Errors
/// Those of fetching, installing and laying out.
pub fn layers(request: &LayersRequest<'_>) -> Result<Vec<BuiltLayer>, ModulesError> {
    let LayersRequest { plan: install, service, production, .. } = request;
    let (host, store) = (&install.host, install.host.store());
    let key = request.key()?;
    if let Some(layers) = store.known_layers(STAGE, &key)?.filter(|_| request.as_compiled(&key)) {
        return Ok(layers);
    }
    for (package, reason) in &production.mismatched {
        host.warn(&format!("{package} may not run in the image: {reason}"));
    }
    let shared = request.shared.of(install.workspace, install.target, service)?;
    let PlannedTree { tree, toolchain } = plan(install, production, request.image.path, request.folders)?;
    let layers = request.written(&tree, &shared)?;
    store.put_record(TOOLCHAIN, &key, &toolchain)?;
    store.remember_layers(&key, &layers)?;
    Ok(layers)
}

/// The store's name for records of what compiled a stage's packages.
const TOOLCHAIN: &str = "toolchain";

impl LayersRequest<'_> {
    /// Whether what was compiled for these layers would be compiled by the same programs now. A machine without a compiler takes what there
    /// is.
    fn as_compiled(&self, key: &Key) -> bool {
        let (host, env) = (&self.plan.host, &self.plan.settings.env);
        match host.store().record::<Option<String>>(TOOLCHAIN, key) {
            Ok(Some(Some(then))) => toolchain(host.store(), env, host.cancelled)
                .is_ok_and(|now| now.is_none_or(|now| now == then)),
            known => matches!(known, Ok(Some(None))),
        }
    }

    fn written(&self, tree: &Tree, shared: &[&SharedLayer]) -> Result<Vec<BuiltLayer>, ModulesError> {
        let (store, codec, prefix) = (self.plan.host.store(), self.image.codec, self.image.prefix()?);
        let site = Site {
            prefix: &prefix,
            owner: Owner { uid: 0, gid: 0 },
            directories: self.image.directories,
            prune: self.prune,
        };
        let mut layers = Vec::new();
        for layer in shared {
            let fragments = shared_fragments(store, tree, &site, layer)?;
            layers.push(store.build_layer(STAGE, &comment(layer), &fragments, codec)?);
        }
        let own = own_fragments(store, tree, &site, shared)?;
        let elsewhere = shared.iter().map(|layer| layer.packages.len()).sum::<usize>();
        let packages = tree.slots.len().saturating_sub(elsewhere);
        let comment = format!("{packages} packages of {}", self.service);
        layers.push(store.build_layer(STAGE, &comment, &own, codec)?);
        Ok(layers)
    }
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

impl LayersRequest<'_> {
    /// Over all that decides the layers' bytes and is known without a package: the lockfile (integrities and patch hashes are in it),
    /// settings, the manifests and the first lines of their commands, the services and the budget, what is left out, and what the base says
    /// of the folders above.
    fn key(&self) -> Result<Key, ModulesError> {
        let PlanRequest { workspace, settings, target, built, .. } = self.plan;
        let SharedLayers { services, budget, .. } = self.shared;
        let parents = self.image.directories.meta(&self.image.prefix()?);
        let mut key = stage_key("fourply modules v4", self.image.codec)
            .field("program", env!("CARGO_PKG_VERSION"))
            .field("service", self.service.as_str())
            .field("dialect", workspace.rules.to_string())
            .field("settings", format!("{:?}", workspace.settings))
            .field("integrities", format!("{:?}", settings.integrities))
            .field("lockfile", workspace.lockfile_text_key)
            .field("target", format!("{target:?}"))
            .field("packages", if settings.from_pnpm_store { "also from pnpm's store" } else { "verified" })
            .field("scripts", if settings.ignore_scripts { "ignored" } else { "run" })
            .field("build", format!("{:?} {:?} {}", settings.node, settings.env, settings.source_date_epoch))
            .number("layers", *budget as u64)
            .field("parents", format!("{parents:?}"));
        key = self.prune.iter().fold(key, |key, prune| key.field("prune", prune.key()));
        key = services.iter().fold(key, |key, service| key.field("of services", service.as_str()));
        key = self.with_manifests(key, built.as_ref())?;
        let folders = self.folders.iter();
        Ok(folders.fold(key, |key, (id, pack)| key.field("folder", id.as_str()).field("pack", pack)).finish())
    }

    /// The manifests, and the first lines of the workspace's own commands, on which shims depend: as the build left them where it did.
    fn with_manifests(&self, mut key: KeyBuilder, built: Option<&Key>) -> Result<KeyBuilder, ModulesError> {
        let manifests = &self.plan.workspace.manifests;
        // An unchanged build opens no pack, unless the workspace has commands of its own.
        let commands = manifests.values().any(|manifest| !manifest.bin.is_empty());
        let outputs = built.filter(|_| commands).map(|pack| self.plan.host.store().open_pack(pack));
        let outputs = outputs.transpose()?;
        let with_built = |key: KeyBuilder| built.iter().fold(key, |key, pack| key.field("built", *pack));
        for (id, manifest) in manifests {
            key = key.field("importer", id.as_str()).field("manifest", manifest.raw.to_string());
            for path in manifest.bin.values() {
                let inside = path.trim_start_matches("./");
                let place = if id.is_root() { inside.to_owned() } else { format!("{id}/{inside}") };
                let output = outputs.as_ref().and_then(|pack| Some((pack, pack.find(&place)?)));
                key = match output {
                    Some((pack, entry)) => key.field("built", first_line(&pack.bytes(entry)?)),
                    None if is_plain(inside) => add_first_line(key, &manifest.dir.join(path)),
                    None => with_built(add_first_line(key, &manifest.dir.join(path))),
                };
            }
            if manifest.raw.get("directories").is_some() {
                key = with_built(key);
            }
        }
        Ok(key)
    }
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
