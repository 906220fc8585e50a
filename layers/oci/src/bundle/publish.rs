//! A bundle → a registry. In: an open archive, a registry with or without a prefix. Out: every image under the repository and tag that it
//! had, with its digest and what refers to it. What was left out is mounted from where the other side has it; deltas are rebuilt before anything is
//! sent. Whatever was interrupted goes on: what has arrived is found by looking.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::Digest;
use fourply_store::{Progress, Store};

use super::contents::BundleContents;
use super::rebuilt::Rebuilding;
use super::since::repository;
use super::site::below;
use crate::docker_types::MediaTypes;
use crate::reference::Reference;
use crate::registry::{PushReport, Registries};
use crate::transfer::{Local, LocalEntry, Origin as _, TransferError, gather_from, verify_blobs};
use crate::tree::ImageTree;

/// What became of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its name in the bundle.
    pub name: String,
    /// Where it is now.
    pub target: Reference,
    /// Its digest there.
    pub digest: Digest,
    /// Its digest in the bundle: another one only where it got other media types.
    pub original: Digest,
    /// How many manifests that refer to it stayed behind because of other media types.
    pub left: usize,
    /// What was sent and what was there.
    pub report: PushReport,
}

/// Publishes all images of the bundle with media types of this kind, once all of its blobs were read and found whole, and all deltas rebuilt; `told` hears of each image when it
/// is there.
///
/// # Errors
/// Where the bundle is no layout or is damaged, a blob that it leaves out is not there, or the registry refuses. The images before
/// are whole, and so is what each tag named.
pub fn publish(
    bundle: &Path,
    registry: &str,
    registries: &Registries,
    store: &Store,
    types: MediaTypes,
    progress: &dyn Progress,
    told: &mut dyn FnMut(&Published),
) -> Result<(), TransferError> {
    let mut local = Local::open(bundle)?;
    let contents = BundleContents::of(&local, bundle)?;
    let mut absent = BTreeMap::new();
    for (digest, blob) in &contents.absent {
        let image = below(registry, &blob.repository, "latest")?.name();
        absent.insert(*digest, (Some(image), store.blob_place(digest)));
    }
    let rebuilding = Rebuilding::of(&local, bundle, &contents)?;
    absent.extend(contents.deltas.keys().map(|digest| (*digest, (None, store.blob_place(digest)))));
    local.leave_out(absent);
    let plans = plans(&local, bundle, registry)?;
    let blobs = plans.iter().flat_map(|plan| &plan.tree.blobs).chain(rebuilding.blobs());
    verify_blobs(bundle, blobs, progress)?;
    rebuilding.run(registry, registries, store, progress)?;
    for Plan { name, target, tree } in plans {
        let original = tree.root;
        let (tree, left) = types.of(tree)?;
        let target = if target.digest().is_some() { target.with_digest(&tree.root)? } else { target };
        let report = registries.push(&tree, std::slice::from_ref(&target), progress)?;
        told(&Published { name, target, digest: tree.root, original, left, report });
    }
    Ok(())
}

/// An image of the bundle, and where it goes.
struct Plan {
    name: String,
    target: Reference,
    tree: ImageTree,
}

/// All images with a name; then the tags of cosign's that speak of none of them.
fn plans(local: &Local, bundle: &Path, registry: &str) -> Result<Vec<Plan>, TransferError> {
    let mut plans: Vec<Plan> = Vec::new();
    let (images, rest): (Vec<&LocalEntry>, Vec<&LocalEntry>) =
        local.entries().iter().partition(|entry| entry.is_image());
    for entry in images.into_iter().chain(rest.into_iter().filter(|entry| entry.is_companion)) {
        let digest = &entry.descriptor.digest;
        let carried = |plan: &Plan| plan.tree.companions.values().any(|one| one == digest);
        if entry.is_companion && plans.iter().any(carried) {
            continue;
        }
        let name = entry.name.clone().unwrap_or_default();
        let target = target(bundle, registry, &name, digest)?;
        let chosen = local.clone().with_name(&name);
        let tree = gather_from(&chosen, local.manifest(&entry.descriptor)?, true)?;
        plans.push(Plan { name, target, tree });
    }
    let reason = "it has no image with a name".into();
    match plans.is_empty() {
        true => Err(TransferError::Layout { path: bundle.to_path_buf(), reason }),
        false => Ok(plans),
    }
}

/// The image's place below the registry; one that was named by its digest gets no tag.
fn target(bundle: &Path, registry: &str, name: &str, digest: &Digest) -> Result<Reference, TransferError> {
    let reference = Reference::parse(name)?;
    let repository = repository(name).unwrap_or_else(|| reference.repository().to_owned());
    let found = below(registry, &repository, reference.tag().unwrap_or("latest"))?;
    match reference.digest() {
        Some(named) if named != *digest => {
            let reason = format!("the image that is named {name} has the digest {digest}").into();
            Err(TransferError::Layout { path: bundle.to_path_buf(), reason })
        }
        Some(_) => Ok(found.with_digest(digest)?),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_with_another_digest_is_refused() {
        let (own, other) = (Digest::of(b"own"), Digest::of(b"other"));
        let of = |name: &str| target(Path::new("b.tar"), "h.test:5000/p", name, &own);
        assert_eq!(of("r.test/x/a:1").unwrap().to_string(), "h.test:5000/p/x/a:1");
        let named = of(&format!("r.test/x/a@{own}")).unwrap();
        assert_eq!((named.digest(), named.repository()), (Some(own), "p/x/a"));
        let refused = of(&format!("r.test/x/a:1@{other}")).unwrap_err().to_string();
        assert!(refused.contains("b.tar") && refused.contains(&own.to_string()), "{refused}");
    }
}
