//! Layers that stay the same between releases: each contains packages that change together, and one above them all
//! links. In: a tree, a service's layers by use and their numbers of parts. Out: the packages of each layer, and
//! fragments.
//!
//! A package's own files and the links next to it are in different layers. Otherwise a new version would change the
//! layers of all packages that depend on it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fourply_blob::{EntriesFragment, Entry, Fragment, LayerPath, PathError};
use fourply_pnpm::{DepPath, ImporterId, Node, Part, SharedLayer, Tree, own_share, parts};
use fourply_store::Store;

use crate::slot_fragment::{entry, fragments_of, links_entries};
use crate::{ImagePlacement, Inventory, SlotFragment};

/// A layer of packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DividedLayer {
    /// The services with this layer.
    pub users: BTreeSet<ImporterId>,
    pub packages: BTreeSet<DepPath>,
}

/// The packages of a service that are not in shared layers.
pub(crate) struct OwnPackages<'a> {
    pub service: &'a ImporterId,
    /// Packages that are workspace folders: they change with the code.
    pub folders: BTreeSet<&'a DepPath>,
    /// The most package layers of the image.
    pub most: usize,
}

/// The package layers of an image, from the lowest; `shared` has the number of parts of each. Layers that change most
/// for their size are highest; among equals, those that fewer services have.
pub(crate) fn divided(
    inventory: &Inventory,
    shared: &[(&SharedLayer, usize)],
    own: &OwnPackages<'_>,
) -> Vec<DividedLayer> {
    let sizes = sizes(inventory);
    let elsewhere: BTreeSet<&DepPath> = shared.iter().flat_map(|(layer, _)| &layer.packages).collect();
    let of = |packages: &mut dyn Iterator<Item = &DepPath>| -> BTreeMap<DepPath, u64> {
        packages.filter_map(|package| Some((package.clone(), *sizes.get(package)?))).collect()
    };
    let taken = shared.iter().map(|(_, parts)| parts).sum::<usize>();
    let mut left = own.most.saturating_sub(taken).max(1);
    let alone = |package: &DepPath| left > 1 && own.folders.contains(package);
    let folders = of(&mut sizes.keys().filter(|package| alone(package)));
    let rest = of(&mut sizes.keys().filter(|package| !alone(package) && !elsewhere.contains(package)));
    left -= usize::from(!folders.is_empty());
    let mut all: Vec<(Part, BTreeSet<ImporterId>)> = Vec::new();
    for (layer, number) in shared {
        let packages = of(&mut layer.packages.iter());
        all.extend(parts(&packages, *number).into_iter().map(|part| (part, layer.users.clone())));
    }
    let service = BTreeSet::from([own.service.clone()]);
    all.extend(parts(&rest, own_share(left)).into_iter().map(|part| (part, service.clone())));
    all.sort_by_key(|(part, users)| (part.tier, Reverse(users.len()), users.clone(), part.packages.clone()));
    let folders = DividedLayer { users: service, packages: folders.into_keys().collect() };
    let layer = |(part, users): (Part, _)| DividedLayer { users, packages: part.packages };
    all.into_iter().map(layer).chain([folders]).filter(|layer| !layer.packages.is_empty()).collect()
}

/// The bytes of each package in the image, summed over its locations.
fn sizes(inventory: &Inventory) -> BTreeMap<DepPath, u64> {
    let mut sizes: BTreeMap<DepPath, u64> = BTreeMap::new();
    for package in &inventory.packages {
        *sizes.entry(DepPath::new(package.dep_path.as_str())).or_default() += package.size;
    }
    sizes
}

/// The fragments of a package layer: first the directories of its packages, then each package, sorted by directory.
///
/// # Errors
/// A path of the tree that is not valid in a layer.
pub(crate) fn package_fragments(
    store: &Store,
    tree: &Tree,
    site: &ImagePlacement<'_>,
    layer: &DividedLayer,
) -> Result<Vec<Arc<dyn Fragment>>, PathError> {
    fragments_of(tree, site, &layer.packages, |slot| Arc::new(SlotFragment::package(store, slot, site)))
}

/// The fragment of everything that is not a package's own file: links, shims, directories.
///
/// # Errors
/// A path of the tree that is not valid in a layer.
pub(crate) fn link_fragments(
    tree: &Tree,
    site: &ImagePlacement<'_>,
) -> Result<Vec<Arc<dyn Fragment>>, PathError> {
    let mut entries = links_entries(tree, site)?;
    for (path, node) in tree.slots.iter().flat_map(|slot| &slot.nodes) {
        add_node(&mut entries, path, node, site)?;
    }
    Ok(vec![Arc::new(EntriesFragment::new(entries))])
}

fn add_node(
    entries: &mut BTreeMap<LayerPath, Entry>,
    path: &str,
    node: &Node,
    site: &ImagePlacement<'_>,
) -> Result<(), PathError> {
    for (at, _) in path.match_indices('/') {
        let above = site.prefix.join(path.get(..at).unwrap_or_default())?;
        entries.entry(above).or_insert_with_key(|path| Entry::Directory(site.directories.meta(path)));
    }
    entries.insert(site.prefix.join(path)?, entry(node, site.owner));
    Ok(())
}

#[cfg(test)]
mod tests;
