//! Packages → the fragments of one layer. In: packages in the store, and their base. Out: a fragment with all new
//! folders and the files that scripts and apk itself would have created, and one fragment for each package, which reads
//! its file again when it is written. No content is held in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use fourply_blob::{BlobError, Digest, EntriesFragment, Entry, Fragment, Inputs as _, LayerPath, Meta};
use fourply_rootfs::packages::{Opens, PackageFragment, PackageMembers, UnrunScripts, WrittenPath};

use crate::database;
use crate::error::{ApkError, Result};
use crate::file::{ApkFile, Data};
use crate::installed::InstalledApks;
use crate::plan::{ApkPlan, meta, owned, plan};
use crate::repository::ApkRepository;
use crate::scan::Scanned;
use crate::scripts::{Accounts, Home};

/// The version of the rules by which packages become a layer.
pub(crate) const RULES: u64 = 4;
/// Packages whose scripts have no effect that the layout lacks: the links to busybox, the bundle of certificates, the
/// mode of `/etc/shadow`.
const MADE_UP_FOR: [&str; 4] = ["alpine-baselayout", "busybox", "busybox-suid", CERTIFICATES];
const CERTIFICATES: &str = "ca-certificates";
/// apk's own folder, which it creates on a new system.
const CACHE: &str = "var/cache/apk";

/// The content of a layer.
pub(crate) struct ApkLayout {
    /// In order.
    pub fragments: Vec<Arc<dyn Fragment>>,
    /// Packages with scripts that were not understood and may be needed.
    pub without_scripts: Vec<UnrunScripts>,
}

/// The base of the packages, and settings of the database.
pub(crate) struct Target<'t> {
    pub installed: &'t InstalledApks<'t>,
    /// The numbers of the base's packages that are no longer needed.
    pub removed: &'t BTreeSet<usize>,
    pub world: &'t [String],
    pub architecture: &'t str,
    pub repositories: &'t [ApkRepository],
}

/// Lays the packages out.
///
/// # Errors
/// If two packages have the same file, or something cannot be laid out.
pub(crate) fn layout(packages: Vec<Scanned>, target: &Target<'_>) -> Result<ApkLayout> {
    let Target { installed, removed, world, architecture, repositories } = *target;
    let mut accounts = accounts(&packages, installed);
    let before = accounts.clone();
    let (mut without_scripts, homes) = run_scripts(&packages, &mut accounts);
    let mut plan = plan(installed, &packages, removed, &accounts, &homes)?;
    let mut own = Own { plan: &mut plan, entries: BTreeMap::new() };
    own.accounts(&packages, &before, &accounts)?;
    own.links(&packages)?;
    if own.certificates(&packages)? {
        without_scripts.entry(CERTIFICATES.to_owned()).or_insert_with(|| vec!["trigger".to_owned()]);
    }
    for (path, bytes) in database::files(own.plan, &packages, &accounts, world, architecture) {
        let mode = if path.ends_with("/lock") { 0o600 } else { 0o644 };
        own.file(&path, bytes, Meta::new(mode, 0, 0))?;
    }
    own.repositories(repositories)?;
    own.plan.make_folder(CACHE, 0o755);
    let skeleton = own.finish()?;
    let mut fragments: Vec<Arc<dyn Fragment>> = vec![Arc::new(skeleton)];
    for (package, places) in packages.into_iter().zip(plan.claims.into_places()) {
        fragments.push(Arc::new(fragment(package, places, &accounts)));
    }
    let unrun = |(package, scripts)| UnrunScripts { package, scripts };
    Ok(ApkLayout { fragments, without_scripts: without_scripts.into_iter().map(unrun).collect() })
}

/// The base's accounts; or those of a package, if the base has none or they are unchanged.
fn accounts(packages: &[Scanned], installed: &InstalledApks<'_>) -> Accounts {
    let Accounts { passwd, group, shadow } = installed.accounts();
    let brought = |path: &str, known: Option<String>| {
        let sum = installed.files.files.get(path).and_then(|file| file.sha1);
        let unchanged = sum.is_some() && sum == installed.found(path);
        let stays = known.as_ref().is_some_and(|text| !text.is_empty()) && !unchanged;
        let text = packages.iter().find_map(|package| package.texts.get(path)).filter(|_| !stays);
        text.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).or(known)
    };
    Accounts {
        passwd: brought("etc/passwd", Some(passwd)).unwrap_or_default(),
        group: brought("etc/group", Some(group)).unwrap_or_default(),
        shadow: brought("etc/shadow", shadow),
    }
}

/// The scripts that do more than add accounts, by package.
type Unrun = BTreeMap<String, Vec<String>>;

/// Adds the accounts that scripts would add. Returns the scripts that do anything else, and the homes that each
/// package's scripts would create.
fn run_scripts(packages: &[Scanned], accounts: &mut Accounts) -> (Unrun, Vec<Vec<Home>>) {
    let mut left = Unrun::new();
    let mut homes = Vec::new();
    for package in packages {
        let mut of_package = Vec::new();
        for (at, script) in &package.control.scripts {
            let name = crate::file::SCRIPTS.get(*at);
            let understood = match name {
                Some(&"pre-install") => accounts.apply(script).map(|made| of_package.extend(made)).is_some(),
                Some(&("post-install" | "trigger")) => false,
                _ => true,
            };
            if !understood && !MADE_UP_FOR.contains(&package.pin.name.as_str()) {
                left.entry(package.pin.name.clone()).or_default().extend(name.map(|name| (*name).to_owned()));
            }
        }
        homes.push(of_package);
    }
    (left, homes)
}

/// Entries that no package contains.
pub(crate) struct Own<'p, 'g> {
    pub plan: &'p mut ApkPlan<'g>,
    pub entries: BTreeMap<LayerPath, Entry>,
}

impl Own<'_, '_> {
    pub(crate) fn place(&self, path: &str) -> Result<LayerPath> {
        let real = self.plan.tree.real_path(path).ok_or_else(|| ApkError::Conflict {
            path: path.into(),
            first: "a package".into(),
            second: "the base itself".into(),
        })?;
        Ok(LayerPath::new(real)?)
    }

    /// Writes a file in place of any other.
    pub(crate) fn file(&mut self, path: &str, bytes: Vec<u8>, meta: Meta) -> Result<()> {
        let path = self.place(path)?;
        self.plan.make_parents(&path);
        self.plan.claims.unwrite(&path);
        self.entries.insert(path, Entry::File { meta, bytes: bytes.into() });
        Ok(())
    }

    /// The texts of accounts, if scripts changed them.
    fn accounts(&mut self, packages: &[Scanned], before: &Accounts, after: &Accounts) -> Result<()> {
        let texts = [
            ("etc/passwd", Some(&before.passwd), Some(&after.passwd)),
            ("etc/group", Some(&before.group), Some(&after.group)),
            ("etc/shadow", before.shadow.as_ref(), after.shadow.as_ref()),
        ];
        for (path, old, new) in texts {
            let Some(text) = new.filter(|text| Some(*text) != old) else { continue };
            let mut items =
                packages.iter().flat_map(|package| &package.items).filter(|item| item.path == path);
            let of_package = items.next().map(|item| meta(&owned(item, after)));
            let usual = Meta::new(if path == "etc/shadow" { 0o640 } else { 0o644 }, 0, 0);
            let of_base = self.plan.installed.rootfs.lookup(path).map(|(_, entry)| entry.meta());
            self.file(path, text.clone().into_bytes(), of_base.or(of_package).unwrap_or(usual))?;
        }
        Ok(())
    }

    /// The repositories for apk in the image: only those that are not specific to this host.
    fn repositories(&mut self, repositories: &[ApkRepository]) -> Result<()> {
        let mut text = String::new();
        for repository in repositories.iter().filter(|repository| repository.url.scheme() != "file") {
            let mut url = repository.url.clone();
            let _ = (url.set_username(""), url.set_password(None));
            let tag = repository.tag.as_ref().map(|tag| format!("@{tag} ")).unwrap_or_default();
            text.push_str(&format!("{tag}{}\n", url.as_str().trim_end_matches('/')));
        }
        let there = self.plan.tree.lookup("etc/apk/repositories").is_some();
        if text.is_empty() || there {
            Ok(())
        } else {
            self.file("etc/apk/repositories", text.into_bytes(), Meta::file(false, 0, 0))
        }
    }

    /// The entries, with all new folders, and with the base's metadata for its folders above written paths.
    fn finish(self) -> Result<EntriesFragment> {
        let Own { plan, mut entries } = self;
        let of_packages = plan.claims.written().map(|place| place.path.clone());
        let written: Vec<LayerPath> = of_packages.chain(entries.keys().cloned()).collect();
        for (path, entry) in plan.new_folders() {
            entries.insert(LayerPath::new(path.as_str())?, Entry::Directory(entry.meta()));
        }
        for path in plan.whiteouts() {
            entries.entry(LayerPath::new(path)?).or_insert(Entry::Whiteout);
        }
        let folders: Vec<LayerPath> = entries.keys().cloned().collect();
        for path in written.iter().chain(&folders) {
            for (parent, meta) in plan.tree.parents(path) {
                entries.entry(parent).or_insert(Entry::Directory(meta));
            }
        }
        Ok(EntriesFragment::new(entries))
    }
}

fourply_blob::inputs! {
    /// Every input to the entries of one package.
    struct PackageInputs<'a>: "apk package", rules 2 {
        /// The version of the layout's rules.
        layout: u64,
        sha256: Digest,
        /// In the order of the package's items; `None` is not written.
        places: &'a [Option<WrittenPath>],
        /// User and group of each written item.
        owners: Vec<(u32, u32)>,
    }
}

/// The files and links of one package.
fn fragment(
    package: Scanned,
    places: Vec<Option<WrittenPath>>,
    accounts: &Accounts,
) -> PackageFragment<ApkFile> {
    let metas: Vec<Meta> = package.items.iter().map(|item| meta(&owned(item, accounts))).collect();
    let written = places.iter().zip(&metas).filter(|(place, _)| place.is_some());
    let owners = written.map(|(_, meta)| (meta.uid, meta.gid)).collect();
    let inputs = PackageInputs { layout: RULES, sha256: package.pin.sha256, places: &places, owners };
    let key = inputs.key();
    let kinds = package.items.iter().map(|item| &item.what);
    PackageFragment::new(package.apk, key, places, kinds, metas)
}

impl Opens for ApkFile {
    fn open(&self) -> Result<Box<dyn PackageMembers>, BlobError> {
        Ok(Box::new(self.data().map_err(into_blob)?))
    }

    fn changed(&self, path: &str) -> BlobError {
        into_blob(ApkError::package(&self.name, path, "the file changed while it was read"))
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

fn into_blob(error: ApkError) -> BlobError {
    match error {
        ApkError::Blob(error) => error,
        error => BlobError::fragment(error.category(), error),
    }
}
