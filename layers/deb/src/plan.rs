//! The location of every packaged file. In: scanned packages, in order. Out: the tree, and for each entry of each
//! package its path in the tree, or `None`. No content is read here.
//!
//! The tree begins with the links that debootstrap creates before the first package: `/bin`, `/sbin`, `/lib` (and
//! `/lib64` if the architecture's loader is there) are links into `/usr`. Bookworm's packages, which still have files
//! below `/lib`, and trixie's, which have none, therefore give the same form. The other rules are dpkg's
//! (<https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/src/main/archives.c>, `tarobject`). Links among the parents of a path
//! are followed. A directory does not replace a link to a directory. A link does not replace a directory. A file in two
//! packages is an error, unless one of them declares that it replaces the other. A file that no package owns is
//! overwritten; for configuration files, [`crate::conffiles`] decides.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{LayerPath, MTIME, Meta};
use fourply_rootfs::packages::Claims;
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::conffiles::Conffile;
use crate::error::{DebianError, Result};
use crate::installed::InstalledDebs;
use crate::prune::is_pruned;
use crate::relation;
use crate::scan::{DebItem, Scanned, What};

/// The name of the initial links in messages.
const ITSELF: &str = "the base itself";

/// The tree, and the owner of each path.
#[derive(Debug, Default)]
pub(crate) struct DebPlan<'g> {
    /// All entries by real path, without pruned ones.
    pub tree: RootfsMetadata,
    /// The location of each item of each package, in order.
    pub claims: Claims,
    /// The base of the packages.
    pub base: Option<&'g InstalledDebs<'g>>,
    /// The base's packages that are replaced.
    pub gone: BTreeSet<String>,
    /// Paths of the base that the image no longer has.
    pub removed: BTreeSet<String>,
    /// By the number of a package: configuration files that only the base's version had, with the MD5 at their
    /// installation.
    pub obsolete: BTreeMap<usize, Vec<(String, String)>>,
    /// Paths that belonged to another package of the base, with its name.
    pub taken: BTreeMap<String, String>,
}

/// Plans the layer of these packages. `architecture` is Debian's name.
///
/// # Errors
/// [`DebianError::Conflict`], or a path cannot be laid out.
pub(crate) fn plan(packages: &[Scanned], architecture: &str) -> Result<DebPlan<'static>> {
    let mut plan = DebPlan::default();
    plan.seed(architecture);
    plan.add_all(packages)
}

/// Plans a layer on top of a base.
///
/// # Errors
/// Those of [`plan`]; or a package of the base has the same file.
pub(crate) fn plan_on<'g>(base: &'g InstalledDebs<'g>, packages: &[Scanned]) -> Result<DebPlan<'g>> {
    let tree = RootfsMetadata { entries: base.rootfs.entries.clone(), ..RootfsMetadata::default() };
    DebPlan { tree, base: Some(base), ..DebPlan::default() }.add_all(packages)
}

impl DebPlan<'_> {
    fn add_all(mut self, packages: &[Scanned]) -> Result<Self> {
        for (number, package) in packages.iter().enumerate() {
            self.claims.begin(package.items.len());
            for (at, item) in package.items.iter().enumerate() {
                self.add(packages, number, at, item)?;
            }
            self.leave(number, package);
        }
        self.prune();
        Ok(self)
    }

    /// Whether an item is in the image, possibly because another package or the base contains the same folder or link.
    pub(crate) fn has(&self, packages: &[Scanned], number: usize, at: usize) -> bool {
        let Some(package) = packages.get(number) else { return false };
        let Some(item) = package.items.get(at) else { return false };
        // dpkg lists a file by its own path, even if it was diverted.
        let path = self.base.map_or(item.path.as_str(), |base| base.diverted(&item.path, &package.pin.name));
        let Some(real) = self.tree.real_path(path) else { return false };
        match item.what {
            What::Directory | What::Symlink(_) => self.tree.entries.contains_key(&real),
            What::File(_) | What::Hardlink(_) => self.claims.holds(number, at, &real),
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
            self.tree.entries.insert(path.into(), entry(TreeKind::Symlink(target.into()), 0o777, 0, 0));
        }
    }

    fn add(&mut self, packages: &[Scanned], number: usize, at: usize, item: &DebItem) -> Result<()> {
        if item.path.is_empty() {
            return Ok(());
        }
        let Some(of) = packages.get(number) else { return Ok(()) };
        let package = of.deb.name.as_str();
        let path = self.base.map_or(item.path.as_str(), |base| base.diverted(&item.path, &of.pin.name));
        let real = self.tree.real_path(path).ok_or_else(|| {
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
                let entry = entry(TreeKind::Directory, item.mode, item.uid, item.gid);
                self.tree.entries.insert(real, entry);
                Ok(())
            }
            (What::Directory, Some(TreeKind::Directory)) | (What::Symlink(_), Some(TreeKind::Directory)) => {
                Ok(())
            }
            (What::Directory, Some(TreeKind::Symlink(_))) if self.tree.is_directory(&real) => Ok(()),
            (What::Symlink(target), Some(TreeKind::Symlink(known))) if *target == known => Ok(()),
            (What::Directory, Some(_)) | (_, Some(TreeKind::Directory)) => {
                Err(self.conflict(packages, number, real))
            }
            (_, None) => {
                let deleted = self.deleted(of, &real, &item.path);
                self.settle(packages, number, at, item, place, deleted.unwrap_or(Conffile::Replaced))
            }
            (_, Some(_)) => match self.wins(packages, number, &real) {
                Some(true) => {
                    let conffile = self.conffile(of, &real, &item.path);
                    self.settle(packages, number, at, item, place, conffile)
                }
                Some(false) => Ok(()),
                None => Err(self.conflict(packages, number, real)),
            },
        }
    }

    fn settle(
        &mut self,
        packages: &[Scanned],
        number: usize,
        at: usize,
        item: &DebItem,
        place: LayerPath,
        conffile: Conffile,
    ) -> Result<()> {
        let beside = match conffile {
            Conffile::Replaced => return self.put(packages, number, at, item, place),
            Conffile::Kept => None,
            Conffile::Beside(path) => Some(LayerPath::new(path)?),
        };
        self.claims.hold(number, at, place.as_str());
        if let Some(path) = beside {
            self.claims.beside(number, at, path);
        }
        Ok(())
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
        item: &DebItem,
        path: LayerPath,
    ) -> Result<()> {
        let real = path.as_str().to_owned();
        let name = packages.get(number).map(|package| package.pin.name.as_str()).unwrap_or_default();
        if let Some(owner) = self.base_owner(&real, name) {
            self.taken.insert(real.clone(), owner);
        }
        let given = self.claims.give(&self.tree, number, at, &item.what, path);
        let (_, kind) = given.map_err(|reason| {
            let name = packages.get(number).map(|package| package.deb.name.as_str()).unwrap_or_default();
            DebianError::package(name, &item.path, reason)
        })?;
        let mode = if matches!(kind, TreeKind::Symlink(_)) { 0o777 } else { item.mode };
        self.tree.entries.insert(real, entry(kind, mode, item.uid, item.gid));
        Ok(())
    }

    /// Whether the package takes over the path from its owner; `None` if neither replaces the other.
    fn wins(&self, packages: &[Scanned], number: usize, real: &str) -> Option<bool> {
        let new = packages.get(number)?;
        let Some(owner) = self.claims.owner(real) else { return self.wins_over_base(new, real) };
        let old = packages.get(owner).filter(|_| owner != number)?;
        match (replaces(new, &old.pin.name, &old.pin.version), replaces(old, &new.pin.name, &new.pin.version))
        {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }

    /// A file that no package of the base owns is overwritten; the targets of the tree's initial links are not.
    fn wins_over_base(&self, new: &Scanned, real: &str) -> Option<bool> {
        let base = self.base?;
        let mut others =
            base.owners(real).filter(|old| *old.name != *new.pin.name && !self.gone.contains(&*old.name));
        others.all(|old| replaces(new, &old.name, &old.version)).then_some(true)
    }

    /// The package of the base that has a path, except the one of this name.
    fn base_owner(&self, real: &str, name: &str) -> Option<String> {
        let mut owners = self.base?.owners(real);
        owners
            .find(|old| *old.name != *name && !self.gone.contains(&*old.name))
            .map(|old| old.name.to_string())
    }

    fn conffile(&self, package: &Scanned, real: &str, path: &str) -> Conffile {
        let (Some(base), Some(new)) = (self.base, package.conffiles.get(path)) else {
            return Conffile::Replaced;
        };
        if self.claims.owner(real).is_some() {
            return Conffile::Replaced;
        }
        let old = base.conffiles(&package.pin.name).and_then(|files| files.get(path)).map(String::as_str);
        Conffile::of(real, old, base.found(real), new)
    }

    /// The decision for a deleted file of the base's package; `None` for others.
    fn deleted(&self, package: &Scanned, real: &str, path: &str) -> Option<Conffile> {
        let old = self.base?.conffiles(&package.pin.name)?.get(path)?;
        Some(Conffile::of_deleted(real, old, package.conffiles.get(path)?))
    }

    /// Removes files that only the base's version of this package has.
    fn leave(&mut self, number: usize, package: &Scanned) {
        let name = &package.pin.name;
        let Some(base) = self.base.filter(|base| base.packages.iter().any(|known| *known.name == **name))
        else {
            return;
        };
        self.gone.insert(name.clone());
        let new =
            package.items.iter().filter_map(|item| self.tree.real_path(base.diverted(&item.path, name)));
        let new: BTreeSet<String> = new.collect();
        let mut folders = Vec::new();
        let mut files = Vec::new();
        for path in base.paths(name).filter(|path| !new.contains(*path) && !base.is_others(path, &self.gone))
        {
            match self.tree.entries.get(path).map(|entry| &entry.kind) {
                Some(TreeKind::Directory) => folders.push(path.clone()),
                // A link into /usr belongs to no package, though a list may name it.
                Some(TreeKind::Symlink(_)) if !path.contains('/') => {}
                Some(_) if self.claims.owner(path).is_none() => files.push(path.clone()),
                _ => {}
            }
        }
        for path in files {
            match obsolete(base, name, &path) {
                Some(sum) => self.obsolete.entry(number).or_default().push((path, sum)),
                None => self.take_out(path),
            }
        }
        // Innermost first: a folder may become empty.
        for path in folders.into_iter().rev() {
            let range = format!("{path}/")..format!("{path}0");
            if self.tree.entries.range(range).next().is_none() {
                self.take_out(path);
            }
        }
    }

    fn take_out(&mut self, path: String) {
        self.tree.entries.remove(&path);
        self.removed.insert(path);
    }

    /// The base's paths that layers must hide, without paths inside such a folder.
    pub(crate) fn whiteouts(&self) -> Vec<&String> {
        let hidden = |path: &&String| !self.tree.entries.contains_key(*path);
        let all: Vec<&String> = self.removed.iter().filter(hidden).collect();
        let above = |path: &str| {
            path.match_indices('/')
                .filter_map(|(end, _)| path.get(..end))
                .any(|folder| self.removed.contains(folder) && !self.tree.entries.contains_key(folder))
        };
        all.into_iter().filter(|path| !above(path)).collect()
    }

    fn conflict(&self, packages: &[Scanned], number: usize, path: String) -> DebianError {
        let name =
            |number: usize| packages.get(number).map(|package| package.deb.name.clone()).unwrap_or_default();
        let new = packages.get(number).map(|package| package.pin.name.as_str()).unwrap_or_default();
        let of_base =
            || self.base_owner(&path, new).map_or(ITSELF.to_owned(), |old| format!("the base's {old}"));
        let first = self.claims.owner(&path).map_or_else(of_base, name);
        DebianError::Conflict { path, first, second: name(number) }
    }

    /// Removes pruned paths, except targets of remaining hard links and parents of remaining paths.
    fn prune(&mut self) {
        let links = self.claims.written().filter(|place| !is_pruned(place.path.as_str()));
        let needed: BTreeSet<LayerPath> = links.filter_map(|place| place.link.clone()).collect();
        let goes = |path: &str| is_pruned(path) && !needed.iter().any(|kept| kept.as_str() == path);
        self.claims.drop_where(|path| goes(path.as_str()));
        let kept = self.claims.written();
        let folders: BTreeSet<String> =
            kept.flat_map(|place| place.path.ancestors().map(String::from)).collect();
        self.tree.entries.retain(|path, _| !goes(path) || folders.contains(path));
    }
}

/// Whether a package declares that its files replace the other's.
fn replaces(package: &Scanned, name: &str, version: &str) -> bool {
    let relations =
        relation::parse(package.control.paragraph.get("Replaces").unwrap_or_default()).unwrap_or_default();
    let mut relations = relations.into_iter().flatten();
    relations.any(|relation| relation.name == name && relation.admits(Some(version)))
}

/// The MD5 of a configuration file of the base's package.
fn obsolete(base: &InstalledDebs<'_>, name: &str, path: &str) -> Option<String> {
    base.conffiles(name)?.get(path).cloned()
}

fn entry(kind: TreeKind, mode: u32, uid: u32, gid: u32) -> TreeEntry {
    TreeEntry { kind, mode, uid, gid, mtime: MTIME, xattrs: BTreeMap::new(), program: None }
}

/// A directory owned by root.
pub(crate) fn directory(mode: u32) -> TreeEntry {
    entry(TreeKind::Directory, mode, 0, 0)
}

/// An item's metadata in a tar entry: its mode with setuid and similar bits, its owner's numbers, and the time of all
/// entries.
pub(crate) fn meta(item: &DebItem) -> Meta {
    Meta::new(item.mode, item.uid, item.gid)
}

#[cfg(test)]
mod tests;
