//! `fourply copy` and `fourply inspect`: as a user runs them, read by skopeo.

use std::path::Path;

use fourply_oci::sink::{OciLayout, Sink};
use program::{digest, error, fourply};

use super::*;

/// A layout with an image under the name `app`, and artifacts that refer to it, one for each text.
pub fn layout(sample: &Sample, folder: &Path, notes: &[&str]) -> Image {
    let image = image(sample, None);
    OciLayout::new(folder).put(&image.tree(), &["app".into()], &NoProgress).unwrap();
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

    let wrong = error(&mut copy(&["oci:one:app", "oci:elsewhere:app"]), 2);
    assert!(
        wrong.contains("oci:elsewhere:app is no place in a registry") && wrong.contains("bundle"),
        "{wrong}"
    );
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
        image.layers.iter().any(|layer| request.target.contains(&layer.blob.descriptor.digest.to_string()))
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

/// An image for amd64, arm64 and arm/v6 with an attestation of the first, as BuildKit lays it out, under the name `app` of a layout; the digests of all four.
fn several(sample: &Sample, folder: &Path) -> Vec<String> {
    let mut sink = OciLayout::new(folder);
    let mut entries: Vec<Value> = Vec::new();
    for (architecture, variant) in [("amd64", None), ("arm64", Some("v8")), ("arm", Some("v6"))] {
        let mut base = sample.base(None);
        base.raw_config["architecture"] = architecture.into();
        let plies = [ply(sample, Codec::Gzip, &[("app/machine", architecture.as_bytes())])];
        base.config = serde_json::from_value(base.raw_config.clone()).unwrap();
        let image = Image::assemble(&base, &plies, &ImageSettings::default()).unwrap();
        sink.put(&image.tree(), &[architecture.into()], &NoProgress).unwrap();
        let mut platform = json!({ "os": "linux", "architecture": architecture });
        variant.into_iter().for_each(|variant| platform["variant"] = variant.into());
        entries.push(json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image.digest().to_string(),
            "size": image.manifest.len(), "platform": platform, "annotations": { "machine": architecture },
        }));
        refer(folder, &image.digest(), image.manifest.len(), architecture);
    }
    let attested = entries[0]["digest"].clone();
    let attestation = refer(folder, &attested.as_str().unwrap().parse().unwrap(), 1, "attestation");
    let size = std::fs::metadata(folder.join("blobs/sha256").join(attestation.hex())).unwrap().len();
    entries.push(json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": attestation.to_string(), "size": size,
        "platform": { "os": "unknown", "architecture": "unknown" },
        "annotations": { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": attested },
    }));
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries,
    });
    let bytes = index.to_string();
    let digest = Digest::of(bytes.as_bytes());
    std::fs::write(folder.join("blobs/sha256").join(digest.hex()), &bytes).unwrap();
    refer(folder, &digest, bytes.len(), "all");
    let path = folder.join("index.json");
    let mut top: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    top["manifests"].as_array_mut().unwrap().push(json!({
        "mediaType": index["mediaType"], "digest": digest.to_string(), "size": bytes.len(),
        "annotations": { "org.opencontainers.image.ref.name": "app" },
    }));
    std::fs::write(&path, top.to_string()).unwrap();
    let digests = entries.iter().map(|entry| entry["digest"].as_str().unwrap().to_owned());
    std::iter::once(digest.to_string()).chain(digests).collect()
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_copy_takes_all_machines_or_those_that_are_named() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let [all, amd64, arm64, arm, attestation] = several(&sample, &folder.join("one")).try_into().unwrap();
    let name = |tag: &str| format!("{}/erp/{tag}:1", registry.host());
    let copy = |platform: &str, source: &str, tag: &str| {
        let args = ["copy", source, &name(tag), "--platform", platform];
        let args = if platform.is_empty() { &args[..3] } else { &args[..] };
        digest(fourply(folder, args).env("FOURPLY_STORE", folder.join("cli-store")))
    };
    assert_eq!(copy("", "oci:one:app", "all"), all);
    // One: the image itself, from a layout and from a registry, with what refers to it and with nothing else.
    for (source, tag) in [("oci:one:app".to_owned(), "arm64"), (name("all"), "arm64-again")] {
        assert_eq!(copy("linux/arm64", &source, tag), arm64);
        let copied = skopeo(&["inspect", "--tls-verify=false", "--raw", &format!("docker://{}", name(tag))]);
        assert_eq!(Digest::of(copied.as_bytes()).to_string(), arm64);
        let repository = format!("{}/erp/{tag}", registry.host());
        assert_eq!(notes(&repository, &arm64.parse().unwrap()), ["arm64"]);
        for other in [&all, &amd64, &arm] {
            assert_eq!(Client::new().digest(&format!("{repository}@{other}")), None);
        }
    }
    // A machine runs what is for older ones of its kind; a single image has to be for the machine.
    assert_eq!(copy("linux/arm/v7", &name("all"), "arm"), arm);
    assert_eq!(copy("linux/arm64", &name("arm64"), "same"), arm64);

    // Several: an index of its own, with the entries as they were and the attestation of what is there.
    let some = copy("linux/arm/v6,linux/amd64", &name("all"), "some");
    let index: Value = serde_json::from_str(&raw(&name("some"))).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!(entries.iter().map(|one| &one["digest"]).collect::<Vec<_>>(), [&amd64, &arm, &attestation]);
    assert_eq!(entries[1]["annotations"]["machine"], "arm");
    assert_eq!(Digest::of(raw(&name("some")).as_bytes()).to_string(), some);
    assert_eq!(Client::new().digest(&format!("{}/erp/some:sha256-{}", registry.host(), &all[7..])), None);
    assert_eq!(copy("linux/amd64,linux/arm64,linux/arm/v6", &name("all"), "same-all"), all);

    // A bundle takes them alike.
    digest(&mut fourply(folder, &["bundle", "arm64.tar", &name("all"), "--platform", "linux/arm64"]));
    let site = format!("{}/site", registry.host());
    assert_eq!(
        digest(&mut fourply(folder, &["publish", "arm64.tar", &site])),
        format!("{site}/erp/all:1\t{arm64}")
    );

    let text =
        error(&mut fourply(folder, &["copy", &name("all"), &name("x"), "--platform", "linux/s390x"]), 1);
    assert!(
        text.contains("linux/s390x") && text.contains("linux/amd64, linux/arm/v6, linux/arm64"),
        "{text}"
    );
    let text =
        error(&mut fourply(folder, &["copy", &name("arm"), &name("x"), "--platform", "linux/amd64"]), 1);
    assert!(text.contains("not for linux/amd64, but for linux/arm"), "{text}");
}
