//! The environment of scripts: a base with a toolchain, like the builder stage of a Dockerfile. In: a base and names of
//! packages. Out: a base that no image uses, and its files on disk. The base's own package manager's rules resolve the
//! packages.
//!
//! A base may have no shell, but scripts need one. Programs that scripts may expect on every system are added if the
//! base lacks them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use fourply_blob::{Codec, EntriesFragment, Entry, Fragment, Inputs as _, Key, LayerPath, Meta, write_layer};
use fourply_rootfs::{Held, LayerDigests, Tools, TreeEntry, TreeKind, Unpack, unpack};
use fourply_store::{Store, Watch};

use crate::added::{Pins, on_top, with_packages};
use crate::base::Base;
use crate::error::{BaseError, Result};
use crate::layer::{BaseLayer, rootfs_layers};
use crate::refusal::Refusal;
use crate::spec::{AddedToBase, BaseSpec, DebianBase};

/// The build root's name in messages.
const SHOWN: &str = "the base of scripts";
/// Programs that scripts may expect on a Debian system: its essential packages with commands, and an awk.
const DEBIAN: [&str; 14] = [
    "bash",
    "coreutils",
    "dash",
    "debianutils",
    "diffutils",
    "findutils",
    "grep",
    "gzip",
    "hostname",
    "libc-bin",
    "mawk",
    "perl-base",
    "sed",
    "tar",
];
/// Programs that scripts may expect on Alpine.
const ALPINE: [&str; 1] = ["busybox"];
/// The size limit for the files of one base, in bytes.
const MOST: u64 = 64 << 30;
/// Files and folders that are replaced while a script runs, so they must exist.
const PLACES: [(&str, bool); 7] = [
    ("dev", true),
    ("etc/group", false),
    ("etc/hosts", false),
    ("etc/passwd", false),
    ("etc/resolv.conf", false),
    ("tmp", true),
    ("var/tmp", true),
];

/// A toolchain to add to a base.
#[derive(Clone, Copy)]
pub struct ToolchainRequest<'a> {
    /// Packages, in the form of the base's own package manager.
    pub packages: &'a [String],
    /// The base's specification and additions: packages come from the same sources.
    pub spec: &'a BaseSpec,
    pub added: &'a AddedToBase,
    /// The earlier resolution of the packages, if any.
    pub held: Held<'a, Pins>,
}

/// The base with the toolchain, and the resolution of its packages. `complete` fetches the base's layers if they are
/// only in its registry; it is called only if they must be read.
///
/// # Errors
/// Those of [`crate::compose_with`]; or the base has no package manager's database.
pub fn with_toolchain<E: From<BaseError>>(
    base: &Base,
    request: &ToolchainRequest<'_>,
    tools: &Tools<'_>,
    complete: impl Fn() -> std::result::Result<(), E>,
) -> std::result::Result<(Base, Pins), E> {
    let wanted = AddedToBase { packages: packages(base, request.packages), ..sources(base, request) };
    let mut pins = Pins::default();
    let mut add = || with_packages(base.clone(), &wanted, request.held, &mut pins, tools, SHOWN);
    let is_away = |layer: &BaseLayer| tools.store.blob_of_size(&layer.digest, layer.size()).is_none();
    let (made, _) = match add() {
        // Layers with stored metadata are not needed; a layer without requires all of them.
        Err(_) if base.layers.iter().any(is_away) => {
            complete()?;
            add()?
        }
        other => other?,
    };
    let links = match &pins.debian {
        Some(resolution) => fourply_deb::alternatives(resolution, tools).map_err(BaseError::from)?,
        None => BTreeMap::new(),
    };
    Ok((with_links(made, links, tools)?, pins))
}

/// The configured packages, and those that scripts need on every system.
fn packages(base: &Base, asked: &[String]) -> Vec<String> {
    let least: &[&str] = match () {
        () if base.rootfs.is_executable("/bin/sh") && base.rootfs.is_executable("/usr/bin/env") => &[],
        () if fourply_apk::has_database(&base.rootfs) => &ALPINE,
        () => &DEBIAN,
    };
    let name = |word: &String| word.split(['=', '~', '<', '>', '@']).next().unwrap_or_default().to_owned();
    let named: Vec<String> = asked.iter().map(name).collect();
    let least = least.iter().map(|name| (*name).to_owned()).filter(|name| !named.contains(name));
    asked.iter().cloned().chain(least).collect()
}

/// The packages' sources: those of the base's packages.
fn sources(base: &Base, request: &ToolchainRequest<'_>) -> AddedToBase {
    let ToolchainRequest { spec, added, .. } = request;
    let mut wanted = AddedToBase {
        sources: added.sources.clone(),
        debian: added.debian.clone(),
        ..AddedToBase::default()
    };
    match spec {
        BaseSpec::Alpine(alpine) => wanted.sources = alpine.sources.clone(),
        BaseSpec::Debian(debian) => wanted.debian = debian_sources(base, debian),
        BaseSpec::Image(_) | BaseSpec::Rootfs(_) => {}
    }
    wanted
}

/// A mirror as a line of sources.list(5).
fn debian_sources(base: &Base, debian: &DebianBase) -> fourply_deb::DebianOptions {
    let mut options = debian.packages.options.clone();
    let suite = debian.packages.suite.as_ref().or_else(|| base.rootfs.os_release.get("VERSION_CODENAME"));
    if let Some((mirror, suite)) = debian.packages.mirror.as_ref().zip(suite) {
        options.repositories = vec![format!("deb {mirror} {suite} main")];
    }
    options.keys.extend(debian.packages.keyring.clone());
    options
}

/// Missing links with existing targets, in a separate layer.
fn with_links(base: Base, links: BTreeMap<String, String>, tools: &Tools<'_>) -> Result<Base> {
    let rootfs = &base.rootfs;
    let leads = |target: &String| match links.get(target) {
        Some(end) => rootfs.lookup(end).is_some(),
        None => rootfs.lookup(target).is_some(),
    };
    let mut entries = BTreeMap::new();
    for (link, target) in links.iter().filter(|(_, target)| leads(target)) {
        let Some(real) = rootfs.real_path(link).filter(|real| !rootfs.entries.contains_key(real)) else {
            continue;
        };
        let path = LayerPath::new(real)?;
        for (parent, meta) in rootfs.parents(&path) {
            entries.entry(parent).or_insert(Entry::Directory(meta));
        }
        entries.insert(path, Entry::Symlink { meta: Meta::symlink(0, 0), target: target.clone() });
    }
    if entries.is_empty() {
        return Ok(base);
    }
    let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(EntriesFragment::new(entries))];
    let mut blob = tools.store.layer_writer()?;
    let layer = write_layer(&fragments, Codec::Gzip, &tools.store.fragments(), &mut blob)?;
    blob.commit(&layer)?;
    let history = serde_json::json!({ "created_by": "alternatives" });
    on_top(base, BaseLayer::of_gzip(&layer)?, history, Vec::new(), tools, SHOWN)
}

fourply_blob::inputs! {
    /// The files of a base on disk. The rules number covers the unpacking of layers.
    struct FilesInputs<'a>: "root file system on disk", rules 1 {
        layers: &'a [LayerDigests],
    }
}

/// The key over all files of a base.
pub fn files_key(base: &Base) -> Key {
    FilesInputs { layers: &rootfs_layers(&base.layers) }.key()
}

/// The folder with the files of a base, below `folder`. It is unpacked atomically if needed. All of the base's layers
/// must be in the store.
///
/// # Errors
/// Those of [`unpack`].
pub fn unpacked(base: &Base, folder: &Path, store: &Store) -> Result<PathBuf> {
    let place = folder.join(files_key(base).hex());
    store.kept_folder(&place, Watch::Everything, |files| unpack_into(base, files, store))?;
    Ok(place)
}

/// Unpacks a base into an empty folder.
fn unpack_into(base: &Base, files: &Path, store: &Store) -> Result<()> {
    let made = tempfile::TempDir::new_in(store.tmp())?;
    let layers = rootfs_layers(&base.layers);
    // The owner can read everything. A set-id bit would take effect for other users of the host, so it is dropped.
    let mode = |entry: &TreeEntry| match entry.kind {
        TreeKind::Directory => entry.mode & 0o777 | 0o700,
        _ => entry.mode & 0o777 | 0o400,
    };
    let request =
        Unpack { store, layers: &layers, env: &[], folder: made.path(), most: MOST, kept_for: None };
    let root = unpack(&request)?.lay_out(&mode)?;
    make_places(base, &root)?;
    set_times(base, &root)?;
    Ok(fs_err::rename(&root, files)?)
}

/// Creates the required files and folders, in place of links and of other kinds of entries.
fn make_places(base: &Base, root: &Path) -> Result<()> {
    for (path, is_folder) in PLACES {
        let full = root.join(path);
        let kind = |path: &str| base.rootfs.entries.get(path).map(|entry| entry.kind.clone());
        // A link above it leads to a path in the base, which is good enough.
        let above = path.rsplit_once('/').map(|(above, _)| above);
        if above.is_some_and(|above| kind(above).is_some_and(|kind| kind != TreeKind::Directory)) {
            return Err(refused());
        }
        match (is_folder, kind(path)) {
            (true, Some(TreeKind::Directory)) | (false, Some(TreeKind::File(_))) => continue,
            (_, Some(TreeKind::Directory)) => return Err(refused()),
            (_, Some(TreeKind::Other)) | (_, None) => {}
            (_, Some(_)) => fs_err::remove_file(&full)?,
        }
        match is_folder {
            true => fs_err::create_dir_all(&full)?,
            false => {
                fs_err::create_dir_all(full.parent().unwrap_or(root))?;
                fs_err::write(&full, "")?;
            }
        }
    }
    Ok(())
}

fn refused() -> BaseError {
    BaseError::Refused { image: SHOWN.to_owned(), reason: Refusal::OddFolders }
}

/// Folders get the times in the layers, whenever they were written.
fn set_times(base: &Base, root: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let entries = base.rootfs.entries.iter().rev();
    for (path, entry) in entries.filter(|(_, entry)| entry.kind == TreeKind::Directory) {
        let seconds = u64::try_from(entry.mtime).unwrap_or_default();
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        fs_err::File::open(root.join(path))?.into_parts().0.set_modified(time)?;
    }
    Ok(fs_err::set_permissions(root, std::fs::Permissions::from_mode(0o755))?)
}
