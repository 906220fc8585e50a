//! Packages → the fragments of one layer. In: packages in the store. Out: a fragment with all folders and the files
//! that maintainer scripts would have created, and one fragment for each package, which reads its .deb again when it is
//! written. No content is held in memory.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use fourply_blob::{BlobError, Digest, EntriesFragment, Entry, Fragment, Inputs as _, LayerPath, Meta};
use fourply_rootfs::packages::{Opens, PackageFragment, PackageMembers, UnrunScripts, WrittenPath};
use fourply_rootfs::{TreeEntry, TreeKind};

use crate::accounts::Accounts;
use crate::configure::{Configured, configure};
use crate::deb::{Data, DebFile};
use crate::error::{DebianError, Result};
use crate::installed::InstalledDebs;
use crate::made::{certificate_entries, conflict, library_cache, links, put};
use crate::plan::{DebPlan, directory, meta, plan, plan_on};
use crate::prune::RULES;
use crate::scan::Scanned;
use crate::{certificates, ldconfig, libraries, overrides, status};

/// Predefined users, with base-passwd(8)'s numbers.
const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
";
/// Predefined groups: those that files of base-files and of libraries may belong to.
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

/// Folders that base-files' postinst creates on a new system, with their modes.
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

/// Packages whose maintainer scripts have no effect that the layout lacks, or none that an image needs. coreutils'
/// links /usr/bin/touch if /usr is not merged; dash's diverts /bin/sh from bash (the package contains the link);
/// debianutils' lists login shells in /etc/shells. Sources: debian/*.postinst of each.
const MADE_UP_FOR: [&str; 5] = ["base-files", "coreutils", "dash", "debianutils", "libc6"];

/// The content of a layer.
pub(crate) struct DebLayout {
    /// In order.
    pub fragments: Vec<Arc<dyn Fragment>>,
    /// Packages with scripts that were not understood and may be needed.
    pub without_scripts: Vec<UnrunScripts>,
}

/// Lays the packages out.
///
/// # Errors
/// If two packages have the same file, or something cannot be laid out.
pub(crate) fn layout(mut packages: Vec<Scanned>, architecture: &str) -> Result<DebLayout> {
    let mut plan = plan(&packages, architecture)?;
    let accounts = Accounts { passwd: PASSWD.into(), group: GROUP.into(), ..Accounts::default() };
    let configured = configure(&mut plan, &mut packages, accounts);
    let certificates = certificates::made(&plan, &packages);
    let without_scripts = without_scripts(&packages, &certificates, &configured, architecture);
    let skeleton = skeleton(&mut plan, &packages, certificates, &configured, architecture)?;
    Ok(DebLayout { fragments: fragments(plan, packages, skeleton), without_scripts })
}

/// Packages whose scripts have effects that nothing here replaces, with those scripts.
fn without_scripts(
    packages: &[Scanned],
    certificates: &certificates::Made,
    configured: &Configured,
    architecture: &str,
) -> Vec<UnrunScripts> {
    let is_done = |package: &Scanned| match package.pin.name.as_str() {
        certificates::PACKAGE => !certificates.incomplete,
        name => {
            MADE_UP_FOR.contains(&name)
                || ldconfig::stands_for(package, architecture)
                || configured.understood.contains(name)
        }
    };
    let scripted = packages.iter().filter(|package| !package.control.scripts.is_empty());
    let unrun = |package: &Scanned| {
        let unread = configured.unread.get(&package.pin.name);
        let scripts = unread.unwrap_or(&package.control.scripts).clone();
        UnrunScripts { package: package.pin.name.clone(), scripts }
    };
    scripted.filter(|package| !is_done(package)).map(unrun).collect()
}

fn fragments(plan: DebPlan<'_>, packages: Vec<Scanned>, skeleton: EntriesFragment) -> Vec<Arc<dyn Fragment>> {
    let mut fragments: Vec<Arc<dyn Fragment>> = vec![Arc::new(skeleton)];
    for (package, places) in packages.into_iter().zip(plan.claims.into_places()) {
        fragments.push(Arc::new(fragment(package, places)));
    }
    fragments
}

/// The fragments of a layer on top of a base.
///
/// # Errors
/// Those of [`layout`].
pub(crate) fn layout_on(
    installed: &InstalledDebs<'_>,
    mut packages: Vec<Scanned>,
    architecture: &str,
) -> Result<DebLayout> {
    let mut plan = plan_on(installed, &packages)?;
    let configured = configure(&mut plan, &mut packages, Accounts::of(installed.rootfs));
    let certificates = certificates::made(&plan, &packages);
    let without_scripts = without_scripts(&packages, &certificates, &configured, architecture);
    let mut skeleton = skeleton_on(installed, &plan, &packages, certificates, architecture)?;
    configured_on(installed, &plan, &configured, &mut skeleton.entries)?;
    Ok(DebLayout { fragments: fragments(plan, packages, skeleton), without_scripts })
}

/// The new folders, the database, and all parents of the layer's entries, with the base's metadata.
fn skeleton_on(
    installed: &InstalledDebs<'_>,
    plan: &DebPlan<'_>,
    packages: &[Scanned],
    certificates: certificates::Made,
    architecture: &str,
) -> Result<EntriesFragment> {
    let stays = |number: usize, at: usize| plan.has(packages, number, at);
    let mut entries = BTreeMap::new();
    let database = status::files_on(installed, plan, packages, &stays);
    for path in status::left_over(plan, &database).iter().chain(plan.whiteouts()) {
        entries.insert(LayerPath::new(path.as_str())?, Entry::Whiteout);
    }
    links(plan, packages, &mut entries)?;
    certificate_entries(plan, certificates, &mut entries)?;
    library_cache(plan, packages, architecture, &mut entries)?;
    for (path, text) in database {
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

/// The accounts that scripts added, and folders of the base whose owners or modes they set.
fn configured_on(
    installed: &InstalledDebs<'_>,
    plan: &DebPlan<'_>,
    configured: &Configured,
    entries: &mut BTreeMap<LayerPath, Entry>,
) -> Result<()> {
    let before = Accounts::of(installed.rootfs);
    let after = &configured.accounts;
    let texts = [
        ("etc/passwd", Some(&before.passwd), Some(&after.passwd)),
        ("etc/group", Some(&before.group), Some(&after.group)),
        ("etc/shadow", before.shadow.as_ref(), after.shadow.as_ref()),
        ("etc/gshadow", before.gshadow.as_ref(), after.gshadow.as_ref()),
    ];
    for (path, old, new) in texts {
        let Some(text) = new.filter(|text| Some(*text) != old) else { continue };
        let known = plan.tree.lookup(path).map(|(real, entry)| (real.to_owned(), entry.meta()));
        let (real, meta) = known.unwrap_or_else(|| (path.to_owned(), Meta::file(false, 0, 0)));
        let meta = Meta { mtime: fourply_blob::MTIME, ..meta };
        put(plan, real, Entry::File { meta, bytes: text.clone().into_bytes().into() }, entries)?;
    }
    if let Some(overrides) = &configured.overrides {
        let real = plan.tree.real_path(overrides::FILE).ok_or_else(|| conflict(overrides::FILE))?;
        let bytes = overrides.text().into_bytes().into();
        put(plan, real, Entry::File { meta: Meta::file(false, 0, 0), bytes }, entries)?;
    }
    for path in &configured.folders {
        if let Some(entry) = plan.tree.entries.get(path) {
            put(plan, path.clone(), Entry::Directory(entry.meta()), entries)?;
        }
    }
    Ok(())
}

/// All folders, the tree's initial links, and the files that scripts would have created.
fn skeleton(
    plan: &mut DebPlan<'_>,
    packages: &[Scanned],
    certificates: certificates::Made,
    configured: &Configured,
    architecture: &str,
) -> Result<EntriesFragment> {
    for (path, mode) in FOLDERS {
        let path = LayerPath::new(*path)?;
        for parent in path.ancestors() {
            plan.tree.entries.entry(parent.into()).or_insert_with(|| directory(0o755));
        }
        plan.tree.entries.entry(path.into()).or_insert_with(|| directory(*mode));
    }
    let stays = |number: usize, at: usize| plan.has(packages, number, at);
    let mut files = status::files(packages, &stays);
    files.insert("etc/passwd".into(), configured.accounts.passwd.clone());
    files.insert("etc/group".into(), configured.accounts.group.clone());
    files.extend(configured.overrides.as_ref().map(|overrides| (overrides::FILE.into(), overrides.text())));
    let copied = packages.iter().find_map(|package| package.texts.get(libraries::NSSWITCH));
    let copied = copied.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    files.insert("etc/nsswitch.conf".into(), copied.unwrap_or_else(|| NSSWITCH.into()));
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
    links(plan, packages, &mut entries)?;
    certificate_entries(plan, certificates, &mut entries)?;
    library_cache(plan, packages, architecture, &mut entries)?;
    Ok(EntriesFragment::new(entries))
}

/// A folder, or a link that no package contains.
fn own(entry: &TreeEntry) -> Option<Entry> {
    match &entry.kind {
        TreeKind::Directory => Some(Entry::Directory(entry.meta())),
        TreeKind::Symlink(target) => Some(Entry::Symlink { meta: entry.meta(), target: target.clone() }),
        TreeKind::File(_) | TreeKind::Other => None,
    }
}

fourply_blob::inputs! {
    /// Every input to the entries of one package.
    struct PackageInputs<'a>: "deb package", rules 3 {
        /// The version of the layout's rules.
        layout: u64,
        sha256: Digest,
        /// In the order of the package's items; `None` is not written.
        places: &'a [Option<WrittenPath>],
        /// Mode, owner and group of each item: scripts may have set them.
        owners: Vec<(u32, (u32, u32))>,
    }
}

fn owners(package: &Scanned) -> Vec<(u32, (u32, u32))> {
    package.items.iter().map(|item| (item.mode, (item.uid, item.gid))).collect()
}

/// The files and links of one package.
fn fragment(package: Scanned, places: Vec<Option<WrittenPath>>) -> PackageFragment<DebFile> {
    let key = PackageInputs {
        layout: RULES,
        sha256: package.pin.sha256,
        places: &places,
        owners: owners(&package),
    }
    .key();
    let metas: Vec<Meta> = package.items.iter().map(meta).collect();
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

/// Opens and reads all packages, on all cores; with their libraries if they are needed.
///
/// # Errors
/// Those of [`crate::scan::scan`].
pub(crate) fn scan_all(
    files: &[(std::path::PathBuf, crate::resolution::DebPin)],
    with_libraries: bool,
) -> Result<Vec<Scanned>> {
    use rayon::prelude::*;
    let scan = |(path, pin): &(_, _)| crate::scan::scan(Path::new(path), pin, with_libraries);
    files.par_iter().map(scan).collect()
}
