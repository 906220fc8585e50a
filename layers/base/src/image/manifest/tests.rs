use serde_json::json;

use super::*;

const DIGEST: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

fn descriptor(media_type: &str) -> Value {
    json!({ "mediaType": media_type, "digest": DIGEST, "size": 2 })
}

fn manifest(config: &str, layers: &[&str]) -> Value {
    let layers: Vec<Value> = layers.iter().map(|layer| descriptor(layer)).collect();
    json!({ "schemaVersion": 2, "config": descriptor(config), "layers": layers })
}

fn read(config: &str, layers: &[&str]) -> Result<BaseManifest> {
    BaseManifest::read("test", manifest(config, layers))
}

fn shape(media_type: Option<&str>, value: &Value) -> Result<Shape> {
    let document =
        SourceDocument { media_type: media_type.map(str::to_owned), bytes: value.to_string().into_bytes() };
    document.shape("test").map(|(shape, _)| shape)
}

#[test]
fn docker_s_types_become_oci_s() {
    let layers = [
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.zstd",
        "application/vnd.oci.image.layer.v1.tar+zstd",
    ];
    let read = read("application/vnd.docker.container.image.v1+json", &layers).unwrap();
    let types: Vec<_> = read.layers.iter().map(|layer| layer.descriptor.media_type().to_string()).collect();
    assert_eq!(
        types,
        [
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.v1.tar+zstd",
        ]
    );
}

#[test]
fn what_is_no_usable_image_is_refused_by_name() {
    let many = ["application/vnd.oci.image.layer.v1.tar"; 128];
    let cases: [(&str, &[&str], &str); 6] = [
        (
            OCI_CONFIG,
            &["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"],
            "must not be distributed",
        ),
        (
            OCI_CONFIG,
            &["application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"],
            "must not be distributed",
        ),
        (OCI_CONFIG, &["application/vnd.oci.image.layer.v1.tar+gzip+encrypted"], "encrypted"),
        (OCI_CONFIG, &["application/wasm"], "application/wasm"),
        ("application/vnd.cncf.helm.config.v1+json", &[], "artifact"),
        (OCI_CONFIG, &many, "128 layers"),
    ];
    for (config, layers, says) in cases {
        let error = read(config, layers).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(matches!(error, BaseError::Refused { .. }), "{error:?}");
    }
}

#[test]
fn other_digests_than_sha256_are_refused() {
    let mut value = manifest(OCI_CONFIG, &[]);
    value["config"]["digest"] = json!(format!("sha512:{}", "a".repeat(128)));
    assert!(BaseManifest::read("test", value).is_err());
    let mut value = manifest(OCI_CONFIG, &[]);
    value["config"]["digest"] = json!("../../etc/passwd");
    assert!(BaseManifest::read("test", value).is_err());
}

#[test]
fn index_manifest_and_the_old_schema_are_told_apart() {
    let index = json!({ "schemaVersion": 2, "manifests": [] });
    let single = manifest(OCI_CONFIG, &[]);
    assert_eq!(shape(None, &index).unwrap(), Shape::Index);
    assert_eq!(
        shape(Some("application/vnd.docker.distribution.manifest.list.v2+json"), &index).unwrap(),
        Shape::Index
    );
    assert_eq!(shape(None, &single).unwrap(), Shape::Manifest);
    assert_eq!(
        shape(Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"), &single).unwrap(),
        Shape::Manifest
    );

    let schema1 = json!({ "schemaVersion": 1, "name": "x", "fsLayers": [] });
    assert!(shape(None, &schema1).unwrap_err().to_string().contains("schema 1"));
    let both = json!({ "schemaVersion": 2, "manifests": [], "layers": [], "config": {} });
    assert!(shape(None, &both).unwrap_err().to_string().contains("at once"));
    let neither = json!({ "schemaVersion": 2 });
    assert!(shape(None, &neither).unwrap_err().to_string().contains("neither"));
    let wrong = shape(Some("application/vnd.oci.image.index.v1+json"), &single);
    assert!(wrong.unwrap_err().to_string().contains("something else"));
}
