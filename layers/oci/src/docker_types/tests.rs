#![allow(clippy::unwrap_used)]

use fourply_blob::Codec;
use serde_json::json;

use super::*;
use crate::blob::Blob;
use crate::image::tests::sample::Sample;
use crate::image::tests::{image, own_layer, settings};
use crate::image::{Image, index};

fn parsed(manifest: &Manifest) -> Value {
    serde_json::from_slice(&manifest.bytes).unwrap()
}

#[test]
fn manifest_and_types_are_dockers_and_configuration_and_layers_stay() {
    let sample = Sample::new();
    let tree = image(&sample).tree();
    let (docker, left) = MediaTypes::Docker.of(tree.clone()).unwrap();
    assert_eq!((left, docker.manifests.len()), (0, 1));
    assert_ne!(docker.root, tree.root);
    let digests = |tree: &ImageTree| tree.blobs.iter().map(|blob| blob.descriptor.digest).collect::<Vec<_>>();
    assert_eq!(digests(&docker), digests(&tree));
    let manifest = parsed(docker.root_manifest().unwrap());
    assert_eq!(manifest["mediaType"], IMAGE_MANIFEST_MEDIA_TYPE);
    assert_eq!(manifest["config"]["mediaType"], CONFIG);
    assert!(manifest["layers"].as_array().unwrap().iter().all(|layer| layer["mediaType"] == GZIP));
    assert_eq!(manifest.as_object().unwrap().len(), 4, "no annotations");
    assert_eq!(docker.blobs[0].descriptor.media_type, CONFIG);
    // Docker manifests stay unchanged, and so does every tree with `Own`.
    assert_eq!(MediaTypes::Docker.of(docker.clone()).unwrap(), (docker, 0));
    assert_eq!(MediaTypes::Own.of(tree.clone()).unwrap(), (tree, 0));
}

#[test]
fn an_index_becomes_a_list_without_attestations_and_referrers() {
    let sample = Sample::new();
    let one = image(&sample);
    let later = crate::image::ImageSettings { created: 1, ..settings() };
    let other = Image::assemble(&sample.base(None), &[], &later).unwrap();
    let other = Image { platform: fourply_platform::Platform::new("linux", "arm", Some("v7")), ..other };
    let mut tree = index(&[one, other]).unwrap();
    let empty = Blob::in_memory("application/vnd.oci.empty.v1+json", b"{}".to_vec());
    let artifact = json!({
        "schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": "x/y",
        "config": empty.descriptor, "layers": [], "subject": tree.manifests[0].descriptor,
    });
    let artifact = Manifest::new(media_type::MANIFEST, artifact.to_string().into_bytes());
    tree.referrers.insert(artifact.descriptor.digest);
    tree.manifests.push(artifact);
    tree.blobs.push(empty);
    let (docker, left) = MediaTypes::Docker.of(tree.clone()).unwrap();
    assert_eq!((left, docker.blobs.len()), (1, tree.blobs.len() - 1));
    assert!(docker.referrers.is_empty());
    let list = parsed(docker.root_manifest().unwrap());
    assert_eq!(list["mediaType"], IMAGE_MANIFEST_LIST_MEDIA_TYPE);
    let entries = list["manifests"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["platform"], json!({ "architecture": "arm", "os": "linux", "variant": "v7" }));
    assert_eq!(entries[0]["digest"], docker.manifests[0].descriptor.digest.to_string());
    assert_eq!(MediaTypes::Docker.of(docker.clone()).unwrap(), (docker, 0));
    // The artifact alone is not an image.
    let alone = ImageTree { root: tree.manifests[3].descriptor.digest, ..tree };
    MediaTypes::Docker.of(alone).unwrap_err();
}

#[test]
fn zstd_has_no_media_type_of_dockers() {
    let sample = Sample::new();
    let layer = own_layer(&sample, Codec::Zstd, &[("a", b"a")]);
    let tree = Image::assemble(&sample.base(None), &[layer], &settings()).unwrap().tree();
    let error = MediaTypes::Docker.of(tree).unwrap_err();
    assert!(error.to_string().contains("tar+zstd"), "{error}");
}
