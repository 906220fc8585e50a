//! What a sink is given: one image, or an index of several, with everything that it names.

use fourply_blob::Digest;
use fourply_platform::Platform;

use crate::image::{Blob, Content, Image, ImageIndex, Source};
use crate::registry::Shipment;

/// See the module.
#[derive(Debug, Clone)]
pub struct Parcel<'p> {
    /// As it is pushed.
    pub shipment: Shipment<'p>,
    /// The platform, of a single image.
    pub platform: Option<&'p Platform>,
    /// The image, where it is one.
    pub image: Option<&'p Image>,
}

impl<'p> Parcel<'p> {
    /// One image.
    pub fn image(image: &'p Image) -> Parcel<'p> {
        Parcel { shipment: Shipment::of(image), platform: Some(&image.platform), image: Some(image) }
    }

    /// An index with its images.
    pub fn index(index: &'p ImageIndex) -> Parcel<'p> {
        Parcel { shipment: Shipment::of_index(index), platform: None, image: None }
    }

    /// The digest of the image, or the index.
    pub fn digest(&self) -> Digest {
        self.shipment.root
    }

    /// The manifest or index that is named.
    pub(super) fn root(&self) -> Option<&Content> {
        let contents = self.shipment.manifests.iter().map(|manifest| &manifest.content);
        contents.into_iter().find(|content| content.digest == self.shipment.root)
    }

    /// Everything, the documents too, each digest once; documents come last.
    pub(super) fn blobs(&self) -> Vec<Blob<'_>> {
        let documents = self.shipment.manifests.iter().map(|manifest| Blob {
            content: manifest.content.clone(),
            source: Source::Bytes(&manifest.bytes),
            origin: None,
        });
        self.shipment.blobs.iter().cloned().chain(documents).collect()
    }
}
