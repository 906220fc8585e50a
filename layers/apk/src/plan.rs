//! The location of every packaged file. In: scanned packages in the order of installation, and their base. Out: the
//! tree, and for each entry of each package its path in the tree, or `None`. No content is read here.
//!
//! Links among the parents of a path are followed within the image, never out of it. A file in two packages belongs to
//! the second if both have the same origin, or if the second replaces the first with a priority that is not lower; to
//! the first if only that one replaces the other; otherwise it is an error. A file that no package owns is overwritten;
//! in a protected folder, the new file is written next to a changed one ([`crate::configuration`]). A folder in several
//! packages gets the owner with the lowest number, and only the permissions that all of its packages agree on. Source
//! of the rules: apk-tools 2.14, `database.c`.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{LayerPath, MTIME, Meta};
use fourply_rootfs::packages::Claims;
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::claim::{Claim, claim};
use crate::configuration::Configuration;
use crate::error::{ApkError, Result};
use crate::files::lowest;
use crate::installed::InstalledApks;
use crate::protected::Protected;
use crate::scan::{ApkItem, Scanned, What};
use crate::scripts::{Accounts, Home};

/// The tree, and the owner of each path.
pub(crate) struct ApkPlan<'g> {
    pub installed: &'g InstalledApks<'g>,
    /// All entries by real path.
    pub tree: RootfsMetadata,
    /// The location of each item.
    pub claims: Claims,
    /// Files of the base's packages that now belong to others.
    pub taken: BTreeSet<String>,
    /// The numbers of the base's packages that are replaced or removed.
    pub gone: BTreeSet<usize>,
    /// The layer's folders, by real path: those of packages, and those of the base whose rights change.
    pub(crate) folders: BTreeSet<String>,
    pub(crate) protected: Protected,
    /// Protected files that keep the base's content, although a new package now owns them.
    pub(crate) kept: BTreeSet<String>,
    /// Homes that scripts created before their packages were installed: the packages do not change them.
    homes: BTreeSet<String>,
}

/// Plans a layer of these packages. `removed` are the base's packages that are no longer needed, `homes` those that
/// each package's scripts create.
///
/// # Errors
/// [`ApkError::Conflict`], or a path cannot be laid out.
pub(crate) fn plan<'g>(
    installed: &'g InstalledApks<'g>,
    packages: &[Scanned],
    removed: &BTreeSet<usize>,
    accounts: &Accounts,
    homes: &[Vec<Home>],
) -> Result<ApkPlan<'g>> {
    let mut plan = ApkPlan {
        installed,
        tree: RootfsMetadata { entries: installed.rootfs.entries.clone(), ..RootfsMetadata::default() },
        claims: Claims::default(),
        taken: BTreeSet::new(),
        gone: BTreeSet::new(),
        folders: BTreeSet::new(),
        protected: Protected::of(installed.rootfs),
        kept: BTreeSet::new(),
        homes: BTreeSet::new(),
    };
    removed.iter().for_each(|number| plan.leave(*number, &[]));
    let before = installed.numbers();
    for (number, package) in packages.iter().enumerate() {
        plan.claims.begin(package.items.len());
        homes.get(number).into_iter().flatten().for_each(|home| plan.home(home));
        for (at, item) in package.items.iter().enumerate() {
            plan.add(packages, number, at, &owned(item, accounts))?;
        }
        if let Some(replaced) = before.get(package.pin.name.as_str()) {
            plan.leave(*replaced, packages.get(..=number).unwrap_or_default());
        }
    }
    Ok(plan)
}

/// The item with its owner's numbers in this image: names have priority over the numbers of the host that packed it.
pub(crate) fn owned(item: &ApkItem, accounts: &Accounts) -> ApkItem {
    let uid = accounts.uid(&item.user).unwrap_or(item.uid);
    let gid = accounts.gid(&item.group).unwrap_or(item.gid);
    ApkItem { uid, gid, ..item.clone() }
}

impl ApkPlan<'_> {
    /// Whether a package owns an item: a folder always, a file unless another package has taken it over.
    pub(crate) fn has(&self, number: usize, at: usize, item: &ApkItem) -> bool {
        let holds = |real: String| self.claims.holds(number, at, &real);
        item.what == What::Directory || self.tree.real_path(&item.path).is_some_and(holds)
    }

    fn add(&mut self, packages: &[Scanned], number: usize, at: usize, item: &ApkItem) -> Result<()> {
        let package = packages.get(number).map(|package| package.apk.name.as_str()).unwrap_or_default();
        let real = self.tree.real_path(&item.path).ok_or_else(|| {
            ApkError::package(package, &item.path, "what lies above it is no directory, or a loop of links")
        })?;
        let place =
            LayerPath::new(real.as_str()).map_err(|error| ApkError::package(package, &item.path, error))?;
        for parent in place.ancestors() {
            if !self.tree.entries.contains_key(parent.as_str()) {
                self.folders.insert(parent.as_str().to_owned());
                self.tree.entries.insert(parent.into(), directory(0o755));
            }
        }
        let here = self.tree.entries.get(&real).map(|entry| entry.kind.clone());
        match (&item.what, here) {
            (What::Directory, None) => {
                self.folders.insert(real.clone());
                self.tree.entries.insert(real, entry(TreeKind::Directory, item));
                Ok(())
            }
            (What::Directory, Some(TreeKind::Directory)) => {
                self.share(&real, item);
                Ok(())
            }
            (What::Directory, Some(TreeKind::Symlink(_))) if self.tree.is_directory(&real) => Ok(()),
            (What::Symlink(_), Some(TreeKind::Directory))
                if self.is_empty(&real) && self.folders.contains(&real) =>
            {
                self.put(packages, number, at, item, place)
            }
            (What::Directory, Some(_)) | (_, Some(TreeKind::Directory)) => {
                Err(self.conflict(packages, number, real))
            }
            (_, None) => self.put(packages, number, at, item, place),
            (_, Some(_)) => match self.wins(packages, number, &real) {
                Some(true) => match self.configuration(packages, package, &real, item)? {
                    Configuration::Replaced => self.put(packages, number, at, item, place),
                    Configuration::Kept => {
                        self.hold(number, at, &real);
                        Ok(())
                    }
                    Configuration::Beside(path) => {
                        self.hold(number, at, &real);
                        self.claims.beside(number, at, path);
                        Ok(())
                    }
                },
                Some(false) => Ok(()),
                None => Err(self.conflict(packages, number, real)),
            },
        }
    }

    /// Merges an existing folder: it gets the lowest owner, and the permissions common to all packages with this owner.
    /// A base folder that was modified, or that no package has, stays.
    fn share(&mut self, real: &str, item: &ApkItem) {
        let stated = self.folders.contains(real) && !self.homes.contains(real);
        let Some(known) = self.tree.entries.get_mut(real) else { return };
        let rights = (known.uid, known.gid, known.mode);
        if !stated && self.installed.files.rights(real) != Some(rights) {
            return;
        }
        let wanted = lowest(rights, (item.uid, item.gid, item.mode));
        if wanted == rights {
            return;
        }
        if (item.uid, item.gid) < (known.uid, known.gid) {
            *known = entry(TreeKind::Directory, item);
        }
        known.mode = wanted.2;
        self.folders.insert(real.to_owned());
    }

    /// Creates a home as busybox's adduser does, or gives an existing one to its user. Parents are not created.
    fn home(&mut self, home: &Home) {
        let Some(real) = self.tree.real_path(&home.path) else { return };
        let above = real.rsplit_once('/').map(|(above, _)| above);
        let known = self.tree.entries.get(&real).map(|entry| entry.kind.clone());
        if above.is_some_and(|above| !self.tree.is_directory(above))
            || known.is_some_and(|kind| kind != TreeKind::Directory)
        {
            return;
        }
        self.tree
            .entries
            .insert(real.clone(), TreeEntry { uid: home.uid, gid: home.gid, ..directory(0o2755) });
        self.folders.insert(real.clone());
        self.homes.insert(real);
    }

    /// Gives a path to a package, but keeps the base's content.
    fn hold(&mut self, number: usize, at: usize, real: &str) {
        self.claims.hold(number, at, real);
        self.kept.insert(real.to_owned());
        self.take(real);
    }

    fn take(&mut self, real: &str) {
        if self.base_owner(real).is_some() {
            self.taken.insert(real.to_owned());
        }
    }

    /// The package of the base that has a path, unless it was removed.
    fn base_owner(&self, real: &str) -> Option<&crate::record::ApkRecord> {
        let number = self.installed.files.owner(real).filter(|number| !self.gone.contains(number))?;
        self.installed.records().get(number)
    }

    pub(crate) fn is_empty(&self, folder: &str) -> bool {
        let range = format!("{folder}/")..format!("{folder}0");
        self.tree.entries.range(range).next().is_none()
    }

    fn put(
        &mut self,
        packages: &[Scanned],
        number: usize,
        at: usize,
        item: &ApkItem,
        path: LayerPath,
    ) -> Result<()> {
        let real = path.as_str().to_owned();
        let given = self.claims.give(&self.tree, number, at, &item.what, path);
        let (_, kind) = given.map_err(|reason| {
            let name = packages.get(number).map(|package| package.apk.name.as_str()).unwrap_or_default();
            ApkError::package(name, &item.path, reason)
        })?;
        self.take(&real);
        self.kept.remove(&real);
        self.folders.remove(&real);
        self.tree.entries.insert(real, entry(kind, item));
        Ok(())
    }

    /// Whether the package takes over the path from its owner; `None` if it may not.
    fn wins(&self, packages: &[Scanned], number: usize, real: &str) -> Option<bool> {
        let new = claim(packages.get(number)?);
        let owner = self.claims.owner(real);
        let old = match (owner, self.base_owner(real)) {
            (Some(owner), _) if owner == number => return Some(true),
            (Some(owner), _) => claim(packages.get(owner)?),
            (None, Some(record)) => Claim {
                name: &record.name,
                version: &record.version,
                origin: &record.origin,
                replaces: record.replaces.clone(),
                priority: record.replaces_priority,
            },
            (None, None) => return Some(true),
        };
        new.takes_from(&old)
    }

    /// Removes files that only this package of the base has; `present` are the packages installed so far.
    fn leave(&mut self, number: usize, present: &[Scanned]) {
        let files = self.installed.files.files.iter().filter(|(_, file)| file.package == number);
        let goes = |real: &&String| {
            let entry = self.tree.entries.get(*real);
            let is_file = entry.is_some_and(|entry| entry.kind != TreeKind::Directory);
            is_file
                && self.claims.owner(real).is_none()
                && !self.taken.contains(*real)
                && !self.was_changed(real)
        };
        let gone: Vec<String> = files.map(|(real, _)| real).filter(goes).cloned().collect();
        for real in &gone {
            self.tree.entries.remove(real);
        }
        self.gone.insert(number);
        self.leave_folders(number, present);
    }

    /// Whether a file is protected and was changed.
    fn was_changed(&self, real: &str) -> bool {
        let folder = real.rsplit_once('/').map_or("", |(folder, _)| folder);
        let expected = self.installed_sha1(real);
        self.protected.holds(folder) && (expected.is_none() || expected != self.installed.found(real))
    }

    fn leave_folders(&mut self, number: usize, present: &[Scanned]) {
        let all = &self.installed.files.folders;
        let staying = all.iter().enumerate().filter(|(number, _)| !self.gone.contains(number));
        let of_base = staying.flat_map(|(_, folders)| folders.iter().cloned());
        let of_new = present.iter().flat_map(|package| &package.items);
        let of_new = of_new.filter(|item| item.what == What::Directory);
        let of_new = of_new.filter_map(|item| Some(self.tree.lookup(&item.path)?.0.to_owned()));
        let mut needed = BTreeSet::new();
        for folder in of_base.chain(of_new) {
            let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
            needed.extend(ends.filter_map(|end| folder.get(..end)).map(str::to_owned));
        }
        let left = all.get(number).into_iter().flatten().filter(|folder| !needed.contains(*folder));
        // Innermost first: a folder may become empty.
        let left: Vec<String> = left.rev().cloned().collect();
        for folder in left {
            let is_folder =
                self.tree.entries.get(&folder).is_some_and(|entry| entry.kind == TreeKind::Directory);
            if is_folder && self.is_empty(&folder) {
                self.tree.entries.remove(&folder);
                self.folders.remove(&folder);
            }
        }
    }

    /// The base's paths that the image no longer has, without paths inside such a folder.
    pub(crate) fn whiteouts(&self) -> Vec<String> {
        let mut hidden: BTreeMap<&str, ()> = BTreeMap::new();
        for path in self.installed.rootfs.entries.keys().filter(|path| !self.tree.entries.contains_key(*path))
        {
            let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
            if !above.into_iter().any(|folder| hidden.contains_key(folder)) {
                hidden.insert(path, ());
            }
        }
        hidden.into_keys().map(str::to_owned).collect()
    }

    /// The decision about an item whose path in a protected folder exists.
    fn configuration(
        &self,
        packages: &[Scanned],
        package: &str,
        real: &str,
        item: &ApkItem,
    ) -> Result<Configuration> {
        let folder = item.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let owner = self.claims.owner(real);
        let of_layer = owner.is_some() && !self.kept.contains(real);
        if of_layer || !self.protected.holds(folder) || !self.installed.rootfs.entries.contains_key(real) {
            return Ok(Configuration::Replaced);
        }
        let expected = match owner.and_then(|owner| packages.get(owner)) {
            Some(owner) => {
                owner.items.iter().find(|other| other.path == item.path).and_then(|other| other.sha1)
            }
            None => self.installed_sha1(real),
        };
        let unknown = || ApkError::Protected { path: real.to_owned(), package: package.to_owned() };
        let found = self.installed.found(real).ok_or_else(unknown)?;
        Configuration::decide(real, expected, found, item.sha1)
    }

    /// The checksum of a path in the base's database, unless its package was removed.
    fn installed_sha1(&self, real: &str) -> Option<[u8; 20]> {
        let file = self.installed.files.files.get(real)?;
        file.sha1.filter(|_| !self.gone.contains(&file.package))
    }

    fn conflict(&self, packages: &[Scanned], number: usize, path: String) -> ApkError {
        let name = |number: usize| packages.get(number).map(Scanned::shown).unwrap_or_default();
        let first = match (self.claims.owner(&path), self.base_owner(&path)) {
            (Some(owner), _) => name(owner),
            (None, Some(record)) => format!("the base's {}-{}", record.name, record.version),
            (None, None) => "the base itself".to_owned(),
        };
        ApkError::Conflict { path, first, second: name(number) }
    }

    /// The folders that the layer must contain: the new ones.
    pub(crate) fn new_folders(&self) -> impl Iterator<Item = (&String, &TreeEntry)> {
        self.folders.iter().filter_map(|path| self.tree.entries.get_key_value(path))
    }

    /// Creates missing parents of a path that will be written.
    pub(crate) fn make_parents(&mut self, path: &LayerPath) {
        for parent in path.ancestors() {
            self.make_folder(parent.as_str(), 0o755);
        }
    }

    /// Creates a folder, if nothing exists there.
    pub(crate) fn make_folder(&mut self, path: &str, mode: u32) {
        if !self.tree.entries.contains_key(path) {
            self.folders.insert(path.to_owned());
            self.tree.entries.insert(path.to_owned(), directory(mode));
        }
    }
}

fn entry(kind: TreeKind, item: &ApkItem) -> TreeEntry {
    let mode = if matches!(kind, TreeKind::Symlink(_)) { 0o777 } else { item.mode };
    let xattrs = if kind == TreeKind::Directory { item.xattrs.clone() } else { BTreeMap::new() };
    let mtime = if kind == TreeKind::Directory { MTIME } else { item.mtime };
    TreeEntry { kind, mode, uid: item.uid, gid: item.gid, mtime, xattrs, program: None }
}

fn directory(mode: u32) -> TreeEntry {
    TreeEntry {
        kind: TreeKind::Directory,
        mode,
        uid: 0,
        gid: 0,
        mtime: MTIME,
        xattrs: BTreeMap::new(),
        program: None,
    }
}

/// An item's metadata in a tar entry: the package's own mode with setuid and similar bits, time, xattrs.
pub(crate) fn meta(item: &ApkItem) -> Meta {
    Meta { mode: item.mode, uid: item.uid, gid: item.gid, mtime: item.mtime, xattrs: item.xattrs.clone() }
}
