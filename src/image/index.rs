//! One image for several platforms: an index. In: manifests with their platforms. Out: bytes, the same for the same manifests in whatever order
//! they came. Source: OCI image specification, image-index.md.

use fourply_blob::Digest;
use fourply_platform::Platform;
use serde::Serialize;

use super::{Content, INDEX_MEDIA_TYPE, Image, ImageError};

/// Images that are one but for the machine.
#[derive(Debug, Clone)]
pub struct ImageIndex {
    /// One for each platform.
    pub images: Vec<Image>,
    /// The index's bytes.
    pub bytes: Vec<u8>,
}

impl ImageIndex {
    /// Joins images.
    ///
    /// # Errors
    /// Where two are for one platform.
    pub fn of(images: Vec<Image>) -> Result<ImageIndex, ImageError> {
        let entries = images.iter().map(|image| (image.manifest_content(), image.platform.clone()));
        let bytes = render(entries.collect())?;
        Ok(ImageIndex { images, bytes })
    }

    /// The index's digest: the name by content of all.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    content: Content,
    platform: Machine,
}

#[derive(Serialize)]
struct Machine {
    architecture: String,
    os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
}

/// The bytes of an index over these manifests, sorted by platform.
///
/// # Errors
/// Where two are for one platform.
pub fn render(mut entries: Vec<(Content, Platform)>) -> Result<Vec<u8>, ImageError> {
    entries.sort_by(|one, other| one.1.cmp(&other.1));
    for pair in entries.windows(2) {
        if let [(one, platform), (other, same)] = pair
            && platform == same
        {
            let platform = platform.to_string();
            return Err(ImageError::TwicePlatform { platform, one: one.digest, other: other.digest });
        }
    }
    let entry = |(content, platform): (Content, Platform)| {
        let Platform { os, architecture, variant } = platform;
        Entry { content, platform: Machine { architecture: architecture.to_string(), os, variant } }
    };
    let manifests = entries.into_iter().map(entry).collect();
    let index = Index { schema_version: 2, media_type: INDEX_MEDIA_TYPE, manifests };
    serde_json::to_vec(&index).map_err(|source| ImageError::Json { document: "index", source })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn entry(bytes: &[u8], platform: Platform) -> (Content, Platform) {
        (Content::of("application/vnd.oci.image.manifest.v1+json", bytes), platform)
    }

    #[test]
    fn the_order_of_platforms_decides_nothing() {
        let all =
            [entry(b"a", Platform::linux_amd64()), entry(b"b", Platform::new("linux", "arm", Some("v6")))];
        let turned: Vec<_> = all.iter().rev().cloned().collect();
        let bytes = render(all.to_vec()).unwrap();
        assert_eq!(bytes, render(turned).unwrap());
        let read: oci_spec::image::ImageIndex = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read.manifests().len(), 2);
        let arm = read.manifests()[1].platform().as_ref().unwrap();
        assert_eq!((arm.architecture().to_string().as_str(), arm.variant().as_deref()), ("arm", Some("v6")));
    }

    #[test]
    fn one_platform_twice_is_refused() {
        let all = vec![entry(b"a", Platform::linux_amd64()), entry(b"b", Platform::linux_amd64())];
        assert!(matches!(render(all), Err(ImageError::TwicePlatform { .. })));
    }
}
