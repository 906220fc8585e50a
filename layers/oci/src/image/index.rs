//! One image for several platforms: an index. In: manifests with their platforms, in any order. Out: bytes that are the
//! same for the same manifests. Source: OCI image specification, image-index.md.

use fourply_platform::Platform;
use serde::Serialize;

use super::assemble::Image;
use super::error::ImageError;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::media_type;
use crate::tree::ImageTree;

/// A tree of images that differ only in their platform: their manifests, and an index over them as its root.
///
/// # Errors
/// If two images have the same platform.
pub fn index(images: &[Image]) -> Result<ImageTree, ImageError> {
    let entries = images.iter().map(|image| (image.manifest_descriptor(), image.platform.clone()));
    let index = index_over(entries.collect())?;
    let root = index.descriptor.digest;
    let (mut manifests, mut blobs) = (Vec::new(), Vec::new());
    for tree in images.iter().map(Image::tree) {
        manifests.extend(tree.manifests);
        blobs.extend(tree.blobs);
    }
    manifests.push(index);
    Ok(ImageTree::new(manifests, root, blobs))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<ImageIndexEntry>,
}

#[derive(Serialize)]
struct ImageIndexEntry {
    #[serde(flatten)]
    descriptor: Descriptor,
    platform: IndexPlatform,
}

#[derive(Serialize)]
struct IndexPlatform {
    architecture: String,
    os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
}

/// An index over these manifests, sorted by platform.
///
/// # Errors
/// If two entries have the same platform.
pub fn index_over(mut entries: Vec<(Descriptor, Platform)>) -> Result<Manifest, ImageError> {
    entries.sort_by(|one, other| one.1.cmp(&other.1));
    for pair in entries.windows(2) {
        if let [(one, platform), (other, same)] = pair
            && platform == same
        {
            let platform = platform.to_string();
            return Err(ImageError::TwicePlatform { platform, one: one.digest, other: other.digest });
        }
    }
    let entry = |(descriptor, platform): (Descriptor, Platform)| {
        let Platform { os, architecture, variant } = platform;
        ImageIndexEntry {
            descriptor,
            platform: IndexPlatform { architecture: architecture.to_string(), os, variant },
        }
    };
    let manifests = entries.into_iter().map(entry).collect();
    let index = Index { schema_version: 2, media_type: media_type::INDEX, manifests };
    let bytes =
        serde_json::to_vec(&index).map_err(|source| ImageError::Json { document: "index", source })?;
    Ok(Manifest::new(media_type::INDEX, bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn entry(bytes: &[u8], platform: Platform) -> (Descriptor, Platform) {
        (Descriptor::of("application/vnd.oci.image.manifest.v1+json", bytes), platform)
    }

    #[test]
    fn the_order_of_platforms_decides_nothing() {
        let all =
            [entry(b"a", Platform::linux_amd64()), entry(b"b", Platform::new("linux", "arm", Some("v6")))];
        let turned: Vec<_> = all.iter().rev().cloned().collect();
        let bytes = index_over(all.to_vec()).unwrap().bytes;
        assert_eq!(bytes, index_over(turned).unwrap().bytes);
        let read: oci_spec::image::ImageIndex = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.manifests().len(), 2);
        let arm = read.manifests()[1].platform().as_ref().unwrap();
        assert_eq!((arm.architecture().to_string().as_str(), arm.variant().as_deref()), ("arm", Some("v6")));
    }

    #[test]
    fn one_platform_twice_is_refused() {
        let all = vec![entry(b"a", Platform::linux_amd64()), entry(b"b", Platform::linux_amd64())];
        assert!(matches!(index_over(all), Err(ImageError::TwicePlatform { .. })));
    }
}
