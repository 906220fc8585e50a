//! From the packs that a build left to layers of an image. In: packs, where the workspace lies in the image. Out: layers in the store.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use fourply_blob::{BlobError, Directories, Fragment, Inputs as _, Key, LayerPath, MTIME, Meta, TarWriter};
use fourply_modules::{ImageRoot, write_packed};
use fourply_pnpm::ImporterId;
use fourply_store::{BuiltLayer, PackKind, Store, StoreError};

use crate::{BuiltApp, Result};

/// The name of the stage.
const STAGE: &str = "dist";

/// What the build left in node_modules, if anything, then the outputs.
///
/// # Errors
/// Packs that cannot be read, layers that cannot be written.
pub fn layers(
    store: &Store,
    built: &BuiltApp,
    service: &ImporterId,
    image: &ImageRoot<'_>,
) -> Result<Vec<BuiltLayer>> {
    let layer = |pack: Key, comment: String| -> Result<BuiltLayer> {
        let (prefix, directories) = (image.prefix()?, image.directories.clone());
        let fragment = PackFragment { store: store.clone(), pack, prefix, directories };
        let fragments: [Arc<dyn Fragment>; 1] = [Arc::new(fragment)];
        Ok(store.build_layer(STAGE, &comment, &fragments, image.codec)?)
    };
    // A layer of its own, as it changes seldom and may be large.
    let generated =
        built.generated.map(|pack| layer(pack, format!("what {service} generated in node_modules")));
    let outputs = layer(built.pack, format!("the outputs of {service}"));
    generated.into_iter().chain([outputs]).collect()
}

/// A pack below a prefix, all of it root's, with the parents that the base may have already.
struct PackFragment {
    store: Store,
    pack: Key,
    prefix: LayerPath,
    directories: Directories,
}

impl PackFragment {
    fn directory(&self, path: &LayerPath) -> Meta {
        self.directories.meta(path)
    }

    fn write(&self, tar: &mut TarWriter<&mut dyn Write>) -> std::result::Result<(), BlobError> {
        let failed = |error: StoreError| BlobError::fragment(error.category(), error);
        let pack = self.store.open_pack(&self.pack).map_err(failed)?;
        let mut made = BTreeSet::new();
        for entry in pack.entries() {
            let path = self.prefix.join(&entry.path)?;
            for above in path.ancestors() {
                if made.insert(above.clone()) {
                    tar.directory(&above, &self.directory(&above))?;
                }
            }
            match &entry.kind {
                PackKind::Symlink { target } => tar.symlink(&path, &meta(0o777), target)?,
                PackKind::File { executable } => {
                    let mode = if *executable { 0o755 } else { 0o644 };
                    write_packed(tar, &path, &meta(mode), &pack, entry)?;
                }
            }
        }
        Ok(())
    }
}

fn meta(mode: u32) -> Meta {
    Meta { mode, ..Meta::directory(0, 0) }
}

fourply_blob::inputs! {
    /// All that decides the entries of a pack.
    struct PackInputs<'a>: "files of a pack", rules 2 {
        pack: &'a Key,
        prefix: &'a LayerPath,
        /// What the base has at the prefix.
        directory: Meta,
        mtime: i64,
    }
}

impl Fragment for PackFragment {
    fn key(&self) -> Key {
        let directory = self.directory(&self.prefix);
        PackInputs { pack: &self.pack, prefix: &self.prefix, directory, mtime: MTIME }.key()
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> std::result::Result<(), BlobError> {
        self.write(tar)
    }

    fn size_hint(&self) -> u64 {
        0
    }
}
