//! `fourply copy` and `fourply inspect`: as a user runs them, read by skopeo.

use std::path::Path;

use fourply::sink::{Layout, Sink};
use program::{digest, error, fourply};

use super::*;

/// A layout with an image under the name `app`, and artifacts that refer to it, one for each text.
pub fn layout(sample: &Sample, folder: &Path, notes: &[&str]) -> Image {
    let image = image(sample, None);
    Layout::new(folder).write(&image, &["app".into()], &NoProgress).unwrap();
    for note in notes {
        refer(folder, &image.digest(), image.manifest.len(), note);
    }
    image
}

/// Adds an artifact to a layout that says something of the manifest with this digest, as signing tools do.
pub fn refer(folder: &Path, subject: &Digest, size: usize, note: &str) -> Digest {
    let put = |bytes: &[u8]| {
        let digest = Digest::of(bytes);
        std::fs::write(folder.join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({ "mediaType": "application/octet-stream", "digest": digest.to_string(), "size": bytes.len() })
    };
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.example.note",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": put(b"{}")["digest"], "size": 2 },
        "layers": [put(note.as_bytes())],
        "subject": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": subject.to_string(), "size": size,
        },
        "annotations": { "note": note },
    });
    let bytes = manifest.to_string();
    let mut entry = put(bytes.as_bytes());
    entry["mediaType"] = manifest["mediaType"].clone();
    entry["artifactType"] = manifest["artifactType"].clone();
    let path = folder.join("index.json");
    let mut index: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    index["manifests"].as_array_mut().unwrap().push(entry);
    std::fs::write(&path, index.to_string()).unwrap();
    Digest::of(bytes.as_bytes())
}

/// The entries under the tag that stands for the list of referrers.
pub fn notes(repository: &str, subject: &Digest) -> Vec<String> {
    let list: Value = serde_json::from_str(&raw(&format!("{repository}:sha256-{}", subject.hex()))).unwrap();
    assert_eq!(list["mediaType"], "application/vnd.oci.image.index.v1+json");
    let entries = list["manifests"].as_array().unwrap();
    let mut notes: Vec<String> = entries
        .iter()
        .map(|entry| {
            assert_eq!(entry["artifactType"], "application/vnd.example.note");
            entry["annotations"]["note"].as_str().unwrap().to_owned()
        })
        .collect();
    notes.sort();
    notes
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_copy_keeps_digests_and_brings_what_refers_to_the_image() {
    let (registry, other, sample) =
        (Registry::start(), Registry::with_password("me", "hunter2"), Sample::new());
    let folder = sample.folder.path();
    let image = layout(&sample, &folder.join("one"), &["signature"]);
    layout(&sample, &folder.join("two"), &["sbom"]);
    let copy = |args: &[&str]| {
        let store = folder.join("cli-store").display().to_string();
        let mut command = fourply(folder, &[&["copy", "--store", &store], args].concat());
        command.env("DOCKER_CONFIG", folder);
        command
    };
    // Different credentials for source and target, from one file.
    let auth = |user: &str| {
        use base64::Engine;
        json!({ "auth": base64::engine::general_purpose::STANDARD.encode(user) })
    };
    let auths = json!({ "auths": { registry.host(): auth("you:other"), other.host(): auth("me:hunter2") } });
    std::fs::write(folder.join("config.json"), auths.to_string()).unwrap();

    let first = format!("{}/erp/auth:1", registry.host());
    assert_eq!(digest(&mut copy(&["oci:one:app", &first])), image.digest().to_string());
    assert_eq!(notes(&format!("{}/erp/auth", registry.host()), &image.digest()), ["signature"]);
    digest(&mut copy(&["oci:two:app", &first]));
    let second = format!("{}/elsewhere/auth:2", other.host());
    digest(&mut copy(&[&first, &second]));
    for name in [&first, &second] {
        let skopeo_of = |name: &str| {
            let name = format!("docker://{name}");
            skopeo(&["inspect", "--tls-verify=false", "--creds", "me:hunter2", "--raw", &name])
        };
        assert_eq!(skopeo_of(name).as_bytes(), image.manifest);
        let (repository, _) = name.rsplit_once(':').unwrap();
        let list: Value =
            serde_json::from_str(&skopeo_of(&format!("{repository}:sha256-{}", image.digest().hex())))
                .unwrap();
        assert_eq!(list["manifests"].as_array().unwrap().len(), 2, "{list}");
    }
    // Within one registry, nothing is sent but documents; and without the referrers only the image's.
    let third = format!("{}/third/auth:1", registry.host());
    let output = program::run(&mut copy(&["--without-referrers", &first, &third]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("mounted 5") && told.contains("sent 1 "), "{told}");
    let absent = format!("{}/third/auth:sha256-{}", registry.host(), image.digest().hex());
    assert_eq!(Client::new().digest(&absent), None);

    let wrong = error(&mut copy(&["oci:one:other", &first]), 1);
    assert!(wrong.contains("name other") && wrong.contains("app"), "{wrong}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_registry_with_a_list_of_referrers_is_left_to_keep_it() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let folder = sample.folder.path().join("one");
    let image = layout(&sample, &folder, &["signature"]);
    let list = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [] });
    let proxy = Proxy::start(&registry.host(), move |request| match request.is("GET", "/referrers/") {
        true => Action::Answer(200, Vec::new(), list.to_string()),
        false => Action::Headers(vec![("OCI-Subject", Some("sha256:x".into()))]),
    });
    let target = format!("{}/erp/auth:1", proxy.host());
    let source = format!("oci:{}:app", folder.display());
    digest(&mut fourply(sample.folder.path(), &["copy", &source, &target]));
    let tag = format!("{}/erp/auth:sha256-{}", registry.host(), image.digest().hex());
    assert_eq!(Client::new().digest(&tag), None);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn inspect_says_what_skopeo_says_and_fetches_no_layer() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let folder = sample.folder.path().join("one");
    let image = layout(&sample, &folder, &["signature"]);
    let proxy = Proxy::start(&registry.host(), |_| Action::Pass);
    let name = format!("{}/erp/auth:1", proxy.host());
    digest(&mut fourply(sample.folder.path(), &["copy", &format!("oci:{}:app", folder.display()), &name]));
    let asked = proxy.seen().len();
    let output = digest(&mut fourply(sample.folder.path(), &["inspect", "--json", &name]));
    let ours: Value = serde_json::from_str(&output).unwrap();
    let fetched = &proxy.seen()[asked..];
    assert!(!fetched.iter().any(|request| {
        image.layers.iter().any(|layer| request.target.contains(&layer.content.digest.to_string()))
    }));
    let theirs: Value =
        serde_json::from_str(&skopeo(&["inspect", "--tls-verify=false", &format!("docker://{name}")]))
            .unwrap();
    assert_eq!(ours["digest"], theirs["Digest"]);
    let one = &ours["images"][0];
    assert_eq!(one["platform"], "linux/amd64");
    assert_eq!(one["config"]["Env"], theirs["Env"]);
    let layers = one["layers"].as_array().unwrap();
    let manifest: Value = serde_json::from_str(&raw(&name)).unwrap();
    let theirs = manifest["layers"].as_array().unwrap();
    assert_eq!(layers.len(), theirs.len());
    for (our, their) in layers.iter().zip(theirs) {
        assert_eq!((&our["digest"], &our["size"]), (&their["digest"], &their["size"]));
        assert!(our["diffId"].as_str().unwrap().starts_with("sha256:") && our["createdBy"].is_string());
    }
    assert_eq!(ours["referrers"][0]["artifactType"], "application/vnd.example.note");
    let text =
        digest(&mut fourply(sample.folder.path(), &["inspect", &format!("oci:{}:app", folder.display())]));
    assert!(text.contains(&image.digest().to_string()) && text.contains("linux/amd64"), "{text}");
}
