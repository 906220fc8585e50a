//! Packages → the fragments of one layer. Comes in: packages in the store, and what they are put on. Goes out: a fragment with
//! all new folders and the files that scripts and apk itself would have made, and one fragment for each package, which reads
//! its file again when it is written. No content is held in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use fourply_blob::{BlobError, Digest, EntriesFragment, Entry, Fragment, Inputs as _, LayerPath, Meta};
use fourply_rootfs::CERTIFICATE_BUNDLE;
use fourply_rootfs::packages::{Opens, PackageFragment, PackageMembers, WrittenPath};

use crate::database;
use crate::error::{ApkError, Result};
use crate::file::{ApkFile, Data};
use crate::installed::InstalledApks;
use crate::plan::{ApkPlan, meta, owned, plan};
use crate::repository::ApkRepository;
use crate::scan::Scanned;
use crate::scripts::Accounts;

/// The version of the rules by which packages become a layer.
pub(crate) const RULES: u64 = 3;
/// Packages whose scripts do nothing here that the layout does not do itself: the links to busybox, the bundle of
/// certificates, the mode of `/etc/shadow`.
const MADE_UP_FOR: [&str; 4] = ["alpine-baselayout", "busybox", "busybox-suid", "ca-certificates"];
/// apk's own folder, which it makes on a new system.
const CACHE: &str = "var/cache/apk";
/// Where the packages' own certificates lie.
const CERTIFICATES: &str = "usr/share/ca-certificates/";
/// Where the lists of busybox's links lie; a list bears the name of its program.
const LINKS: &str = "etc/busybox-paths.d/";

/// What a layer is made of.
pub(crate) struct ApkLayout {
    /// In their order.
    pub fragments: Vec<Arc<dyn Fragment>>,
    /// Packages that have scripts which were not understood, and may be missed.
    pub without_scripts: Vec<String>,
}

/// Lays out.
///
/// # Errors
/// Where two packages have the same file, or something cannot be laid out.
pub(crate) fn layout(
    packages: Vec<Scanned>,
    installed: &InstalledApks<'_>,
    world: &[String],
    architecture: &str,
    repositories: &[ApkRepository],
) -> Result<ApkLayout> {
    let mut accounts = accounts(&packages, installed);
    let before = accounts.clone();
    let without_scripts = run_scripts(&packages, &mut accounts);
    let mut plan = plan(installed, &packages, &accounts)?;
    let mut own = Own { plan: &mut plan, entries: BTreeMap::new() };
    own.accounts(&packages, &before, &accounts)?;
    own.links(&packages)?;
    own.bundle(&packages)?;
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
    Ok(ApkLayout { fragments, without_scripts })
}

/// The base's accounts, or those that a package brings.
fn accounts(packages: &[Scanned], installed: &InstalledApks<'_>) -> Accounts {
    let known = installed.accounts();
    let brought = |path: &str| {
        let text = packages.iter().find_map(|package| package.texts.get(path));
        text.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    if !known.passwd.is_empty() {
        return known;
    }
    Accounts {
        passwd: brought("etc/passwd").unwrap_or_default(),
        group: brought("etc/group").unwrap_or_default(),
        shadow: brought("etc/shadow"),
    }
}

/// Adds the accounts that scripts would add; the names of the packages whose scripts do anything else.
fn run_scripts(packages: &[Scanned], accounts: &mut Accounts) -> Vec<String> {
    let mut left = BTreeSet::new();
    for package in packages {
        for (at, script) in &package.control.scripts {
            let understood = match crate::file::SCRIPTS.get(*at) {
                Some(&"pre-install") => accounts.apply(script),
                Some(&("post-install" | "trigger")) => false,
                _ => true,
            };
            if !understood && !MADE_UP_FOR.contains(&package.pin.name.as_str()) {
                left.insert(package.pin.name.clone());
            }
        }
    }
    left.into_iter().collect()
}

/// What no package brings.
struct Own<'p, 'g> {
    plan: &'p mut ApkPlan<'g>,
    entries: BTreeMap<LayerPath, Entry>,
}

impl Own<'_, '_> {
    fn place(&self, path: &str) -> Result<LayerPath> {
        let real = self.plan.tree.real_path(path).ok_or_else(|| ApkError::Conflict {
            path: path.into(),
            first: "a package".into(),
            second: "the base itself".into(),
        })?;
        Ok(LayerPath::new(real)?)
    }

    /// A file in the place of any other.
    fn file(&mut self, path: &str, bytes: Vec<u8>, meta: Meta) -> Result<()> {
        let path = self.place(path)?;
        self.plan.make_parents(&path);
        self.plan.claims.drop_where(|place| *place == path);
        self.entries.insert(path, Entry::File { meta, bytes: bytes.into() });
        Ok(())
    }

    /// The texts of accounts, where scripts changed them.
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

    /// Links to busybox and its like, where there is nothing else. Source: `busybox --install -s`.
    fn links(&mut self, packages: &[Scanned]) -> Result<()> {
        for (list, bytes) in packages.iter().flat_map(|package| &package.texts) {
            let Some(program) = list.strip_prefix(LINKS) else { continue };
            let target = format!("/bin/{program}");
            for line in String::from_utf8_lossy(bytes).lines().map(str::trim).filter(|line| !line.is_empty())
            {
                let Ok(Some(path)) = fourply_rootfs::tarball::normalise(line) else {
                    return Err(ApkError::document(list, format!("{line:?} is no path")));
                };
                let path = self.place(&path)?;
                if !self.plan.tree.entries.contains_key(path.as_str()) && !self.entries.contains_key(&path) {
                    self.plan.make_parents(&path);
                    self.entries
                        .insert(path, Entry::Symlink { meta: Meta::symlink(0, 0), target: target.clone() });
                }
            }
        }
        Ok(())
    }

    /// The bundle of certificates, where no package brings it: those that the configuration names, in its order, each with a
    /// line break behind it. Source: `update-ca-certificates` of Alpine's ca-certificates.
    fn bundle(&mut self, packages: &[Scanned]) -> Result<()> {
        let texts: BTreeMap<&str, &Vec<u8>> = packages
            .iter()
            .flat_map(|package| &package.texts)
            .map(|(path, text)| (path.as_str(), text))
            .collect();
        let Some(list) = texts.get("etc/ca-certificates.conf") else { return Ok(()) };
        if self.plan.tree.lookup(CERTIFICATE_BUNDLE).is_some() {
            return Ok(());
        }
        let mut bundle = Vec::new();
        let list = String::from_utf8_lossy(list);
        let named =
            list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
        let local = texts.keys().filter(|path| path.starts_with("usr/local/share/ca-certificates/"));
        let paths =
            named.map(|name| format!("{CERTIFICATES}{name}")).chain(local.map(|path| (*path).to_owned()));
        for certificate in paths.filter_map(|path| texts.get(path.as_str())) {
            bundle.extend_from_slice(certificate);
            bundle.push(b'\n');
        }
        self.file(CERTIFICATE_BUNDLE, bundle, Meta::file(false, 0, 0))
    }

    /// Where apk in the image would look for more: only what is meant for others than this machine.
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

    /// The entries, with all folders that are new, and the base's folders above what is written, as the base has them.
    fn finish(self) -> Result<EntriesFragment> {
        let Own { plan, mut entries } = self;
        let of_packages = plan.claims.written().map(|place| place.path.clone());
        let written: Vec<LayerPath> = of_packages.chain(entries.keys().cloned()).collect();
        for (path, entry) in plan.new_folders() {
            entries.insert(LayerPath::new(path.as_str())?, Entry::Directory(entry.meta()));
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
    /// All that decides the entries of one package.
    struct PackageInputs<'a>: "apk package", rules 2 {
        /// The version of the layout's rules.
        layout: u64,
        sha256: Digest,
        /// In the order of the package's items; `None` is not written.
        places: &'a [Option<WrittenPath>],
        /// User and group of each item that is written.
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
