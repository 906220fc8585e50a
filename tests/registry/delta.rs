//! `fourply bundle --delta` and `fourply publish`, between registries that never see each other.

use std::io::{Read as _, Write as _};
use std::path::Path;

use bundle::{run, sign, size};
use copy::{notes, refer};
use fourply_oci::sink::{OciLayout, Sink};
use fourply_oci::{Blob, Layer, LayerHistory};
use program::{digest, error};

use super::*;

/// Text that compresses as code does.
fn text(seed: u64, words: usize) -> String {
    let noise = Sample::noise(seed, words * 2);
    noise
        .chunks(2)
        .map(|word| format!("w{} ", word.iter().map(|byte| u64::from(*byte)).sum::<u64>()))
        .collect()
}

/// A layer that another program compressed.
fn foreign(content: &str) -> Layer {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "etc/base", content.as_bytes()).unwrap();
    let tar = tar.into_inner().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&tar).unwrap();
    let blob = Blob::in_memory(Codec::Gzip.media_type(), gzip.finish().unwrap());
    let history = LayerHistory { created_by: "another program".to_owned(), comment: String::new() };
    Layer { blob, diff_id: Digest::of(&tar), history: Some(history) }
}

/// A release: a base of others, packages in gzip and zstd, and code.
fn release(sample: &Sample, number: u64, folder: &Path) -> Image {
    let package = format!("app/node_modules/.pnpm/a@1.0.{number}/node_modules/a");
    let files: Vec<(String, String)> =
        (0..20).map(|file| (format!("{package}/f{file}.js"), text(file, 2000))).collect();
    let json = (format!("{package}/package.json"), format!("{{\"version\":\"1.0.{number}\"}}"));
    let files: Vec<(&str, &[u8])> =
        files.iter().chain([&json]).map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    let code = text(50, 20_000) + &text(60 + number, 20);
    let layers = [
        foreign(&text(70 + number, 5_000)),
        own_layer(sample, Codec::Gzip, &files),
        own_layer(sample, Codec::Zstd, &[("app/dist/main.js", code.as_bytes())]),
        own_layer(sample, Codec::ZstdRelease, &[("app/same", text(80, 900).as_bytes())]),
    ];
    let image = Image::assemble(&sample.base(None), &layers, &ImageSettings::default()).unwrap();
    OciLayout::new(folder).put(&image.tree(), &["app".into()], &NoProgress).unwrap();
    image
}

/// The bundle's document, and where each blob of the bundle is in it.
fn document(bundle: &Path) -> (Value, Vec<(String, usize, usize)>) {
    let (mut document, mut places) = (Value::Null, Vec::new());
    for entry in tar::Archive::new(std::fs::File::open(bundle).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        if name == "fourply-bundle.json" {
            document = serde_json::from_reader(&mut entry).unwrap();
        }
        places.push((name, entry.raw_file_position() as usize, entry.size() as usize));
    }
    (document, places)
}

/// The same bundle with another text in its document.
fn edited(bundle: &Path, to: &Path, from: &str, by: &str) {
    let mut out = tar::Builder::new(std::fs::File::create(to).unwrap());
    for entry in tar::Archive::new(std::fs::File::open(bundle).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let (mut header, mut bytes) = (entry.header().clone(), Vec::new());
        entry.read_to_end(&mut bytes).unwrap();
        if entry.path().unwrap().ends_with("fourply-bundle.json") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{text}");
            bytes = text.replace(from, by).into_bytes();
            header.set_size(bytes.len() as u64);
            header.set_cksum();
        }
        out.append(&header, &bytes[..]).unwrap();
    }
    out.finish().unwrap();
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn deltas_are_rebuilt_to_the_digests_that_were_signed() {
    let (here, there, sample) = (Registry::start(), Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let (one, two) = (release(&sample, 1, &folder.join("one")), release(&sample, 2, &folder.join("two")));
    refer(&folder.join("two"), &two.digest(), two.manifest.len(), "signature");
    let tag = format!("sha256-{}.sig", two.digest().hex());
    let signature = sign(&folder.join("two"), &format!("app:{tag}"), "signed");
    let name = |registry: &Registry, rest: &str| format!("{}/{rest}", registry.host());
    let site = name(&there, "mirror");
    digest(&mut run(folder, &["copy", "oci:one:app", &name(&here, "erp/auth:1")]));
    digest(&mut run(folder, &["copy", "oci:two:app", &name(&here, "erp/auth:2")]));
    digest(&mut run(folder, &["bundle", "one.tar", &name(&here, "erp/auth:1")]));
    digest(&mut run(folder, &["publish", "one.tar", &site]));

    let new = name(&here, "erp/auth:2");
    digest(&mut run(folder, &["bundle", "plain.tar", &new, "--since", "one.tar"]));
    digest(&mut run(folder, &["bundle", "two.tar", &new, "--since", "one.tar", "--delta"]));
    digest(&mut run(folder, &["bundle", "b.tar", &new, "--since", &name(&here, "erp/auth:1"), "--delta"]));
    let bytes = std::fs::read(folder.join("two.tar")).unwrap();
    assert!(bytes == std::fs::read(folder.join("b.tar")).unwrap(), "the same deltas from both sources");
    let foreign = two.layers[2].blob.descriptor.clone();
    let (plain, delta) = (size(&folder.join("plain.tar")), size(&folder.join("two.tar")));
    assert!((delta - foreign.size) * 5 < plain - foreign.size, "{delta} of {plain}");
    let (listed, places) = document(&folder.join("two.tar"));
    let deltas = listed["deltas"].as_object().unwrap();
    assert_eq!((listed["version"].as_u64(), deltas.len()), (Some(2), 3));
    assert!(!deltas.contains_key(&foreign.digest.to_string()), "what another program compressed is whole");
    let shown = digest(&mut run(folder, &["inspect", "two.tar"]));
    for part in ["delta      sha256:", " of erp/auth:1", "linux/amd64", "libdeflate", "zstd", "in place of"] {
        assert!(shown.contains(part), "{part} is missing: {shown}");
    }

    let told = error(&mut run(folder, &["copy", "oci-archive:two.tar", &name(&there, "copied:1")]), 1);
    assert!(told.contains("is a bundle for a registry that has sha256:"), "{told}");

    // What keeps a bundle from being published is told before anything is sent.
    let (empty, watched) = (Registry::start(), Proxy::start(&there.host(), |_| Action::Pass));
    let proxy = Proxy::start(&empty.host(), |_| Action::Pass);
    let refused = |bundle: &str, to: &str| error(&mut run(folder, &["publish", bundle, to]), 1);
    let told = refused("two.tar", &proxy.host());
    assert!(told.contains("of erp/auth:1") && told.contains("publish that image there first"), "{told}");
    assert_eq!(proxy.count("PUT", "") + proxy.count("POST", ""), 0);
    edited(
        &folder.join("two.tar"),
        &folder.join("other.tar"),
        "\"libdeflate\",\"version\":\"1.",
        "\"libdeflate\",\"version\":\"0.",
    );
    let told = refused("other.tar", &watched.host());
    assert!(told.contains("need libdeflate 0.") && told.contains("bundle without --delta"), "{told}");
    // A document that names no encoder, though the deltas need some.
    let (named, nameless) = (format!("\"encoders\":{}", listed["encoders"]), folder.join("nameless.tar"));
    edited(&folder.join("two.tar"), &nameless, &named, "\"encoders\":[]");
    let inspected = error(&mut run(folder, &["inspect", "nameless.tar"]), 1);
    for told in [refused("nameless.tar", &watched.host()), inspected] {
        assert!(told.contains("needs an encoder that the bundle's document does not name"), "{told}");
    }
    let as_delta = |(name, ..): &&(String, usize, usize)| {
        deltas.values().any(|one| name.ends_with(&one["delta"]["digest"].as_str().unwrap()[7..]))
    };
    for (blob, start, length) in places.iter().filter(as_delta) {
        for at in [3, length / 2] {
            let mut damaged = bytes.clone();
            damaged[start + at] ^= 0x11;
            std::fs::write(folder.join("bad.tar"), damaged).unwrap();
            let told = refused("bad.tar", &watched.host());
            assert!(told.contains("is damaged") && told.contains(&blob[13..]), "byte {at}: {told}");
        }
    }
    // Honest bytes that lead elsewhere.
    let mut targets = deltas.keys();
    let (first, second) = (targets.next().unwrap(), targets.next().unwrap());
    let digest_of = |target: &str| deltas[target]["delta"].to_string();
    edited(&folder.join("two.tar"), &folder.join("swapped.tar"), &digest_of(first), &digest_of(second));
    let told = refused("swapped.tar", &watched.host());
    assert!(told.contains(first.as_str()) && told.contains("leads to another blob"), "{told}");
    assert_eq!(watched.count("", ""), 0);

    let told = digest(&mut run(folder, &["publish", "two.tar", &site]));
    assert_eq!(told, format!("{site}/erp/auth:2\t{}", two.digest()));
    assert_eq!(raw(&format!("{site}/erp/auth:2")).as_bytes(), two.manifest);
    assert_eq!(notes(&format!("{site}/erp/auth"), &two.digest()), ["signature"]);
    assert_eq!(Client::new().digest(&format!("{site}/erp/auth:{tag}")), Some(signature));
    // It reads every blob and checks its digest.
    let copied = format!("oci:{}:x", folder.join("read").display());
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{site}/erp/auth:2"), &copied]);
    assert_eq!(raw(&format!("{site}/erp/auth:1")).as_bytes(), one.manifest);

    // The next one is a delta against what came as a delta, whose bytes are where the image came from.
    let three = release(&sample, 3, &folder.join("three"));
    digest(&mut run(folder, &["copy", "oci:three:app", &name(&here, "erp/auth:3")]));
    let new = name(&here, "erp/auth:3");
    digest(&mut run(folder, &["bundle", "three.tar", &new, "--since", "two.tar", "--delta"]));
    assert_eq!(document(&folder.join("three.tar")).0["deltas"].as_object().unwrap().len(), 3);
    digest(&mut run(folder, &["publish", "three.tar", &site]));
    assert_eq!(raw(&format!("{site}/erp/auth:3")).as_bytes(), three.manifest);
}
