//! Package archives of a build → layers of an image. In: archives, the workspace's location in the image, the owner of
//! its folders. Out: layers in the store.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

use fourply_blob::{BlobError, Directories, Fragment, Inputs as _, Key, LayerPath, MTIME, Meta, TarWriter};
use fourply_modules::{ImageRoot, write_packed};
use fourply_pnpm::ImporterId;
use fourply_store::{BuiltLayer, Pack, PackEntry, PackKind, Store, StoreError};

use crate::links::resolved;
use crate::writable::WritableFolders;
use crate::{AppError, BuiltApp, Result};

/// The stage's name.
const STAGE: &str = "dist";

/// The files that the build wrote to node_modules, if any; then the outputs, with the folders of the image's user.
///
/// # Errors
/// If a folder is a link, an archive cannot be read, or a layer cannot be written.
pub fn layers(
    store: &Store,
    built: &BuiltApp,
    service: &ImporterId,
    writable: &WritableFolders,
    image: &ImageRoot<'_>,
) -> Result<Vec<BuiltLayer>> {
    if !writable.inside.is_empty() {
        check_places(&*store.open_pack(&built.pack)?, writable)?;
    }
    let layer = |pack: Key,
                 writable: &WritableFolders,
                 empty: &BTreeSet<String>,
                 comment: String|
     -> Result<BuiltLayer> {
        let (prefix, directories) = (image.prefix()?, image.directories.clone());
        let (writable, absolute) = (writable.clone(), built.absolute.clone());
        let (store_of, empty) = (store.clone(), empty.clone());
        let fragment = PackFragment { store: store_of, pack, prefix, directories, writable, absolute, empty };
        let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
        Ok(store.build_layer(STAGE, &comment, &fragments, image.codec)?)
    };
    // A separate layer, because it changes seldom and may be large.
    let (none, full) = (WritableFolders::default(), BTreeSet::new());
    let generated = built
        .generated
        .map(|pack| layer(pack, &none, &full, format!("what {service} generated in node_modules")));
    let outputs = layer(built.pack, writable, &built.empty, format!("the outputs of {service}"));
    generated.into_iter().chain([outputs]).collect()
}

/// If a folder is a link, its target would keep its owner. A single file cannot be replaced by its owner, which
/// programs do to save a file.
fn check_places(pack: &Pack, writable: &WritableFolders) -> Result<()> {
    let is_file =
        |folder: &&String| pack.find(folder).is_some_and(|entry| matches!(entry.kind, PackKind::File { .. }));
    if let Some(file) = writable.inside.iter().find(is_file) {
        let reason = "it is a file: name the folder that it lies in";
        return Err(AppError::Writable { folder: file.clone(), reason });
    }
    let is_link = |folder: &&String| {
        let above = folder.match_indices('/').filter_map(|(at, _)| folder.get(..at)).chain([folder.as_str()]);
        above.filter_map(|path| pack.find(path)).any(|entry| matches!(entry.kind, PackKind::Symlink { .. }))
    };
    match writable.inside.iter().find(is_link) {
        Some(folder) => Err(AppError::Writable {
            folder: folder.clone(),
            reason: "it is a link in the outputs: name the folder that it leads to",
        }),
        None => Ok(()),
    }
}

/// Whether a file or link is at a path, or above it.
fn is_below_entry(pack: &Pack, path: &str) -> bool {
    let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    above.chain([path]).any(|path| pack.find(path).is_some())
}

/// An archive below a prefix. Everything is owned by root, except what the user may write to.
struct PackFragment {
    store: Store,
    pack: Key,
    prefix: LayerPath,
    directories: Directories,
    writable: WritableFolders,
    /// Links whose targets are absolute in the image.
    absolute: BTreeSet<String>,
    /// Empty folders.
    empty: BTreeSet<String>,
}

/// The parents of a path, each with a trailing slash.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..=at))
}

/// An item in the workspace's tree.
enum Item<'a> {
    Folder,
    Entry(&'a PackEntry),
}

impl PackFragment {
    /// The items at the prefix and below, in the order of writing. A folder, whose name ends with `/`, comes directly
    /// before its first item. The prefix itself is an empty name.
    fn items<'p>(&self, pack: &'p Pack) -> BTreeMap<Cow<'p, str>, Item<'p>> {
        let mut items: BTreeMap<Cow<'p, str>, Item<'p>> = BTreeMap::from([("".into(), Item::Folder)]);
        let made = self.writable.inside.iter().filter(|folder| *folder != "." && pack.find(folder).is_none());
        let empty = self.empty.iter().filter(|folder| !is_below_entry(pack, folder));
        let made: BTreeSet<String> = made.chain(empty).map(|folder| format!("{folder}/")).collect();
        for path in &made {
            items.extend(folders(path).map(|folder| (folder.to_owned().into(), Item::Folder)));
        }
        for entry in pack.entries() {
            items.extend(folders(&entry.path).map(|folder| (folder.into(), Item::Folder)));
            items.insert(entry.path.as_str().into(), Item::Entry(entry));
        }
        items
    }

    /// The metadata of a directory below the prefix or above it: the user's, or the base's for this path.
    fn directory(&self, inside: Option<&str>, path: &LayerPath) -> Meta {
        let owned = inside.is_some_and(|inside| self.writable.has(inside));
        if owned {
            Meta::directory(self.writable.uid, self.writable.gid)
        } else {
            self.directories.meta(path)
        }
    }

    fn meta(&self, inside: &str, mode: u32) -> Meta {
        let owned = self.writable.has(inside);
        let (uid, gid) = if owned { (self.writable.uid, self.writable.gid) } else { (0, 0) };
        Meta::new(mode, uid, gid)
    }

    fn write(&self, tar: &mut TarWriter<&mut dyn Write>) -> std::result::Result<(), BlobError> {
        let failed = |error: StoreError| BlobError::fragment(error.category(), error);
        let pack = self.store.open_pack(&self.pack).map_err(failed)?;
        for above in self.prefix.ancestors() {
            tar.directory(&above, &self.directory(None, &above))?;
        }
        for (name, item) in &self.items(&pack) {
            let inside = name.trim_end_matches('/');
            let path = if inside.is_empty() { self.prefix.clone() } else { self.prefix.join(inside)? };
            let Item::Entry(entry) = item else {
                tar.directory(&path, &self.directory(Some(inside), &path))?;
                continue;
            };
            match &entry.kind {
                PackKind::Symlink { target } => {
                    tar.symlink(&path, &self.meta(inside, 0o777), &self.target(inside, target))?;
                }
                PackKind::File { executable } => {
                    let mode = if *executable { 0o755 } else { 0o644 };
                    write_packed(tar, &path, &self.meta(inside, mode), &pack, entry)?;
                }
            }
        }
        Ok(())
    }

    /// A link's target in the image.
    fn target(&self, path: &str, target: &str) -> String {
        match resolved(path, target).filter(|_| self.absolute.contains(path)) {
            Some(place) if place.is_root() => format!("/{}", self.prefix),
            Some(place) => format!("/{}/{place}", self.prefix),
            None => target.to_owned(),
        }
    }
}

fourply_blob::inputs! {
    /// Every input to the entries of an archive.
    struct PackInputs<'a>: "files of a pack", rules 4 {
        pack: &'a Key,
        prefix: &'a LayerPath,
        /// The base's metadata for the prefix.
        directory: Meta,
        writable: &'a WritableFolders,
        absolute: &'a BTreeSet<String>,
        empty: &'a BTreeSet<String>,
        mtime: i64,
    }
}

impl Fragment for PackFragment {
    fn key(&self) -> Key {
        let directory = self.directories.meta(&self.prefix);
        let PackFragment { pack, prefix, writable, absolute, empty, .. } = self;
        PackInputs { pack, prefix, directory, writable, absolute, empty, mtime: MTIME }.key()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> std::result::Result<(), BlobError> {
        self.write(tar)
    }

    fn size_hint(&self) -> u64 {
        0
    }
}
