//! Part of a closure, for an image whose outputs already contain packages. In: a closure, the dependencies of the
//! service that stay. Out: these and everything that they need.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Feed, KeyValue};

use super::graph::{Closure, Dependency};
use crate::{DepPath, ImporterId, PnpmError};

/// Which packages of the lockfile an image has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ImagePackages {
    /// Everything that the service depends on.
    #[default]
    All,
    /// These dependencies, by their names in the service's package.json, and what they need. An empty set means no
    /// package.
    Only(BTreeSet<String>),
}

impl KeyValue for ImagePackages {
    fn feed(&self, feed: &mut Feed<'_>) {
        match self {
            ImagePackages::All => None,
            ImagePackages::Only(names) => Some(names),
        }
        .feed(feed);
    }
}

impl ImagePackages {
    /// No package at all.
    pub fn none() -> ImagePackages {
        ImagePackages::Only(BTreeSet::new())
    }

    /// Whether the image has no package at all.
    pub fn is_none(&self) -> bool {
        matches!(self, ImagePackages::Only(names) if names.is_empty())
    }

    /// Whether the image has only some of the packages.
    pub fn is_some(&self) -> bool {
        !self.is_all() && !self.is_none()
    }

    /// Whether the service's dependency of this name is left out.
    pub fn leaves_out(&self, name: &str) -> bool {
        matches!(self, ImagePackages::Only(names) if !names.contains(name))
    }

    /// Whether the image has all packages.
    pub fn is_all(&self) -> bool {
        *self == ImagePackages::All
    }
}

impl Closure {
    /// The packages of this closure that an image has; the root stays for its package.json.
    ///
    /// # Errors
    /// [`PnpmError::NoDependency`] for a name that the service does not depend on.
    pub fn part(self, service: &ImporterId, packages: &ImagePackages) -> Result<Closure, PnpmError> {
        let ImagePackages::Only(names) = packages else { return Ok(self) };
        let own = self.direct.get(service).map(Vec::as_slice).unwrap_or_default();
        if let Some(name) = names.iter().find(|name| !own.iter().any(|(alias, _)| alias == *name)) {
            return Err(PnpmError::NoDependency {
                importer: service.clone(),
                name: name.clone(),
                known: own.iter().map(|(alias, _)| alias.clone()).collect(),
            });
        }
        let kept: Vec<_> = own.iter().filter(|(alias, _)| names.contains(alias)).cloned().collect();
        let needed = self.needed(&kept);
        let direct = |id: &ImporterId| match () {
            () if id == service => Some((id.clone(), kept.clone())),
            () if needed.importers.contains(id) => Some((id.clone(), self.direct.get(id)?.clone())),
            () => None,
        };
        let direct = self.importers.iter().filter_map(direct).filter(|_| !names.is_empty());
        let direct: BTreeMap<_, _> = direct.collect();
        let is_kept = |id: &&ImporterId| id.is_root() || *id == service || needed.importers.contains(*id);
        Ok(Closure {
            importers: self.importers.iter().filter(is_kept).cloned().collect(),
            others: BTreeSet::new(),
            include: self.include,
            direct,
            unlinked: BTreeMap::new(),
            packages: self.packages.into_iter().filter(|(path, _)| needed.packages.contains(path)).collect(),
            mismatched: self
                .mismatched
                .into_iter()
                .filter(|(path, _)| needed.packages.contains(path))
                .collect(),
            skipped: self.skipped,
        })
    }

    fn needed(&self, from: &[(String, Dependency)]) -> Needed {
        let mut needed = Needed::default();
        let mut waiting: Vec<&Dependency> = from.iter().map(|(_, to)| to).collect();
        while let Some(dependency) = waiting.pop() {
            let more = match dependency {
                Dependency::Package(path) if needed.packages.insert(path.clone()) => {
                    self.packages.get(path).map(|package| package.children.as_slice())
                }
                Dependency::Link(folder) => self
                    .owner(folder)
                    .filter(|id| needed.importers.insert((*id).clone()))
                    .and_then(|id| self.direct.get(id).map(Vec::as_slice)),
                Dependency::Package(_) => None,
            };
            waiting.extend(more.unwrap_or_default().iter().map(|(_, to)| to));
        }
        needed
    }

    /// The importer that a link leads to: the folder itself, or the importer that publishes it.
    fn owner(&self, folder: &ImporterId) -> Option<&ImporterId> {
        let holds = |id: &&ImporterId| {
            *id == folder
                || folder.as_str().strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        self.importers.iter().filter(holds).max_by_key(|id| id.as_str().len())
    }
}

/// The part that stays.
#[derive(Default)]
struct Needed {
    packages: BTreeSet<DepPath>,
    importers: BTreeSet<ImporterId>,
}

#[cfg(test)]
mod tests;
