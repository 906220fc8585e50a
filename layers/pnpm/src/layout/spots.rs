//! The locations of packages under `nodeLinker: hoisted`. In: a workspace and a closure. Out: spots, which are
//! directories that may be nested.

use std::collections::BTreeMap;

use super::error::LayoutError;
use super::locations::check_name;
use super::paths::parent;
use crate::{Closure, DepPath, Workspace, hoister};

/// A package in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    /// `node_modules/y/node_modules/x`.
    pub(crate) dir: String,
    /// The folder around it: `node_modules/y/node_modules`.
    pub(crate) modules: String,
    /// Its name there: `x`.
    pub(crate) alias: String,
    pub(crate) package: DepPath,
}

/// All spots of a tree.
#[derive(Debug)]
pub(crate) struct Spots {
    /// Sorted by directory: a package comes before the packages inside it.
    pub(crate) sorted: Vec<Spot>,
    /// For each package, the directory nearest to the top.
    nearest: BTreeMap<DepPath, (usize, String)>,
    /// For each package, the directory that a depth-first walk reaches first.
    first: BTreeMap<DepPath, String>,
}

impl Spots {
    /// Hoists the packages of a closure.
    ///
    /// # Errors
    /// A name that is not a valid path; a lockfile that cannot be hoisted.
    pub(crate) fn new(workspace: &Workspace, closure: &Closure) -> Result<Spots, LayoutError> {
        let (mut nearest, mut first, mut sorted) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for place in hoister::places(workspace, closure)? {
            let mut modules = place.importer.path_of("node_modules");
            let Some((alias, above)) = place.path.split_last() else { continue };
            for name in above {
                modules = format!("{modules}/{name}/node_modules");
            }
            check_name(place.package.as_str(), alias)?;
            let dir = format!("{modules}/{alias}");
            first.entry(place.package.clone()).or_insert_with(|| dir.clone());
            let held = nearest.entry(place.package.clone()).or_insert_with(|| (place.depth, dir.clone()));
            if place.depth < held.0 {
                *held = (place.depth, dir.clone());
            }
            sorted.push(Spot { dir, modules, alias: alias.clone(), package: place.package });
        }
        sorted.sort_by(|a, b| a.dir.cmp(&b.dir));
        Ok(Spots { sorted, nearest, first })
    }

    /// The directory of a package that is nearest to the top.
    pub(crate) fn nearest(&self, package: &DepPath) -> Option<&str> {
        self.nearest.get(package).map(|(_, dir)| dir.as_str())
    }

    /// The directory of a package that a depth-first walk reaches first.
    pub(crate) fn first_of_walk(&self, package: &DepPath) -> Option<&str> {
        self.first.get(package).map(String::as_str)
    }

    /// The spot of a directory.
    pub(crate) fn at(&self, dir: &str) -> Option<&Spot> {
        let at = self.sorted.binary_search_by(|spot| spot.dir.as_str().cmp(dir)).ok()?;
        self.sorted.get(at)
    }

    /// All directories of each package.
    pub(crate) fn by_package(&self) -> BTreeMap<DepPath, Vec<String>> {
        let mut dirs: BTreeMap<DepPath, Vec<String>> = BTreeMap::new();
        for spot in &self.sorted {
            dirs.entry(spot.package.clone()).or_default().push(spot.dir.clone());
        }
        dirs
    }

    /// The spots in each node_modules.
    pub(crate) fn by_modules(&self) -> BTreeMap<&str, Vec<&Spot>> {
        let mut modules: BTreeMap<&str, Vec<&Spot>> = BTreeMap::new();
        for spot in &self.sorted {
            modules.entry(&spot.modules).or_default().push(spot);
        }
        modules
    }

    /// The innermost spot that contains `path`.
    pub(crate) fn around(&self, path: &str) -> Option<&Spot> {
        let mut folder = parent(path);
        while !folder.is_empty() {
            if let Some(spot) = self.at(folder) {
                return Some(spot);
            }
            folder = parent(folder);
        }
        None
    }
}
