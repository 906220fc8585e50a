//! Packages of npm's in layers, by their package.json. In: layers in the store, their metadata. Out: what the files say, kept by the layers.

use fourply_base::Base;
use fourply_modules::{PackageManifest, manifest_folder, read_manifest};
use fourply_rootfs::{LayerDigests, RootfsMetadata, TreeKind, file_texts};
use fourply_store::Store;

use crate::Error;
use crate::context::Context;

fourply_store::record! {
    /// The packages in layers that lie upon each other.
    struct ManifestsIn<'a> in LayerManifests, rules 2 => Vec<PackageManifest> {
        layers: &'a [LayerDigests],
    }
}

/// The package.json files of whole packages that an image has in the end, by path.
fn places(rootfs: &RootfsMetadata) -> impl Iterator<Item = (&str, &str)> {
    let files = rootfs.entries.iter().filter(|(_, entry)| matches!(entry.kind, TreeKind::File(_)));
    let found = files.filter_map(|(path, _)| Some((path.as_str(), manifest_folder(path)?)));
    found.filter(|(_, folder)| !folder.is_empty())
}

fn layers_of(base: &Base) -> Vec<LayerDigests> {
    base.layers.iter().map(|layer| LayerDigests { digest: layer.digest, diff_id: layer.diff_id }).collect()
}

/// The packages of a base. Its layers are fetched where they have to be read; they are read once.
///
/// # Errors
/// Layers that cannot be fetched or read.
pub(super) fn of_base(context: &Context<'_>, base: &Base) -> Result<Vec<PackageManifest>, Error> {
    if places(&base.rootfs).next().is_none() {
        return Ok(Vec::new());
    }
    let layers = layers_of(base);
    if !context.store.has(&ManifestsIn { layers: &layers }) {
        context.complete_base(base)?;
    }
    of_layers(&context.store, base)
}

/// The packages of an image whose layers all lie in the store, sorted by folder.
///
/// # Errors
/// Layers that cannot be read.
pub(super) fn of_layers(store: &Store, base: &Base) -> Result<Vec<PackageManifest>, Error> {
    let layers = layers_of(base);
    store.get_or(&ManifestsIn { layers: &layers }, || {
        let counts = |path: &str| manifest_folder(path).is_some_and(|folder| !folder.is_empty());
        let texts = file_texts(store, &layers, &counts).map_err(fourply_base::BaseError::from)?;
        let read = |(path, folder): (&str, &str)| {
            read_manifest(folder, texts.get(path).map(Vec::as_slice).unwrap_or_default())
        };
        Ok(places(&base.rootfs).map(read).collect())
    })
}
