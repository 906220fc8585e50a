//! `fourply bundle` and `fourply publish`, between registries that never see each other.

use std::path::Path;

use copy::{layout, notes, refer};
use fourply_oci::sink::{OciLayout, Sink};
use program::{digest, error, fourply};

use super::*;

/// `fourply ARGS`, with a store of its own for each side.
pub fn run(folder: &Path, args: &[&str]) -> Command {
    let mut command = fourply(folder, args);
    let side = if args[0] == "publish" { "there" } else { "here" };
    command.env("FOURPLY_STORE", folder.join(side));
    command
}

/// The same image with another last layer: one changed line.
fn changed(sample: &Sample) -> Image {
    let mut own_layers = vec![own_layer(sample, Codec::Gzip, &[("app/noise", &Sample::noise(1, 3_000_000))])];
    own_layers.push(own_layer(sample, Codec::Zstd, &[("app/twice", b"changed")]));
    Image::assemble(&sample.base(None), &own_layers, &ImageSettings::default()).unwrap()
}

pub fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_bundle_brings_images_and_what_refers_to_them_and_a_delta_only_what_is_new() {
    let (here, there, sample) = (Registry::start(), Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let one = layout(&sample, &folder.join("one"), &["signature"]);
    let name = |registry: &Registry, rest: &str| format!("{}/{rest}", registry.host());
    digest(&mut run(folder, &["copy", "oci:one:app", &name(&here, "erp/auth:1")]));
    digest(&mut run(folder, &["bundle", "one.tar", &name(&here, "erp/auth:1")]));
    // Any tool reads it as the layout that it is.
    let tag = name(&here, "erp/auth:1");
    let skopeos =
        skopeo(&["inspect", "--raw", &format!("oci-archive:{}:{tag}", folder.join("one.tar").display())]);
    assert_eq!(skopeos.as_bytes(), one.manifest);

    let site = name(&there, "mirror/of");
    let told = digest(&mut run(folder, &["publish", "one.tar", &site]));
    assert_eq!(told, format!("{site}/erp/auth:1\t{}", one.digest()));
    assert_eq!(raw(&format!("{site}/erp/auth:1")).as_bytes(), one.manifest);
    assert_eq!(notes(&format!("{site}/erp/auth"), &one.digest()), ["signature"]);

    // The next release: since the first bundle, and since the image that the other side has.
    let two = changed(&sample);
    OciLayout::new(&folder.join("two")).put(&two.tree(), &["erp/catalog:2".into()], &NoProgress).unwrap();
    refer(&folder.join("two"), &two.digest(), two.manifest.len(), "new signature");
    for (file, since) in [("a.tar", "one.tar".to_owned()), ("b.tar", format!("{site}/erp/auth:1"))] {
        digest(&mut run(folder, &["bundle", file, "oci:two", "--since", &since]));
        let (full, delta) = (size(&folder.join("one.tar")), size(&folder.join(file)));
        assert!(delta * 100 < full, "{delta} of {full}");
    }
    let empty = Registry::start();
    let text = error(&mut run(folder, &["publish", "a.tar", &empty.host()]), 1);
    assert!(text.contains("was left out") && text.contains("publish the bundle first"), "{text}");
    assert_eq!(Client::new().digest(&name(&empty, "erp/catalog:2")), None);

    // Into another repository than the one that has the layers: they are mounted.
    let proxy = Proxy::start(&there.host(), |_| Action::Pass);
    digest(&mut run(folder, &["publish", "a.tar", &format!("{}/mirror/of", proxy.host())]));
    assert!(proxy.count("POST", "mount=") >= 3);
    assert_eq!(raw(&format!("{site}/erp/catalog:2")).as_bytes(), two.manifest);
    assert_eq!(notes(&format!("{site}/erp/catalog"), &two.digest()), ["new signature"]);

    // A third release since the second, which is a delta itself.
    digest(&mut run(folder, &["bundle", "c.tar", "oci:two", "--since", "a.tar"]));
    assert!(size(&folder.join("c.tar")) <= size(&folder.join("a.tar")));
    digest(&mut run(folder, &["publish", "c.tar", &site]));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_publication_that_was_cut_goes_on_and_a_damaged_bundle_tags_nothing() {
    let (there, sample) = (Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let image = image(&sample, None);
    OciLayout::new(&folder.join("one")).put(&image.tree(), &["erp/auth:1".into()], &NoProgress).unwrap();
    digest(&mut run(folder, &["bundle", "one.tar", "oci:one"]));
    let largest = image.layers[2].blob.descriptor.digest.to_string();
    let wanted = largest.clone();
    let proxy =
        Proxy::start(&there.host(), move |request| match request.is("PUT", &wanted.replace(':', "%3A")) {
            true => Action::Answer(507, Vec::new(), String::new()),
            false => Action::Pass,
        });
    error(&mut run(folder, &["publish", "one.tar", &proxy.host()]), 3);
    let target = format!("{}/erp/auth:1", there.host());
    assert_eq!(Client::new().digest(&target), None);
    let second = Proxy::start(&there.host(), |_| Action::Pass);
    let output = program::run(&mut run(folder, &["publish", "one.tar", &second.host()]));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !told.contains("already 0"), "{told}");
    assert_eq!(raw(&target).as_bytes(), image.manifest);

    // One flipped bit in a layer: its digest is told, and nothing was sent.
    let bytes = std::fs::read(folder.join("one.tar")).unwrap();
    let mut damaged = bytes.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(folder.join("bad.tar"), damaged).unwrap();
    std::fs::write(folder.join("cut.tar"), &bytes[..middle]).unwrap();
    let empty = Registry::start();
    for file in ["bad.tar", "cut.tar"] {
        let output = program::run(&mut run(folder, &["publish", file, &empty.host()]));
        assert!(!output.status.success());
        assert_eq!(Client::new().digest(&format!("{}/erp/auth:1", empty.host())), None);
    }
    let text = error(&mut run(folder, &["publish", "cut.tar", &empty.host()]), 1);
    assert!(text.contains("cut.tar"), "{text}");
    let watched = Proxy::start(&empty.host(), |_| Action::Pass);
    let text = error(&mut run(folder, &["publish", "bad.tar", &watched.host()]), 1);
    assert!(text.contains("bad.tar is damaged") && text.contains("the blob sha256:"), "{text}");
    let copied = format!("{}/erp/auth:1", watched.host());
    let text = error(&mut run(folder, &["copy", "oci-archive:bad.tar", &copied]), 1);
    assert!(text.contains("bad.tar is damaged"), "{text}");
    assert_eq!(watched.count("", ""), 0);
}

/// Adds an image under a name of cosign's to a layout: a manifest that names no subject.
pub fn sign(folder: &Path, name: &str, text: &str) -> Digest {
    let put = |bytes: &[u8]| {
        let digest = Digest::of(bytes);
        std::fs::write(folder.join("blobs/sha256").join(digest.hex()), bytes).unwrap();
        json!({ "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": digest.to_string(), "size": bytes.len() })
    };
    let mut config = put(b"{}");
    config["mediaType"] = json!("application/vnd.oci.image.config.v1+json");
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": [put(text.as_bytes())],
    });
    let bytes = manifest.to_string();
    let mut entry = put(bytes.as_bytes());
    entry["mediaType"] = manifest["mediaType"].clone();
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
    let path = folder.join("index.json");
    let mut index: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    index["manifests"].as_array_mut().unwrap().push(entry);
    std::fs::write(&path, index.to_string()).unwrap();
    Digest::of(bytes.as_bytes())
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn tags_of_cosign_travel_with_their_image_and_a_bundle_lists_them() {
    let (here, there, sample) = (Registry::start(), Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let image = layout(&sample, &folder.join("one"), &["note"]);
    let tag = format!("sha256-{}.sig", image.digest().hex());
    let signature = sign(&folder.join("one"), &format!("app:{tag}"), "signed");
    let sbom = sign(&folder.join("one"), &format!("app:sha256-{}.sbom", signature.hex()), "of the signature");
    let name = |registry: &Registry, rest: &str| format!("{}/{rest}", registry.host());
    digest(&mut run(folder, &["copy", "oci:one", &name(&here, "erp/auth:1")]));
    assert_eq!(Client::new().digest(&name(&here, &format!("erp/auth:{tag}"))), Some(signature));
    digest(&mut run(folder, &["bundle", "one.tar", &name(&here, "erp/auth:1")]));

    let listed = digest(&mut run(folder, &["inspect", "one.tar"]));
    for part in [&name(&here, "erp/auth:1"), &image.digest().to_string(), &tag, "linux/amd64", "referrer"] {
        assert!(listed.contains(part), "{part} is missing: {listed}");
    }
    let listed: Value =
        serde_json::from_str(&digest(&mut run(folder, &["inspect", "--json", "one.tar"]))).unwrap();
    assert_eq!(listed["images"].as_array().unwrap().len(), 1);
    assert_eq!(listed["images"][0]["companions"].as_array().unwrap().len(), 2);

    let site = name(&there, "mirror");
    let told = digest(&mut run(folder, &["publish", "one.tar", &site]));
    assert_eq!(told, format!("{site}/erp/auth:1\t{}", image.digest()));
    assert_eq!(Client::new().digest(&format!("{site}/erp/auth:{tag}")), Some(signature));
    let of_signature = format!("{site}/erp/auth:sha256-{}.sbom", signature.hex());
    assert_eq!(Client::new().digest(&of_signature), Some(sbom));
    digest(&mut run(
        folder,
        &["copy", "--without-referrers", &format!("{site}/erp/auth:1"), &name(&there, "bare:1")],
    ));
    assert_eq!(Client::new().digest(&name(&there, &format!("bare:{tag}"))), None);
    // A signature alone is an image like any other.
    digest(&mut run(folder, &["bundle", "tag.tar", &format!("{site}/erp/auth:{tag}")]));
    digest(&mut run(folder, &["publish", "tag.tar", &name(&here, "only")]));
    assert_eq!(Client::new().digest(&name(&here, &format!("only/mirror/erp/auth:{tag}"))), Some(signature));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn what_docker_saved_is_copied_with_its_configuration() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let folder = sample.folder.path();
    // Docker's form of an archive has no zstd.
    let own_layers = [own_layer(&sample, Codec::Gzip, &[("app/noise", &Sample::noise(1, 300_000))])];
    let image = Image::assemble(&sample.base(None), &own_layers, &ImageSettings::default()).unwrap();
    OciLayout::new(&folder.join("one")).put(&image.tree(), &["app".into()], &NoProgress).unwrap();
    let saved = format!("docker-archive:{}:erp/auth:1", folder.join("saved.tar").display());
    skopeo(&["copy", &format!("oci:{}:app", folder.join("one").display()), &saved]);
    let target = format!("{}/erp/auth:1", registry.host());
    let copied = digest(&mut run(folder, &["copy", "docker-archive:saved.tar", &target]));
    assert_eq!(digest(&mut run(folder, &["copy", "docker-archive:saved.tar:erp/auth:1", &target])), copied);
    let id = |place: &str| {
        let told: Value =
            serde_json::from_str(&skopeo(&["inspect", "--tls-verify=false", "--raw", place])).unwrap();
        told["config"]["digest"].clone()
    };
    assert_eq!(
        id(&format!("docker://{target}")),
        id(&format!("docker-archive:{}", folder.join("saved.tar").display()))
    );
    let unpacked = |place: &str| skopeo(&["inspect", "--tls-verify=false", "--config", place]);
    assert_eq!(
        unpacked(&format!("docker://{target}")),
        unpacked(&format!("docker-archive:{}", folder.join("saved.tar").display()))
    );
    let wrong = error(&mut run(folder, &["copy", "docker-archive:saved.tar:erp/other:1", &target]), 1);
    assert!(wrong.contains("erp/other:1"), "{wrong}");
}
