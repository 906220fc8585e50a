//! An index → its part for some platforms. In: an origin and platforms. Out: for one platform the manifest itself, with
//! its digest; for several platforms an index over their manifests. That index has its own digest, unless it leaves
//! nothing out. Entries stay unchanged. So do the attestations that BuildKit places next to an image; a single image
//! does not include them. Source: OCI image specification, image-index.md.

use std::collections::BTreeSet;

use fourply_platform::Platform;
use serde_json::Value;

use super::error::TransferError;
use super::origin::Origin;
use fourply_blob::Reason;

use crate::descriptor::Descriptor;
use crate::manifest::Manifest;

/// The annotation in which an attestation names its image. Source: BuildKit, docs/attestations/attestation-storage.md.
const ATTESTED: &str = "vnd.docker.reference.digest";

/// The manifest, or the index, of these platforms; the whole image if `wanted` is empty.
///
/// # Errors
/// If the image does not support one of them.
pub fn choose(origin: &dyn Origin, wanted: &[Platform]) -> Result<Manifest, TransferError> {
    let root = origin.root()?;
    if wanted.is_empty() {
        return Ok(root);
    }
    let index: Value = serde_json::from_slice(&root.bytes).unwrap_or_default();
    let Some(entries) = index.get("manifests").and_then(Value::as_array).filter(|_| root.is_index()) else {
        return single(origin, root, wanted);
    };
    let mut chosen = BTreeSet::new();
    for platform in wanted {
        chosen.insert(best(origin, entries, platform)?);
    }
    if let (1, Some(entry)) = (chosen.len(), chosen.first().and_then(|number| entries.get(*number))) {
        let descriptor: Descriptor = serde_json::from_value(entry.clone()).map_err(|error| {
            fault(origin, Reason::because("an entry of its index is no descriptor", error))
        })?;
        return origin.manifest(&descriptor);
    }
    let digests: Vec<&Value> =
        chosen.iter().filter_map(|number| entries.get(*number)?.get("digest")).collect();
    let stays = |(number, entry): &(usize, &Value)| {
        let attested = entry.get("annotations").and_then(|all| all.get(ATTESTED));
        chosen.contains(number) || attested.is_some_and(|digest| digests.contains(&digest))
    };
    let kept: Vec<Value> = entries.iter().enumerate().filter(stays).map(|(_, entry)| entry.clone()).collect();
    if kept.len() == entries.len() {
        return Ok(root);
    }
    let mut index = index.clone();
    if let Some(manifests) = index.get_mut("manifests") {
        *manifests = Value::Array(kept);
    }
    let bytes = serde_json::to_vec(&index)
        .map_err(|error| fault(origin, Reason::because("its index cannot be written again", error)))?;
    Ok(Manifest::new(&root.descriptor.media_type, bytes))
}

/// The platforms of an image or index. Those of a single image are unknown if its configuration is not here.
///
/// # Errors
/// If a document is missing or damaged.
pub(crate) fn platforms_of(origin: &dyn Origin, root: &Manifest) -> Result<Vec<Platform>, TransferError> {
    let index: Value = serde_json::from_slice(&root.bytes).unwrap_or_default();
    let Some(entries) = index.get("manifests").and_then(Value::as_array).filter(|_| root.is_index()) else {
        return Ok(of_image(origin, root).ok().flatten().into_iter().collect());
    };
    let stated = entries.iter().map(|entry| of_entry(origin, entry)).collect::<Result<Vec<_>, _>>()?;
    Ok(stated.into_iter().flatten().collect())
}

/// The position of the entry that fits a platform best; the first one of several equal ones.
fn best(origin: &dyn Origin, entries: &[Value], wanted: &Platform) -> Result<usize, TransferError> {
    let all = entries.iter().map(|entry| of_entry(origin, entry)).collect::<Result<Vec<_>, _>>()?;
    let ranks = all.iter().enumerate();
    let ranks = ranks.filter_map(|(number, platform)| Some((platform.as_ref()?.rank(wanted)?, number)));
    match ranks.min() {
        Some((_, number)) => Ok(number),
        None => Err(absent(origin, wanted, all.into_iter().flatten())),
    }
}

/// A single image is returned unchanged, if it supports the requested platform.
fn single(origin: &dyn Origin, root: Manifest, wanted: &[Platform]) -> Result<Manifest, TransferError> {
    let own = of_image(origin, &root)?;
    let serves = |wanted: &&Platform| own.as_ref().and_then(|own| own.rank(wanted)).is_none();
    match wanted.iter().find(serves) {
        None => Ok(root),
        Some(wanted) => Err(absent(origin, wanted, own.into_iter())),
    }
}

/// The platform of an index's entry. If the entry has none, the image's configuration is read.
fn of_entry(origin: &dyn Origin, entry: &Value) -> Result<Option<Platform>, TransferError> {
    match (entry.get("platform"), serde_json::from_value::<Descriptor>(entry.clone())) {
        (None, Ok(descriptor)) => of_image(origin, &origin.manifest(&descriptor)?),
        (stated, _) => Ok(stated.and_then(platform)),
    }
}

/// The platform in an image's configuration; `None` if this is not an image.
fn of_image(origin: &dyn Origin, manifest: &Manifest) -> Result<Option<Platform>, TransferError> {
    let names = manifest.names(&origin.name())?;
    let Some(config) = names.blobs.first() else { return Ok(None) };
    let document: Option<Value> = serde_json::from_slice(&origin.bytes(config)?).ok();
    Ok(document.as_ref().and_then(platform))
}

/// The platform in an index's entry or a configuration.
pub(super) fn platform(value: &Value) -> Option<Platform> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let (os, architecture) = (text("os")?, text("architecture")?);
    (os != "unknown").then(|| Platform::new(os, architecture, text("variant")))
}

fn absent(origin: &dyn Origin, wanted: &Platform, found: impl Iterator<Item = Platform>) -> TransferError {
    let found: BTreeSet<String> = found.map(|platform| platform.to_string()).collect();
    TransferError::Platform {
        image: origin.name(),
        wanted: wanted.to_string(),
        found: found.into_iter().collect(),
    }
}

fn fault(origin: &dyn Origin, reason: Reason) -> TransferError {
    TransferError::Tree { image: origin.name(), reason }
}
