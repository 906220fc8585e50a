//! Killed at any moment: nothing wrong is ever tagged, nothing half-written is ever used. A few times here, and as often as
//! `FOURPLY_KILLS` says.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use fourply_oci::artifact;
use fourply_oci::sink::{OciLayout, Sink};
use fourply_store::{Store, StoreEntry};
use program::{digest, fourply};

use super::*;

/// Pseudo-random numbers below 1.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One command, and what its killing must leave.
struct Work {
    args: Vec<String>,
    /// What is undone before each run.
    reset: Box<dyn Fn()>,
    /// What must hold after a kill.
    check: Box<dyn Fn()>,
}

fourply_store::record! {
    struct Numbered in Layer, rules 1 => Vec<u32> {
        number: u32,
    }
}

fn image_of(sample: &Sample, seed: u64) -> Image {
    let own_layers = [
        own_layer(sample, Codec::Gzip, &[("app/noise", &Sample::noise(seed, 8_000_000))]),
        own_layer(sample, Codec::Gzip, &[("app/more", &Sample::noise(seed + 1, 4_000_000))]),
    ];
    Image::assemble(&sample.base(None), &own_layers, &ImageSettings::default()).unwrap()
}

/// Every blob of a store is what its name says.
fn blobs_are_whole(store: &Path) {
    let folder = store.join("v2/blobs/sha256");
    for part in std::fs::read_dir(&folder).into_iter().flatten() {
        for file in std::fs::read_dir(part.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let hex = path.file_name().unwrap().to_str().unwrap();
            assert_eq!(Digest::of(&std::fs::read(&path).unwrap()).hex(), hex);
        }
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_kill_leaves_no_wrong_tag_and_nothing_half_written() {
    let (from, to, sample) = (Registry::start(), Registry::start(), Sample::new());
    let folder = sample.folder.path().to_path_buf();
    let (old, new) = (image_of(&sample, 1), image_of(&sample, 3));
    for (name, image) in [("old", &old), ("new", &new)] {
        OciLayout::new(&folder.join(name)).put(&image.tree(), &["erp/auth:1".into()], &NoProgress).unwrap();
    }
    let store = folder.join("killed-store");
    let run = |args: &[&str]| {
        let mut command = fourply(&folder, args);
        command.env("FOURPLY_STORE", &store);
        command
    };
    let name = |registry: &Registry, rest: &str| format!("{}/{rest}", registry.host());
    digest(&mut run(&["copy", "oci:new", &name(&from, "erp/auth:1")]));
    digest(&mut run(&["bundle", "whole.tar", "oci:new"]));
    let whole = std::fs::read(folder.join("whole.tar")).unwrap();

    let mut chance = Chance(88_172_645_463_325_252);
    let kills: usize = std::env::var("FOURPLY_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let mut works: Vec<Work> = Vec::new();
    for (kind, source) in
        [("push", "oci:new".to_owned()), ("copy", name(&from, "erp/auth:1")), ("publish", String::new())]
    {
        let target = name(&to, &format!("{kind}/erp/auth:1"));
        digest(&mut run(&["copy", "oci:old", &target]));
        let args = match kind {
            "publish" => vec!["publish".to_owned(), "whole.tar".to_owned(), name(&to, "publish")],
            _ => vec!["copy".to_owned(), source, target.clone()],
        };
        let (data, digests) = (to.data(), [old.digest(), new.digest()]);
        let blobs: Vec<String> =
            new.layers.iter().skip(2).map(|layer| layer.blob.descriptor.digest.hex()).collect();
        let (links, tag) =
            (data.join(format!("docker/registry/v2/repositories/{kind}/erp/auth")), target.clone());
        let (again, layout, killed) = (target.clone(), folder.clone(), store.clone());
        let reset = move || {
            // The registry forgets the new image: its links, and the old one is tagged.
            for hex in &blobs {
                let _ = std::fs::remove_dir_all(links.join("_layers/sha256").join(hex));
            }
            let revisions = links.join("_manifests/revisions/sha256");
            let _ = std::fs::remove_dir_all(revisions.join(digests[1].hex()));
            let _ = std::fs::remove_dir_all(killed.join("v2/blobs"));
            digest(fourply(&layout, &["copy", "oci:old", &again]).env("FOURPLY_STORE", &killed));
        };
        let check = move || {
            let found = Client::new().digest(&tag).unwrap();
            assert!(digests.contains(&found), "{found}");
        };
        works.push(Work { args, reset: Box::new(reset), check: Box::new(check) });
    }
    // The parts of a store: what is taken is looked at as a blob is, and the rest has to come with the next pull.
    sample.store.journal().begin();
    for number in 0..400_u32 {
        sample.store.put(&Numbered { number }, &vec![number; 2000]).unwrap();
    }
    let noted = sample.store.journal().end().into_iter();
    let entries: BTreeSet<StoreEntry> = noted.map(|(kind, name)| StoreEntry { kind, name }).collect();
    let blobs: BTreeSet<Digest> = new.layers.iter().map(|layer| layer.blob.descriptor.digest).collect();
    let artifact = artifact::pack(&sample.store, &entries, &blobs).unwrap();
    let kept = Reference::parse(&name(&from, "cache/erp:1")).unwrap();
    Client::new().registries.push(&artifact.tree, std::slice::from_ref(&kept), &NoProgress).unwrap();
    let emptied = store.clone();
    works.push(Work {
        args: ["store", "pull", &kept.to_string()].map(str::to_owned).to_vec(),
        reset: Box::new(move || {
            for part in ["blobs", "records"] {
                let _ = std::fs::remove_dir_all(emptied.join("v2").join(part));
            }
        }),
        check: Box::new(|| ()),
    });
    let bundle = folder.join("killed.tar");
    let (removed, checked) = (bundle.clone(), bundle.clone());
    works.push(Work {
        args: vec!["bundle".to_owned(), "killed.tar".to_owned(), "oci:new".to_owned()],
        reset: Box::new(move || drop(std::fs::remove_file(&removed))),
        check: Box::new(move || {
            assert!(std::fs::read(&checked).is_ok_and(|bytes| bytes == whole) || !checked.exists())
        }),
    });

    let mut cut = 0;
    for work in &works {
        let args: Vec<&str> = work.args.iter().map(String::as_str).collect();
        (work.reset)();
        let begin = Instant::now();
        digest(&mut run(&args));
        let length = begin.elapsed();
        for _ in 0..kills.div_ceil(works.len()) {
            (work.reset)();
            let mut child = run(&args)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(length.mul_f64(chance.next()));
            child.kill().unwrap();
            cut += usize::from(!child.wait().unwrap().success());
            (work.check)();
            blobs_are_whole(&store);
        }
        // What was interrupted can be done again, to its end.
        digest(&mut run(&args));
        (work.check)();
    }
    assert!(cut > 0, "no run was cut");
    let pulled = Store::open(&store).unwrap();
    assert!(entries.iter().all(|entry| pulled.has_entry(entry).unwrap()));
    assert!(blobs.iter().all(|digest| pulled.blob_path(digest).is_some()));
    for kind in ["push", "copy", "publish"] {
        let (name, layout) = (name(&to, &format!("{kind}/erp/auth:1")), folder.join(format!("of-{kind}")));
        assert_eq!(raw(&name).as_bytes(), new.manifest);
        skopeo(&[
            "copy",
            "--src-tls-verify=false",
            &format!("docker://{name}"),
            &format!("oci:{}:x", layout.display()),
        ]);
    }
}
