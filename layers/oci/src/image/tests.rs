#![allow(clippy::unwrap_used)]

use fourply_blob::{Codec, Digest};
use serde_json::{Value, json};

use super::*;
use crate::layer::Layer;

pub(crate) mod sample;
use sample::Sample;

pub(crate) fn settings() -> ImageSettings {
    ImageSettings {
        user: Some("1001:1001".into()),
        working_dir: Some("/app/services/auth".into()),
        env: [("NODE_ENV", "production"), ("LANG", "C.UTF-8")].map(|(k, v)| (k.into(), v.into())).into(),
        exposed_ports: vec!["3000/tcp".into()],
        entrypoint: Some(vec!["tini".into(), "--".into()]),
        cmd: Some(vec!["node".into(), "dist/main.js".into()]),
        labels: [("a".to_owned(), "own".to_owned())].into(),
        created: 1_700_000_000,
        ..ImageSettings::default()
    }
}

pub(crate) fn own_layer(sample: &Sample, codec: Codec, files: &[(&str, &[u8])]) -> Layer {
    sample.own(&sample.layer(codec, files), "modules: 1 package")
}

/// An image of two base layers and one own layer.
pub(crate) fn image(sample: &Sample) -> Image {
    let own_layers = [own_layer(sample, Codec::Gzip, &[("app/main.js", b"hello")])];
    Image::assemble(&sample.base(None), &own_layers, &settings()).unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn manifest_names_configuration_and_layers_by_digest() {
    let sample = Sample::new();
    let image = image(&sample);
    let manifest = json(&image.manifest);
    assert_eq!(manifest["schemaVersion"], 2);
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(manifest["config"]["digest"], Digest::of(&image.config_bytes).to_string());
    assert_eq!(manifest["config"]["size"], image.config_bytes.len());
    let layers = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 3);
    for (layer, content) in image.layers.iter().zip(layers) {
        let bytes = std::fs::read(layer.blob.path().unwrap()).unwrap();
        assert_eq!(content["digest"], Digest::of(&bytes).to_string());
        assert_eq!(content["size"], bytes.len());
        assert_eq!(content["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
    }
    // oci-spec reads it as a manifest too.
    serde_json::from_slice::<oci_spec::image::ImageManifest>(&image.manifest).unwrap();
}

#[test]
fn same_input_gives_the_same_bytes_whatever_the_hash_maps_do() {
    let sample = Sample::new();
    let first = image(&sample);
    for _ in 0..20 {
        let again = image(&sample);
        assert_eq!(
            String::from_utf8(again.config_bytes).unwrap(),
            String::from_utf8(first.config_bytes.clone()).unwrap()
        );
        assert_eq!(again.manifest, first.manifest);
    }
}

#[test]
fn annotations_tell_the_base_and_the_time() {
    let sample = Sample::new();
    let base = sample.base(Some("docker.io/library/node:22-alpine"));
    let annotations =
        Annotations { title: Some("auth".into()), revision: Some("abc".into()), ..Annotations::default() };
    let settings =
        ImageSettings { annotations: annotations.with(&[("x.y".into(), "z".into())].into()), ..settings() };
    let image = Image::assemble(&base, &[], &settings).unwrap();
    let expected = json!({
        "org.opencontainers.image.base.digest": base.digest.unwrap().to_string(),
        "org.opencontainers.image.base.name": "docker.io/library/node:22-alpine",
        "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
        "org.opencontainers.image.revision": "abc",
        "org.opencontainers.image.title": "auth",
        "x.y": "z",
    });
    assert_eq!(json(&image.manifest)["annotations"], expected);
}

#[test]
fn a_base_tells_when_it_was_built() {
    let mut base = Sample::new().base(None);
    let mut created = |text: Option<&str>| {
        base.config.set_created(text.map(str::to_owned));
        base.created()
    };
    assert_eq!(created(Some("2024-05-01T12:00:00.987654321Z")), Some(1_714_564_800));
    assert_eq!(created(Some("2024-05-01T14:00:00+02:00")), Some(1_714_564_800));
    // Go's zero time, and an invalid time
    for text in [Some("0001-01-01T00:00:00Z"), Some("-002000-01-01T00:00:00Z"), Some("yesterday"), None] {
        assert_eq!(created(text), None, "{text:?}");
    }
}

#[test]
fn too_many_layers_are_refused() {
    let sample = Sample::new();
    let base = sample.base(None);
    let own_layer = own_layer(&sample, Codec::Gzip, &[("x", b"")]);
    let build = |count| Image::assemble(&base, &vec![own_layer.clone(); count], &settings());
    assert_eq!(build(MAX_LAYERS - 2).unwrap().layers.len(), MAX_LAYERS);
    assert!(matches!(build(MAX_LAYERS - 1), Err(ImageError::TooManyLayers { count: 126, base: 2 })));
}

#[test]
fn a_layer_that_occurs_twice_is_one_blob() {
    let sample = Sample::new();
    let own_layer = own_layer(&sample, Codec::Zstd, &[("x", b"")]);
    let image = Image::assemble(&sample.base(None), &[own_layer.clone(), own_layer], &settings()).unwrap();
    assert_eq!(image.layers.len(), 4);
    assert_eq!(image.tree().blobs.len(), 1 + 3);
    let sum: u64 = image.tree().blobs.iter().map(|blob| blob.descriptor.size).sum();
    assert_eq!(image.size(), sum + image.manifest.len() as u64);
}

#[test]
fn a_blob_that_is_gone_is_named() {
    let sample = Sample::new();
    let base = sample.base(None);
    std::fs::remove_file(base.layers[0].blob.path().unwrap()).unwrap();
    match Image::assemble(&base, &[], &settings()) {
        Err(ImageError::MissingBlob { digest }) => assert_eq!(digest, base.layers[0].blob.descriptor.digest),
        answer => panic!("{answer:?}"),
    }
}
