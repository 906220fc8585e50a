//! Where everything of the packages lies. Comes in: packages as they were scanned, in their order. Goes out: the tree, and
//! for each entry of each package its place in it, or none. No content is read here.
//!
//! The tree begins with what debootstrap makes before the first package: `/bin`, `/sbin`, `/lib` (and `/lib64` where the
//! architecture's loader is there) are links into `/usr`, so bookworm's packages, which still have files below `/lib`, and
//! trixie's, which have none, end in the same form. Then, as dpkg does
//! (<https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/src/main/archives.c>, `tarobject`): links among the parents of a path are
//! followed; a directory where a link to a directory is leaves the link; a link where a directory is leaves the directory;
//! a file that two packages have is an error, unless one of them declares that it replaces the other.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{LayerPath, MTIME, Meta};

use super::error::{DebianError, Result};
use super::prune::is_pruned;
use super::relation;
use super::scan::{Item, Scanned, What};
use crate::facts::{FactEntry, FactKind, Facts};

/// What stands for the seeds in messages.
const ITSELF: &str = "the base itself";

/// The tree, and who has what in it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Everything, by real path; what is pruned is not in it.
    pub tree: Facts,
    /// For each package, in the order they came in, the place of each of its items; `None` is not written: a directory,
    /// something pruned, or something another package has.
    pub places: Vec<Vec<Option<Place>>>,
    owners: BTreeMap<String, (usize, usize)>,
}

/// Where an item is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub path: LayerPath,
    /// For a hard link: the path of the file, which precedes it.
    pub link: Option<LayerPath>,
}

/// Plans the layer of these packages. `architecture` is Debian's name.
///
/// # Errors
/// [`DebianError::Conflict`], or a path that cannot be laid out.
pub(super) fn plan(packages: &[Scanned], architecture: &str) -> Result<Plan> {
    let mut plan = Plan::default();
    plan.seed(architecture);
    plan.add_all(packages)
}

/// Plans a layer on top of this tree.
///
/// # Errors
/// As [`plan`]; what the tree has, no package may have too.
pub(super) fn plan_on(ground: &Facts, packages: &[Scanned]) -> Result<Plan> {
    let tree = Facts { entries: ground.entries.clone(), ..Facts::default() };
    Plan { tree, ..Plan::default() }.add_all(packages)
}

impl Plan {
    fn add_all(mut self, packages: &[Scanned]) -> Result<Self> {
        for (number, package) in packages.iter().enumerate() {
            self.places.push(vec![None; package.items.len()]);
            for (at, item) in package.items.iter().enumerate() {
                self.add(packages, number, at, item)?;
            }
        }
        self.prune(packages);
        Ok(self)
    }

    /// Whether an item is in the image, be it that another package or the base itself brings the same folder or link.
    pub fn has(&self, number: usize, at: usize, item: &Item) -> bool {
        match item.what {
            What::Directory | What::Symlink(_) => {
                self.tree.real_path(&item.path).is_some_and(|real| self.tree.entries.contains_key(&real))
            }
            What::File(_) | What::Hardlink(_) => {
                self.places.get(number).and_then(|places| places.get(at)).is_some_and(Option::is_some)
            }
        }
    }

    fn seed(&mut self, architecture: &str) {
        for (path, mode) in [("", 0o755), ("/lock", 0o1777)] {
            self.tree.entries.insert(format!("run{path}"), directory(mode));
        }
        let folders = ["usr", "usr/bin", "usr/lib", "usr/sbin", "var"];
        let mut links = vec![("bin", "usr/bin"), ("lib", "usr/lib"), ("sbin", "usr/sbin")];
        links.extend([("var/lock", "/run/lock"), ("var/run", "/run")]);
        if matches!(architecture, "amd64" | "ppc64el") {
            self.tree.entries.insert("usr/lib64".into(), directory(0o755));
            links.push(("lib64", "usr/lib64"));
        }
        for path in folders {
            self.tree.entries.insert(path.into(), directory(0o755));
        }
        for (path, target) in links {
            self.tree.entries.insert(path.into(), entry(FactKind::Symlink(target.into()), 0o777, 0, 0));
        }
    }

    fn add(&mut self, packages: &[Scanned], number: usize, at: usize, item: &Item) -> Result<()> {
        if item.path.is_empty() {
            return Ok(());
        }
        let package = packages.get(number).map(|package| package.deb.name.as_str()).unwrap_or_default();
        let real = self.tree.real_path(&item.path).ok_or_else(|| {
            DebianError::package(
                package,
                &item.path,
                "what lies above it is no directory, or a loop of links",
            )
        })?;
        let place = LayerPath::new(real.as_str())
            .map_err(|error| DebianError::package(package, &item.path, error))?;
        self.make_parents(&place);
        let here = self.tree.entries.get(&real).map(|entry| entry.kind.clone());
        match (&item.what, here) {
            (What::Directory, None) => {
                let entry = entry(FactKind::Directory, item.mode, item.uid, item.gid);
                self.tree.entries.insert(real, entry);
                Ok(())
            }
            (What::Directory, Some(FactKind::Directory)) | (What::Symlink(_), Some(FactKind::Directory)) => {
                Ok(())
            }
            (What::Directory, Some(FactKind::Symlink(_))) if self.tree.is_directory(&real) => Ok(()),
            (What::Symlink(target), Some(FactKind::Symlink(known))) if *target == known => Ok(()),
            (What::Directory, Some(_)) => Err(self.conflict(packages, number, real)),
            (_, None) => self.put(packages, number, at, item, place),
            (_, Some(_)) => match self.wins(packages, number, &real) {
                Some(true) => self.put(packages, number, at, item, place),
                Some(false) => Ok(()),
                None => Err(self.conflict(packages, number, real)),
            },
        }
    }

    fn make_parents(&mut self, place: &LayerPath) {
        for parent in place.ancestors() {
            self.tree.entries.entry(parent.into()).or_insert_with(|| directory(0o755));
        }
    }

    fn put(
        &mut self,
        packages: &[Scanned],
        number: usize,
        at: usize,
        item: &Item,
        path: LayerPath,
    ) -> Result<()> {
        let link = match &item.what {
            What::Hardlink(target) => Some(self.link_target(packages, number, item, target)?),
            _ => None,
        };
        let (kind, mode) = match &item.what {
            What::Symlink(target) => (FactKind::Symlink(target.clone()), 0o777),
            What::File(size) => (FactKind::File(*size), item.mode),
            What::Directory | What::Hardlink(_) => (FactKind::File(0), item.mode),
        };
        let real = path.as_str().to_owned();
        if let Some((other, item)) = self.owners.insert(real.clone(), (number, at)) {
            self.set_place(other, item, None);
        }
        self.tree.entries.insert(real, entry(kind, mode, item.uid, item.gid));
        self.set_place(number, at, Some(Place { path, link }));
        Ok(())
    }

    fn set_place(&mut self, number: usize, at: usize, place: Option<Place>) {
        if let Some(slot) = self.places.get_mut(number).and_then(|places| places.get_mut(at)) {
            *slot = place;
        }
    }

    /// A hard link's file must be one of the same package, before it.
    fn link_target(
        &self,
        packages: &[Scanned],
        number: usize,
        item: &Item,
        target: &str,
    ) -> Result<LayerPath> {
        let real = self.tree.real_path(target);
        let owned = real.filter(|real| self.owners.get(real).is_some_and(|(owner, _)| *owner == number));
        let is_file =
            |real: &String| matches!(self.tree.entries.get(real).map(|e| &e.kind), Some(FactKind::File(_)));
        match owned.filter(is_file) {
            Some(real) => Ok(LayerPath::new(real)?),
            None => {
                let name = packages.get(number).map(|package| package.deb.name.as_str()).unwrap_or_default();
                let reason =
                    format!("it is a hard link to {target:?}, which is no file of the package before it");
                Err(DebianError::package(name, &item.path, reason))
            }
        }
    }

    /// Whether the package takes the path from the one that has it; `None` where neither replaces the other.
    fn wins(&self, packages: &[Scanned], number: usize, real: &str) -> Option<bool> {
        let (owner, _) = self.owners.get(real).copied().filter(|(owner, _)| *owner != number)?;
        let (new, old) = (packages.get(number)?, packages.get(owner)?);
        match (replaces(new, old), replaces(old, new)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }

    fn conflict(&self, packages: &[Scanned], number: usize, path: String) -> DebianError {
        let name =
            |number: usize| packages.get(number).map(|package| package.deb.name.clone()).unwrap_or_default();
        let first = self.owners.get(&path).map_or_else(|| ITSELF.to_owned(), |(owner, _)| name(*owner));
        DebianError::Conflict { path, first, second: name(number) }
    }

    /// Takes out what the list says, but not the files of hard links that stay, nor the folders of what stays.
    fn prune(&mut self, packages: &[Scanned]) {
        let links = self.places.iter().flatten().flatten().filter(|place| !is_pruned(place.path.as_str()));
        let needed: BTreeSet<LayerPath> = links.filter_map(|place| place.link.clone()).collect();
        let goes = |path: &str| is_pruned(path) && !needed.iter().any(|kept| kept.as_str() == path);
        for place in self.places.iter_mut().flatten() {
            place.take_if(|place| goes(place.path.as_str()));
        }
        self.owners.retain(|path, _| !goes(path));
        let kept = self.places.iter().flatten().flatten();
        let folders: BTreeSet<String> =
            kept.flat_map(|place| place.path.ancestors().map(String::from)).collect();
        self.tree.entries.retain(|path, _| !goes(path) || folders.contains(path));
        debug_assert_eq!(packages.len(), self.places.len());
    }
}

/// Whether a package declares that its files take the place of the other's.
fn replaces(package: &Scanned, other: &Scanned) -> bool {
    let relations =
        relation::parse(package.control.paragraph.get("Replaces").unwrap_or_default()).unwrap_or_default();
    let mut relations = relations.into_iter().flatten();
    relations.any(|relation| relation.name == other.pin.name && relation.admits(Some(&other.pin.version)))
}

fn entry(kind: FactKind, mode: u32, uid: u32, gid: u32) -> FactEntry {
    FactEntry { kind, mode, uid, gid, mtime: MTIME, xattrs: BTreeMap::new() }
}

/// A directory of root's.
pub(super) fn directory(mode: u32) -> FactEntry {
    entry(FactKind::Directory, mode, 0, 0)
}

/// What a tar entry of an item carries: its mode with setuid and its like, its owner's numbers, and the time of all
/// entries.
pub(super) fn meta(item: &Item) -> Meta {
    Meta::new(item.mode, item.uid, item.gid)
}

#[cfg(test)]
mod tests;
