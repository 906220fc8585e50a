//! Packages → the fragments of one layer. Comes in: packages in the store. Goes out: a fragment with all folders and the
//! files that maintainer scripts would have made, and one fragment for each package, which reads its .deb again when it is
//! written. No content is held in memory.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use fourply_blob::{BlobError, Digest, EntriesFragment, Entry, Fragment, Inputs as _, LayerPath, Meta};
use fourply_rootfs::packages::{Opens, PackageFragment, PackageMembers, WrittenPath};
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::deb::{Data, DebFile};
use crate::error::{DebianError, Result};
use crate::installed::InstalledDebs;
use crate::plan::{DebPlan, directory, meta, plan, plan_on};
use crate::prune::{RULES, is_pruned};
use crate::scan::Scanned;
use crate::{alternatives, certificates, ldconfig, libraries, status};

/// Users that are there before anybody is added; numbers as base-passwd(8) gives them.
const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
";
/// Groups, likewise: those that base-files' and libraries' files may belong to.
const GROUP: &str = "\
root:x:0:
tty:x:5:
mail:x:8:
shadow:x:42:
utmp:x:43:
staff:x:50:
nogroup:x:65534:
";
/// Names are looked up in files, hosts then in DNS.
const NSSWITCH: &str = "\
passwd: files
group: files
shadow: files
hosts: files dns
networks: files
protocols: files
services: files
";

/// Folders that base-files' postinst makes on a new system, with their modes.
const FOLDERS: &[(&str, u32)] = &[
    ("dev", 0o755),
    ("etc", 0o755),
    ("home", 0o755),
    ("media", 0o755),
    ("mnt", 0o755),
    ("opt", 0o755),
    ("proc", 0o755),
    ("root", 0o700),
    ("srv", 0o755),
    ("sys", 0o755),
    ("tmp", 0o1777),
    ("usr/local/bin", 0o755),
    ("usr/local/lib", 0o755),
    ("usr/local/sbin", 0o755),
    ("usr/local/share", 0o755),
    ("var/lib/dpkg/info", 0o755),
    ("var/lib/dpkg/updates", 0o755),
    ("var/tmp", 0o1777),
];

/// The fragments of the layer, in their order.
///
/// # Errors
/// Where two packages have the same file, or something cannot be laid out.
pub(crate) fn fragments(packages: Vec<Scanned>, architecture: &str) -> Result<Vec<Arc<dyn Fragment>>> {
    let mut plan = plan(&packages, architecture)?;
    let mut fragments: Vec<Arc<dyn Fragment>> = vec![Arc::new(skeleton(&mut plan, &packages, architecture)?)];
    for (package, places) in packages.into_iter().zip(plan.claims.into_places()) {
        fragments.push(Arc::new(fragment(package, places)));
    }
    Ok(fragments)
}

/// The fragments of a layer on top of a base.
///
/// # Errors
/// As [`fragments`].
pub(crate) fn fragments_on(
    installed: &InstalledDebs<'_>,
    packages: Vec<Scanned>,
    architecture: &str,
) -> Result<Vec<Arc<dyn Fragment>>> {
    let plan = plan_on(installed, &packages)?;
    let mut fragments: Vec<Arc<dyn Fragment>> =
        vec![Arc::new(skeleton_on(installed, &plan, &packages, architecture)?)];
    for (package, places) in packages.into_iter().zip(plan.claims.into_places()) {
        fragments.push(Arc::new(fragment(package, places)));
    }
    Ok(fragments)
}

/// The new folders, the database, and all folders above what the layer has, as the base has them.
fn skeleton_on(
    installed: &InstalledDebs<'_>,
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    architecture: &str,
) -> Result<EntriesFragment> {
    let stays = |number: usize, at: usize| plan.has(packages, number, at);
    let mut entries = BTreeMap::new();
    let database = status::files_on(installed, plan, packages, &stays);
    for path in status::left_over(plan, &database).iter().chain(plan.whiteouts()) {
        entries.insert(LayerPath::new(path.as_str())?, Entry::Whiteout);
    }
    let certificates = certificates::made(packages);
    links(plan, packages, certificates.links, &mut entries)?;
    library_cache(plan, packages, architecture, &mut entries)?;
    for (path, text) in database.into_iter().chain(certificates.files) {
        let path = plan.tree.real_path(&path).ok_or_else(|| conflict(&path))?;
        let before = installed.rootfs.entries.get(&path).map(TreeEntry::meta);
        let meta = Meta { mtime: fourply_blob::MTIME, ..before.unwrap_or(Meta::file(false, 0, 0)) };
        entries.insert(LayerPath::new(path)?, Entry::File { meta, bytes: text.into_bytes().into() });
    }
    for (path, entry) in
        plan.tree.entries.iter().filter(|(path, _)| !installed.rootfs.entries.contains_key(*path))
    {
        if entry.kind == TreeKind::Directory {
            entries.insert(LayerPath::new(path.as_str())?, Entry::Directory(entry.meta()));
        }
    }
    let of_packages = plan.claims.written().map(|place| place.path.clone());
    let written: Vec<LayerPath> = of_packages.chain(entries.keys().cloned()).collect();
    for (parent, meta) in written.iter().flat_map(|path| plan.tree.parents(path)) {
        entries.entry(parent).or_insert(Entry::Directory(meta));
    }
    Ok(EntriesFragment::new(entries))
}

/// All folders, the links that the tree begins with, and the files that scripts would have made.
fn skeleton(plan: &mut DebPlan<'_>, packages: &[Scanned], architecture: &str) -> Result<EntriesFragment> {
    for (path, mode) in FOLDERS {
        let path = LayerPath::new(*path)?;
        for parent in path.ancestors() {
            plan.tree.entries.entry(parent.into()).or_insert_with(|| directory(0o755));
        }
        plan.tree.entries.entry(path.into()).or_insert_with(|| directory(*mode));
    }
    let stays = |number: usize, at: usize| plan.has(packages, number, at);
    let mut files = status::files(packages, &stays);
    files.insert("etc/passwd".into(), PASSWD.into());
    files.insert("etc/group".into(), GROUP.into());
    let copied = packages.iter().find_map(|package| package.texts.get(libraries::NSSWITCH));
    let copied = copied.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    files.insert("etc/nsswitch.conf".into(), copied.unwrap_or_else(|| NSSWITCH.into()));
    let certificates = certificates::made(packages);
    files.extend(certificates.files);
    let mut entries = BTreeMap::new();
    for (path, text) in files {
        let path = plan.tree.real_path(&path).ok_or_else(|| conflict(&path))?;
        if !plan.tree.entries.contains_key(&path) {
            let path = LayerPath::new(path)?;
            for parent in path.ancestors() {
                plan.tree.entries.entry(parent.into()).or_insert_with(|| directory(0o755));
            }
            entries
                .insert(path, Entry::File { meta: Meta::file(false, 0, 0), bytes: text.into_bytes().into() });
        }
    }
    let of_packages: std::collections::BTreeSet<&LayerPath> =
        plan.claims.written().map(|place| &place.path).collect();
    for (path, entry) in &plan.tree.entries {
        let path = LayerPath::new(path.as_str())?;
        if !of_packages.contains(&path) {
            entries.extend(own(entry).map(|entry| (path, entry)));
        }
    }
    links(plan, packages, certificates.links, &mut entries)?;
    library_cache(plan, packages, architecture, &mut entries)?;
    Ok(EntriesFragment::new(entries))
}

/// `/etc/ld.so.cache`, and links to libraries, where Debian's trigger would run ldconfig.
fn library_cache(
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    architecture: &str,
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let Some(ldconfig) = ldconfig::Ldconfig::of(plan, packages, architecture) else { return Ok(()) };
    let mut tree = RootfsMetadata { entries: plan.tree.entries.clone(), ..RootfsMetadata::default() };
    for (path, entry) in entries.iter() {
        if let Entry::Symlink { target, .. } = entry {
            let link = TreeEntry { kind: TreeKind::Symlink(target.clone()), ..directory(0o777) };
            tree.entries.entry(path.as_str().to_owned()).or_insert(link);
        }
    }
    let made = ldconfig.made(plan, &tree, packages);
    for (path, target) in made.links {
        entries.insert(LayerPath::new(path)?, Entry::Symlink { meta: Meta::symlink(0, 0), target });
    }
    let path = plan.tree.real_path(ldconfig::CACHE).ok_or_else(|| conflict(ldconfig::CACHE))?;
    let file = Entry::File { meta: Meta::file(false, 0, 0), bytes: made.cache.into() };
    entries.insert(LayerPath::new(path)?, file);
    Ok(())
}

/// A folder, or a link that no package brings.
fn own(entry: &TreeEntry) -> Option<Entry> {
    match &entry.kind {
        TreeKind::Directory => Some(Entry::Directory(entry.meta())),
        TreeKind::Symlink(target) => Some(Entry::Symlink { meta: entry.meta(), target: target.clone() }),
        TreeKind::File(_) | TreeKind::Other => None,
    }
}

fn conflict(path: &str) -> DebianError {
    DebianError::Conflict { path: path.into(), first: "a package".into(), second: "the base itself".into() }
}

/// Links to what packages offer as alternatives, and to certificates, where there is nothing else. They lead to what is there.
fn links(
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    certificates: BTreeMap<String, String>,
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let choices = packages.iter().flat_map(|package| package.choices.iter().cloned());
    let offered = choices.filter(|choice| plan.tree.lookup(&choice.path).is_some());
    for (path, target) in alternatives::links(offered).into_iter().chain(certificates) {
        let Some(path) = plan.tree.real_path(&path).filter(|path| !is_pruned(path)) else { continue };
        if plan.tree.entries.contains_key(&path) {
            continue;
        }
        let path = LayerPath::new(path)?;
        for (parent, meta) in plan.tree.parents(&path) {
            entries.entry(parent).or_insert(Entry::Directory(meta));
        }
        entries.entry(path).or_insert(Entry::Symlink { meta: Meta::symlink(0, 0), target });
    }
    Ok(())
}

fourply_blob::inputs! {
    /// All that decides the entries of one package.
    struct PackageInputs<'a>: "deb package", rules 2 {
        /// The version of the layout's rules.
        layout: u64,
        sha256: Digest,
        /// In the order of the package's items; `None` is not written.
        places: &'a [Option<WrittenPath>],
    }
}

/// The files and links of one package.
fn fragment(package: Scanned, places: Vec<Option<WrittenPath>>) -> PackageFragment<DebFile> {
    let key = PackageInputs { layout: RULES, sha256: package.pin.sha256, places: &places }.key();
    let metas = package.items.iter().map(meta).collect();
    let kinds = package.items.iter().map(|item| &item.what);
    PackageFragment::new(package.deb, key, places, kinds, metas)
}

impl Opens for DebFile {
    fn open(&self) -> Result<Box<dyn PackageMembers>, BlobError> {
        Ok(Box::new(self.data().map_err(into_blob)?))
    }

    fn changed(&self, path: &str) -> BlobError {
        into_blob(DebianError::package(&self.name, path, "the file changed while it was read"))
    }
}

impl PackageMembers for Data {
    fn next_item(&mut self) -> Result<Option<fourply_rootfs::tarball::TarEntry>, BlobError> {
        Ok(self.next().map_err(into_blob)?.map(|(entry, _)| entry))
    }

    fn body(&mut self) -> Box<dyn Read + '_> {
        Box::new(self.content())
    }
}

fn into_blob(error: DebianError) -> BlobError {
    match error {
        DebianError::Blob(error) => error,
        error => BlobError::fragment(error.category(), error),
    }
}

/// Opens and reads all packages, on all cores; their libraries as well, if they are wanted.
///
/// # Errors
/// As [`crate::scan::scan`].
pub(crate) fn scan_all(
    files: &[(std::path::PathBuf, crate::resolution::DebPin)],
    with_libraries: bool,
) -> Result<Vec<Scanned>> {
    use rayon::prelude::*;
    let scan = |(path, pin): &(_, _)| crate::scan::scan(Path::new(path), pin, with_libraries);
    files.par_iter().map(scan).collect()
}
