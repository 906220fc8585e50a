//! Layers in the store → metadata, once. In: the layers with the expected digests of their uncompressed bytes. Out:
//! metadata, from a record of the store if the same layers were read before. The image's environment is not part of the
//! record: two images of the same layers may differ in it.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Digest;
use fourply_store::Store;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Result, RootfsError};
use crate::metadata::budget::ReadBudget;
use crate::metadata::layer::{self, LayerContents};
use crate::metadata::linked;
use crate::metadata::tree::FileTree;
use crate::metadata::{Base64Bytes, FileDigests, RootfsMetadata, TreeKind, detect};

/// A layer whose blob is in the store, or that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerDigests {
    pub digest: Digest,
    /// The digest of the uncompressed tar.
    pub diff_id: Digest,
}

fourply_blob::key_value!(LayerDigests { digest, diff_id });

fourply_store::record! {
    /// The metadata of stacked layers.
    struct HeldBy<'a> in RootfsMetadata, rules 12 => Held {
        /// From the lowest to the highest.
        layers: &'a [LayerDigests],
    }
}

/// The metadata without the facts that the image's environment may add.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    rootfs: RootfsMetadata,
    /// Whether node's own header has its version. It takes precedence over the environment, and that over a package.
    node_by_header: bool,
}

impl RootfsMetadata {
    /// Reads the layers, from the lowest to the highest, or the record of an earlier read. Without a record, their
    /// blobs must be in the store. `env` are the image's variables, each as `NAME=VALUE`; they may contain node's
    /// version.
    ///
    /// # Errors
    /// A layer that is missing in the store, is malformed, leaves its root, or does not match its diff ID.
    pub fn read(store: &Store, layers: &[LayerDigests], env: &[String]) -> Result<Self> {
        let held =
            store.get_or(&HeldBy { layers }, || Ok::<_, RootfsError>(gathered(merged(store, layers)?)))?;
        Ok(with_env(held, env))
    }
}

/// Whether these layers were read before.
pub fn is_on_record(store: &Store, layers: &[LayerDigests]) -> bool {
    store.has(&HeldBy { layers })
}

/// Reads each distinct layer on all cores, and merges them in order. Layers are read once, or twice if a file that
/// metadata needs is behind a link.
fn merged(store: &Store, layers: &[LayerDigests]) -> Result<FileTree> {
    let read = read_all(store, layers, &BTreeSet::new())?;
    let tree = laid_upon(layers, &read)?;
    let names = linked::names(&tree, read.values().map(|(contents, _)| contents));
    match names.is_empty() {
        true => Ok(tree),
        false => laid_upon(layers, &read_all(store, layers, &names)?),
    }
}

/// Layers by digest, with the digests of their uncompressed bytes.
type ReadLayers = BTreeMap<Digest, (LayerContents, Digest)>;

fn read_all(store: &Store, layers: &[LayerDigests], names: &BTreeSet<String>) -> Result<ReadLayers> {
    let different: BTreeMap<Digest, &LayerDigests> =
        layers.iter().map(|layer| (layer.digest, layer)).collect();
    let budget = ReadBudget::default();
    let read = different.par_iter();
    read.map(|(digest, layer)| Ok((*digest, verified(store, layer, &budget, names)?))).collect()
}

fn laid_upon(layers: &[LayerDigests], read: &ReadLayers) -> Result<FileTree> {
    let budget = ReadBudget::default();
    let mut tree = FileTree::default();
    for layer in layers {
        let name = layer.digest.to_string();
        let Some((contents, diff_id)) = read.get(&layer.digest) else { continue };
        if *diff_id != layer.diff_id {
            return Err(RootfsError::DiffId { layer: name, expected: layer.diff_id, actual: *diff_id });
        }
        tree.apply(contents, &name, &budget)?;
    }
    Ok(tree)
}

fn verified(
    store: &Store,
    layer: &LayerDigests,
    budget: &ReadBudget,
    names: &BTreeSet<String>,
) -> Result<(LayerContents, Digest)> {
    let name = layer.digest.to_string();
    match store.sound_blob(&layer.digest) {
        Some(path) => layer::read_keeping(fs_err::File::open(path)?, &name, budget, names, None),
        None => Err(RootfsError::layer(&name, "", "it is not in the store")),
    }
}

pub(super) fn gathered(tree: FileTree) -> Held {
    let (libc, architecture) = detect::libc(&tree);
    let by_header = detect::node_by_header(&tree);
    let rootfs = RootfsMetadata {
        libc,
        architecture,
        node: by_header.clone().or_else(|| detect::node_by_package(&tree)),
        passwd: tree.text("etc/passwd").unwrap_or_default(),
        group: tree.text("etc/group").unwrap_or_default(),
        shadow: tree.text("etc/shadow"),
        gshadow: tree.text("etc/gshadow"),
        os_release: detect::os_release(&tree),
        databases: databases(&tree),
        digests: digests(&tree),
        entries: tree.entries,
    };
    Held { rootfs, node_by_header: by_header.is_some() }
}

/// The files that package managers continue from.
fn databases(tree: &FileTree) -> BTreeMap<String, Base64Bytes> {
    let of_manager = |path: &&String| layer::is_database(path.strip_prefix("usr/").unwrap_or(path));
    let linked: BTreeSet<String> = linked::databases(tree).collect();
    let kept = tree.contents.iter().filter(|(path, _)| of_manager(path) || linked.contains(*path));
    kept.map(|(path, bytes)| (path.clone(), Base64Bytes(bytes.clone()))).collect()
}

/// The checksums of files below `/etc` with fully kept contents.
fn digests(tree: &FileTree) -> BTreeMap<String, FileDigests> {
    let whole = |path: &str, bytes: &[u8]| {
        tree.entries.get(path).is_some_and(|entry| entry.kind == TreeKind::File(bytes.len() as u64))
    };
    let kept = tree.contents.iter().filter(|(path, bytes)| path.starts_with("etc/") && whole(path, bytes));
    kept.map(|(path, bytes)| (path.clone(), FileDigests::of(bytes))).collect()
}

pub(super) fn with_env(held: Held, env: &[String]) -> RootfsMetadata {
    let Held { mut rootfs, node_by_header } = held;
    if !node_by_header && let Some(version) = detect::node_by_env(&rootfs, env) {
        rootfs.node = Some(version);
    }
    rootfs
}
