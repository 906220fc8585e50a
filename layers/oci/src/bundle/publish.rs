//! A bundle → a registry. In: an open archive, a registry with or without a prefix. Out: every image under its original
//! repository and tag, with its digest and referrers. Omitted blobs are mounted from the repositories that have them.
//! Deltas are rebuilt before anything is sent. An interrupted publish can be repeated: blobs that have arrived are
//! found by asking the registry.

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

/// The result for one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The name in the bundle.
    pub name: String,
    /// The published reference.
    pub target: Reference,
    /// The digest in the registry.
    pub digest: Digest,
    /// The digest in the bundle. It differs from `digest` only if the media types were converted.
    pub original: Digest,
    /// How many referrers were not published because the media types were converted.
    pub left: usize,
    /// Counts of sent and present blobs.
    pub report: PushReport,
}

/// Publishes all images of the bundle with media types of this kind. First, all blobs of the bundle are verified and
/// all deltas are rebuilt. `told` is called for each published image.
///
/// # Errors
/// If the path holds no layout, the bundle is damaged, an omitted blob is not in the registry, or the registry refuses.
/// Images published before the error are complete, and every other tag is unchanged.
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

/// An image of the bundle and its target.
struct Plan {
    name: String,
    target: Reference,
    tree: ImageTree,
}

/// All named images, then those cosign tags that belong to none of them.
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

/// The image's reference below the registry. An image that is named by digest gets no tag.
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
