#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn manifest(value: &Value) -> Manifest {
    Manifest::of(Document { media_type: None, bytes: value.to_string().into_bytes() })
}

fn entry(byte: char) -> Value {
    json!({ "mediaType": "application/x", "digest": format!("sha256:{}", byte.to_string().repeat(64)), "size": 5 })
}

#[test]
fn what_is_named() {
    let image =
        manifest(&json!({ "config": entry('a'), "layers": [entry('b'), entry('b')], "subject": entry('c') }));
    assert_eq!(image.descriptor.media_type, media_type::MANIFEST);
    let names = image.names("x").unwrap();
    assert_eq!((names.blobs.len(), names.manifests.len()), (3, 0));
    assert_eq!(names.subject, image.subject());
    assert!(names.subject.is_some());
    let index = manifest(&json!({ "manifests": [entry('a')] }));
    assert_eq!(index.descriptor.media_type, media_type::INDEX);
    assert_eq!(index.names("x").unwrap().manifests.len(), 1);
}

#[test]
fn what_is_refused() {
    let mut foreign = entry('a');
    foreign["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".into();
    let cases = [
        (json!([]), "neither"),
        (json!({ "config": entry('a'), "manifests": [] }), "at once"),
        (json!({ "config": entry('a'), "layers": [foreign] }), "must not be copied"),
        (json!({ "config": entry('a'), "layers": 7 }), "no list"),
        (json!({ "config": { "mediaType": "x", "digest": "sha512:../../x", "size": 1 } }), "no SHA-256"),
        (json!({ "manifests": [{ "mediaType": "x", "digest": entry('a')["digest"] }] }), "without a size"),
    ];
    for (value, words) in cases {
        let error = manifest(&value).names("some/image").unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("some/image"), "{error}");
    }
    assert!(Manifest::new("x", b"{".to_vec()).names("x").is_err());
}
