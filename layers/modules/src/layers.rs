//! The stage from a closure to layers: plan → split → fragments → layers. If the key of the inputs is known, the stage
//! returns its layers without reading any package.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use fourply_blob::{Codec, Fragment, Key, LayerFormat, counted};
use fourply_pnpm::{ClosurePackage, DepPath, ImporterId, Resolution, SharedLayer, Tree};
use fourply_scripts::sandbox::Level;
use fourply_scripts::toolchain;
use fourply_store::{BuiltLayer, Store};
use tracing::Span;

use crate::divided::{OwnPackages, divided, link_fragments, package_fragments};
use crate::layers_key::layers_key;
use crate::plan::{PlannedTree, plan};
use crate::{ImagePlacement, Inventory, LayersRequest, ModulesError, Owner, own_fragments, shared_fragments};

/// The name of the stage.
const STAGE: &str = "modules";

/// The layers of the production closure: those shared with other services, then the service's own.
///
/// # Errors
/// Errors of fetching, installing and layout.
pub fn layers(request: &LayersRequest<'_>) -> Result<ModuleLayers, ModulesError> {
    let LayersRequest { plan: install, service, production, .. } = request;
    let (host, store) = (&install.host, install.host.store());
    let key = layers_key(request)?;
    let look = |key: &Key| {
        let layers = store.known_layers(STAGE, key).filter(|_| request.as_compiled(key))?;
        Inventory::is_kept(store, key).then_some((layers, *key))
    };
    let known = match install.settings.ignore_scripts {
        true => look(&Level::Full.key(&key)).map(|found| (Level::Full, found)),
        false => host.sandbox.known_at(&key, |key| Ok::<_, ModulesError>(look(key)))?,
    };
    if let Some((level, (layers, key))) = known {
        return Ok(ModuleLayers { layers, key, level });
    }
    for (package, reason) in &production.mismatched {
        host.warn(&format!("{package} may not run in the image: {reason}"));
    }
    let shared = match request.packages.is_all() {
        true => request.shared.of(install.workspace, install.target, service)?,
        false => Vec::new(),
    };
    let PlannedTree { tree, toolchain, complete } =
        plan(install, production, request.image.path, request.folders)?;
    let inventory = Inventory::of(&tree, store, request.prune)?;
    let layers = request.written(&tree, &inventory, &shared)?;
    // What was downloaded in the meantime is part of the key.
    let key = layers_key(request)?;
    let keep = |key: &Key| {
        inventory.keep(store, key)?;
        // The key does not cover packages that could not be fetched: the next build tries again.
        if complete {
            store.put(&ToolchainOf { layers: key }, &toolchain)?;
            store.remember_layers(key, &layers)?;
        }
        Ok::<_, ModulesError>(*key)
    };
    let (key, level) = match install.settings.ignore_scripts {
        true => (keep(&Level::Full.key(&key))?, Level::Full),
        false => (host.sandbox.keep(&key, keep)?, host.sandbox.made_at()),
    };
    Ok(ModuleLayers { layers, key, level })
}

/// The layers of a production closure.
#[derive(Debug, Clone)]
pub struct ModuleLayers {
    /// From the lowest to the highest.
    pub layers: Vec<BuiltLayer>,
    /// The key of all inputs.
    pub key: Key,
    /// How strongly the install scripts were confined.
    pub level: Level,
}

impl ModuleLayers {
    /// The inventory; `None` if the store was cleaned in the meantime.
    pub fn inventory(&self, store: &Store) -> Option<Inventory> {
        Inventory::kept(store, &self.key)
    }
}

fourply_store::record! {
    /// The compilers of the packages in a stage's layers; `None` if nothing was compiled or there was no compiler.
    struct ToolchainOf<'a> in Toolchain, rules 2 => Option<String> {
        layers: &'a Key,
    }
}

impl LayersRequest<'_> {
    /// Whether the current compilers are those that compiled these layers. A host without a compiler accepts any.
    fn as_compiled(&self, key: &Key) -> bool {
        let (host, env) = (&self.plan.host, &self.plan.settings.env);
        match host.store().get(&ToolchainOf { layers: key }) {
            Some(Some(then)) => toolchain(host.store(), env, host.cancelled)
                .is_ok_and(|now| now.is_none_or(|now| now == then)),
            Some(None) => true,
            None => false,
        }
    }

    fn written(
        &self,
        tree: &Tree,
        inventory: &Inventory,
        shared: &[(&SharedLayer, usize)],
    ) -> Result<Vec<BuiltLayer>, ModulesError> {
        let prefix = self.image.prefix()?;
        let site = ImagePlacement {
            prefix: &prefix,
            owner: Owner { uid: 0, gid: 0 },
            directories: self.image.directories,
            prune: self.prune,
        };
        match self.shared.format {
            LayerFormat::V2 if self.shared.budget > 1 => self.divided(tree, inventory, shared, &site),
            LayerFormat::V1 | LayerFormat::V2 => {
                self.by_use(tree, &shared.iter().map(|(layer, _)| *layer).collect::<Vec<_>>(), &site)
            }
        }
    }

    fn build(&self, comment: &str, fragments: &[Arc<dyn Fragment>]) -> Result<BuiltLayer, ModulesError> {
        Ok(self.plan.host.store().build_layer(STAGE, comment, fragments, self.image.codec)?)
    }

    /// One layer for each set of services, and the service's own.
    fn by_use(
        &self,
        tree: &Tree,
        shared: &[&SharedLayer],
        site: &ImagePlacement<'_>,
    ) -> Result<Vec<BuiltLayer>, ModulesError> {
        let store = self.plan.host.store();
        let mut layers = Vec::new();
        for layer in shared {
            let fragments = shared_fragments(store, tree, site, layer)?;
            layers.push(self.build(&comment(&layer.packages, &layer.users), &fragments)?);
        }
        let own = own_fragments(store, tree, site, shared)?;
        let elsewhere = shared.iter().map(|layer| layer.packages.len()).sum::<usize>();
        let packages = tree.slots.len().saturating_sub(elsewhere);
        let comment = match packages {
            // All packages are in shared layers.
            0 => format!("links of {}", self.service),
            some => format!("{} of {}", counted(some, "package"), self.service),
        };
        layers.push(self.build(&comment, &own)?);
        Ok(layers)
    }

    /// Layers of packages that change together, then the layer of links.
    fn divided(
        &self,
        tree: &Tree,
        inventory: &Inventory,
        shared: &[(&SharedLayer, usize)],
        site: &ImagePlacement<'_>,
    ) -> Result<Vec<BuiltLayer>, ModulesError> {
        let is_folder = |package: &ClosurePackage| matches!(package.resolution, Resolution::Directory { .. });
        let packages = self.production.packages.iter();
        let own = OwnPackages {
            service: self.service,
            folders: packages.filter(|(_, package)| is_folder(package)).map(|(path, _)| path).collect(),
            most: self.shared.of_packages(),
        };
        let store = self.plan.host.store();
        let mut wanted = Vec::new();
        for layer in divided(inventory, shared, &own) {
            let fragments = package_fragments(store, tree, site, &layer)?;
            wanted.push((comment(&layer.packages, &layer.users), fragments));
        }
        wanted.push((format!("links of {}", self.service), link_fragments(tree, site)?));
        build_all(store, &wanted, self.image.codec)
    }
}

/// How many layers are built at once. Small layers wait for the disk more than for a CPU. The memory of one layer is
/// needed this many times.
const AT_ONCE: usize = 2;

/// Builds layers from comments and fragments, in order. It uses its own threads, because a layer waits for its
/// fragments.
fn build_all(
    store: &Store,
    wanted: &[(String, Vec<Arc<dyn Fragment>>)],
    codec: Codec,
) -> Result<Vec<BuiltLayer>, ModulesError> {
    let here = Span::current();
    let build = |(comment, fragments): &(String, Vec<Arc<dyn Fragment>>)| {
        let _here = here.enter();
        store.build_layer(STAGE, comment, fragments, codec)
    };
    let mut layers = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        let built: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|layer| scope.spawn(|| build(layer))).collect();
            let joined = |handle: thread::ScopedJoinHandle<'_, _>| {
                handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            running.into_iter().map(joined).collect()
        });
        for layer in built {
            layers.push(layer?);
        }
    }
    Ok(layers)
}

/// The history text of a package layer. It contains nothing that differs between the services with this layer.
fn comment(packages: &BTreeSet<DepPath>, users: &BTreeSet<ImporterId>) -> String {
    const SHOWN: usize = 6;
    let packages = counted(packages.len(), "package");
    if users.len() > SHOWN {
        return format!("{packages} of {}", counted(users.len(), "service"));
    }
    let users: Vec<&str> = users.iter().map(ImporterId::as_str).collect();
    format!("{packages} of {}", users.join(", "))
}
