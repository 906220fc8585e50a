//! Where packages lie under `nodeLinker: hoisted`. In: a workspace and a closure. Out: spots: directories, some in others.

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
    /// The folder that it lies in: `node_modules/y/node_modules`.
    pub(crate) modules: String,
    /// Its name there: `x`.
    pub(crate) alias: String,
    pub(crate) package: DepPath,
}

/// All spots of a tree.
#[derive(Debug)]
pub(crate) struct Spots {
    /// Sorted by directory: a package comes before what lies in it.
    pub(crate) sorted: Vec<Spot>,
    /// By package, the directory that is nearest to the top.
    first: BTreeMap<DepPath, String>,
}

impl Spots {
    /// Hoists the packages of a closure.
    ///
    /// # Errors
    /// A name that cannot be a path; a lockfile that cannot be hoisted.
    pub(crate) fn new(workspace: &Workspace, closure: &Closure) -> Result<Spots, LayoutError> {
        let installed = |package: &DepPath| closure.packages.contains_key(package);
        let (mut first, mut sorted) = (BTreeMap::new(), Vec::new());
        for place in hoister::places(workspace, closure.include, &installed)? {
            let mut modules = place.importer.path_of("node_modules");
            let Some((alias, above)) = place.path.split_last() else { continue };
            for name in above {
                modules = format!("{modules}/{name}/node_modules");
            }
            check_name(place.package.as_str(), alias)?;
            let dir = format!("{modules}/{alias}");
            first.entry(place.package.clone()).or_insert_with(|| dir.clone());
            sorted.push(Spot { dir, modules, alias: alias.clone(), package: place.package });
        }
        sorted.sort_by(|a, b| a.dir.cmp(&b.dir));
        Ok(Spots { sorted, first })
    }

    /// The directory of a package that is nearest to the top.
    pub(crate) fn first(&self, package: &DepPath) -> Option<&str> {
        self.first.get(package).map(String::as_str)
    }

    /// All directories of each package.
    pub(crate) fn by_package(&self) -> BTreeMap<DepPath, Vec<String>> {
        let mut dirs: BTreeMap<DepPath, Vec<String>> = BTreeMap::new();
        for spot in &self.sorted {
            dirs.entry(spot.package.clone()).or_default().push(spot.dir.clone());
        }
        dirs
    }

    /// What lies in each node_modules.
    pub(crate) fn by_modules(&self) -> BTreeMap<&str, Vec<&Spot>> {
        let mut modules: BTreeMap<&str, Vec<&Spot>> = BTreeMap::new();
        for spot in &self.sorted {
            modules.entry(&spot.modules).or_default().push(spot);
        }
        modules
    }

    /// The innermost spot that `path` lies in.
    pub(crate) fn around(&self, path: &str) -> Option<&Spot> {
        let mut folder = parent(path);
        while !folder.is_empty() {
            if let Ok(at) = self.sorted.binary_search_by(|spot| spot.dir.as_str().cmp(folder)) {
                return self.sorted.get(at);
            }
            folder = parent(folder);
        }
        None
    }
}
