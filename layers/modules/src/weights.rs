//! The sizes of an image's packages, and why they are there. In: the inventory of the layers, the closure. Out:
//! [`Weights`], kept with the layers.
//!
//! A package that only optional peers lead to may be left out, if no other package of the workspace needs one of that
//! name: a package that is left out is left out of all images.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fourply_blob::Key;
use fourply_pnpm::{Closure, DepPath, Dependency, ImporterId, Include, Target, Workspace, closure};
use fourply_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::{Inventory, ModuleLayers};

/// How many of the largest packages are listed.
const TOP: usize = 5;

/// The size of node_modules, in bytes of files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Weights {
    /// The number of packages.
    pub packages: usize,
    /// The size of all packages.
    pub total: u64,
    /// The largest, the largest first.
    pub top: Vec<PackageWeight>,
    /// Packages of the workspace that only optional peers lead to, the largest first. Sizes include their dependencies.
    pub spare: Vec<PackageWeight>,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageWeight {
    pub name: String,
    pub size: u64,
    /// The shortest path to it: the service, workspace packages and packages, ending with itself.
    pub way: Vec<String>,
}

fourply_store::record! {
    /// The sizes of the packages in a stage's layers.
    struct WeightsOf<'a> in Weights, rules 2 => Weights {
        layers: &'a Key,
        /// What is spare depends on all that it has, and that is a closure of the whole workspace.
        lockfile: &'a Key,
        target: &'a Target,
    }
}

impl Weights {
    /// The sizes of the packages in these layers; `None` if the inventory is no longer known.
    ///
    /// # Errors
    /// The record cannot be kept.
    pub fn of(
        store: &Store,
        layers: &ModuleLayers,
        workspace: &Workspace,
        closure: &Closure,
        service: &ImporterId,
        target: &Target,
    ) -> Result<Weights, StoreError> {
        let _span = tracing::info_span!("weights").entered();
        let record = WeightsOf { layers: &layers.key, lockfile: &workspace.lockfile_text_key, target };
        store.get_or(&record, || {
            let inventory = layers.inventory(store).unwrap_or_default();
            let mut weights = Ways { workspace, closure }.weigh(&inventory, service);
            if !weights.spare.is_empty() {
                let needed = needed(workspace, target);
                let is_spare = |name: &str| needed.as_ref().is_some_and(|names| !names.contains(name));
                weights.spare.retain(|package| is_spare(&package.name));
            }
            Ok(weights)
        })
    }
}

/// The names of all packages that the workspace needs in production; `None` if that cannot be determined.
fn needed(workspace: &Workspace, target: &Target) -> Option<BTreeSet<String>> {
    let all: Vec<ImporterId> = workspace.lockfile.importers.keys().cloned().collect();
    let closure = closure(workspace, &all, Include::Production, target).ok()?;
    let places = Ways { workspace, closure: &closure }.walk(&all, false).into_keys();
    let names = places.filter_map(|place| match place {
        Place::Package(package) => Some(package.name().to_owned()),
        Place::Folder(_) => None,
    });
    Some(names.collect())
}

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Folder(ImporterId),
    Package(DepPath),
}

struct Ways<'a> {
    workspace: &'a Workspace,
    closure: &'a Closure,
}

impl Ways<'_> {
    fn weigh(&self, inventory: &Inventory, service: &ImporterId) -> Weights {
        let roots = [service.clone(), ImporterId::root()];
        let (from, needed) = (self.walk(&roots, true), self.walk(&roots, false));
        let weight = |(dep_path, size): (&str, u64)| {
            let place = Place::Package(DepPath::new(dep_path));
            let name = DepPath::new(dep_path).name().to_owned();
            PackageWeight { name, size, way: way(&from, &place) }
        };
        let mut all: Vec<(&str, u64)> =
            inventory.packages.iter().map(|package| (package.dep_path.as_str(), package.size)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let is_spare = |dep_path: &str| !needed.contains_key(&Place::Package(DepPath::new(dep_path)));
        let spare: Vec<_> = all.iter().copied().filter(|(path, _)| is_spare(path)).map(weight).collect();
        Weights {
            packages: all.len(),
            total: all.iter().map(|(_, size)| size).sum(),
            top: all.into_iter().take(TOP).map(weight).collect(),
            spare,
        }
    }

    /// For each node, its predecessor on a shortest path; with or without edges to optional peers.
    fn walk(&self, roots: &[ImporterId], optional_peers: bool) -> BTreeMap<Place, Option<Place>> {
        let mut from: BTreeMap<Place, Option<Place>> = BTreeMap::new();
        let mut queue: VecDeque<Place> = VecDeque::new();
        for root in roots.iter().cloned().map(Place::Folder) {
            if from.insert(root.clone(), None).is_none() {
                queue.push_back(root);
            }
            while let Some(place) = queue.pop_front() {
                for next in self.edges(&place, optional_peers) {
                    if !from.contains_key(&next) {
                        from.insert(next.clone(), Some(place.clone()));
                        queue.push_back(next);
                    }
                }
            }
        }
        from
    }

    fn edges(&self, place: &Place, optional_peers: bool) -> Vec<Place> {
        let none = Vec::new();
        let (list, optional): (&[(String, Dependency)], BTreeSet<&str>) = match place {
            Place::Folder(folder) => (self.closure.direct.get(folder).unwrap_or(&none), BTreeSet::new()),
            Place::Package(package) => {
                let info = self.workspace.lockfile.packages.get(package.package_key());
                let peers = info.map(|info| info.optional_peers.as_slice()).unwrap_or_default();
                let list = self.closure.packages.get(package).map_or(&none, |package| &package.children);
                (list, peers.iter().map(String::as_str).collect())
            }
        };
        let taken = list.iter().filter(|(name, _)| optional_peers || !optional.contains(name.as_str()));
        taken
            .map(|(_, to)| match to {
                Dependency::Package(package) => Place::Package(package.clone()),
                Dependency::Link(folder) => Place::Folder(folder.clone()),
            })
            .collect()
    }
}

fn way(from: &BTreeMap<Place, Option<Place>>, to: &Place) -> Vec<String> {
    let mut way = Vec::new();
    let mut at = Some(to);
    while let Some(place) = at {
        way.push(match place {
            Place::Folder(folder) => folder.to_string(),
            Place::Package(package) => package.name().to_owned(),
        });
        at = from.get(place).and_then(Option::as_ref);
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests;
