//! Documents about an image: SBOMs, provenance. In: a tree, documents, and the manifest each is about. Out: the tree
//! with one more manifest for each document. That manifest names the image as its subject, so the image and its digest
//! do not change. The same documents give the same manifests. Source: OCI image specification, manifest.md, "Guidelines
//! for Artifact Usage".

use std::collections::BTreeMap;

use fourply_blob::Digest;
use serde::Serialize;
use serde_json::Value;

use crate::blob::Blob;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::media_type;
use crate::tree::ImageTree;

/// A document about one manifest of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The digest of the manifest that the document is about.
    pub subject: Digest,
    /// The media type of the document. It is also the artifact type, by which tools find the documents they can read.
    pub media_type: &'static str,
    /// Annotations of the document, such as its predicate type.
    pub annotations: BTreeMap<String, String>,
    /// The bytes of the document.
    pub bytes: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactManifest<'a> {
    schema_version: u8,
    media_type: &'static str,
    artifact_type: &'static str,
    config: EmptyConfig<'a>,
    layers: [Described<'a>; 1],
    subject: &'a Descriptor,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct EmptyConfig<'a> {
    #[serde(flatten)]
    descriptor: &'a Descriptor,
    /// The two bytes `{}` in base64.
    data: &'static str,
}

#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    descriptor: &'a Descriptor,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
}

impl ImageTree {
    /// Adds these documents to the tree. A document about a manifest that the tree does not have is left out.
    ///
    /// # Errors
    /// None, for descriptors that can be serialized.
    pub fn attach(mut self, attachments: &[Attachment]) -> Result<ImageTree, serde_json::Error> {
        for attachment in attachments {
            let mut all = self.manifests.iter();
            let subject = all.find(|one| one.descriptor.digest == attachment.subject);
            let Some(subject) = subject.map(|one| one.descriptor.clone()) else { continue };
            let config = Blob::in_memory(media_type::EMPTY, &b"{}"[..]);
            let document = Blob::in_memory(attachment.media_type, attachment.bytes.clone());
            let manifest = manifest(attachment, &subject, &config.descriptor, &document.descriptor)?;
            self.referrers.insert(manifest.descriptor.digest);
            self.manifests.push(manifest);
            for blob in [config, document] {
                if !self.blobs.iter().any(|one| one.descriptor.digest == blob.descriptor.digest) {
                    self.blobs.push(blob);
                }
            }
        }
        Ok(self)
    }
}

fn manifest(
    attachment: &Attachment,
    subject: &Descriptor,
    config: &Descriptor,
    document: &Descriptor,
) -> Result<Manifest, serde_json::Error> {
    let annotations = &attachment.annotations;
    let bytes = serde_json::to_vec(&ArtifactManifest {
        schema_version: 2,
        media_type: media_type::MANIFEST,
        artifact_type: attachment.media_type,
        config: EmptyConfig { descriptor: config, data: "e30=" },
        layers: [Described { descriptor: document, annotations }],
        subject,
        annotations,
    })?;
    Ok(Manifest::new(media_type::MANIFEST, bytes))
}

/// The document of an artifact's manifest: its first layer.
pub fn document_of(manifest: &Manifest) -> Option<Descriptor> {
    let value: Value = serde_json::from_slice(&manifest.bytes).ok()?;
    serde_json::from_value(value.get("layers")?.as_array()?.first()?.clone()).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::image::tests::image;
    use crate::image::tests::sample::Sample;

    #[test]
    fn the_image_stays_and_the_same_document_is_the_same_manifest() {
        let tree = image(&Sample::new()).tree();
        let attachment = Attachment {
            subject: tree.root,
            media_type: "application/spdx+json",
            annotations: BTreeMap::new(),
            bytes: b"{\"a\":1}".to_vec(),
        };
        let with = tree.clone().attach(&[attachment.clone(), attachment.clone()]).unwrap();
        assert_eq!((with.root, with.referrers.len()), (tree.root, 1));
        assert_eq!(with.blobs.len(), tree.blobs.len() + 2);
        let last = with.manifests.last().unwrap();
        assert_eq!(last.subject(), Some(tree.root));
        // oci-spec is an independent reader of such manifests.
        let read: oci_spec::image::ImageManifest = serde_json::from_slice(&last.bytes).unwrap();
        assert_eq!(read.artifact_type().as_ref().unwrap().to_string(), "application/spdx+json");
        assert_eq!(read.subject().as_ref().unwrap().digest().to_string(), tree.root.to_string());
        assert_eq!(document_of(last).unwrap().digest, Digest::of(b"{\"a\":1}"));
        let elsewhere = Attachment { subject: Digest::of(b"x"), ..attachment };
        assert_eq!(tree.clone().attach(&[elsewhere]).unwrap(), tree);
    }
}
