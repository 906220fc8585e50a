use std::os::unix::fs::MetadataExt;

use fourply_testing::hostile::put;
use tar::EntryType;

use super::*;

/// A store with these layers, each of entries: path, type, mode, content or target.
struct Bed {
    folder: tempfile::TempDir,
    store: Store,
    layers: Vec<LayerDigests>,
}

type Entries<'a> = &'a [(&'a str, EntryType, u32, &'a str)];

impl Bed {
    fn new(layers: &[Entries<'_>]) -> Bed {
        let folder = tempfile::TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let layers = layers.iter().map(|entries| {
            let mut bytes = Vec::new();
            for (path, kind, mode, text) in *entries {
                let (content, target) = match kind {
                    EntryType::Regular => (text.as_bytes(), ""),
                    _ => (&b""[..], *text),
                };
                put(&mut bytes, path, kind.as_byte(), *mode, content, target);
            }
            bytes.extend_from_slice(&[0; 1024]);
            let digest = store.put_blob(&bytes).unwrap();
            LayerDigests { digest, diff_id: digest }
        });
        let layers = layers.collect();
        std::fs::create_dir(folder.path().join("out")).unwrap();
        Bed { folder, store, layers }
    }

    fn unpack(&self, most: u64) -> Result<RootfsMetadata> {
        let unpacked = unpack(&Unpack {
            store: &self.store,
            layers: &self.layers,
            env: &[],
            folder: &self.folder.path().join("out"),
            most,
            kept_for: None,
        })?;
        assert_eq!(unpacked.lay_out(&|entry| entry.mode)?, self.root());
        Ok(unpacked.rootfs)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("out/rootfs")
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }
}

use EntryType::{Directory, Link, Regular, Symlink};

#[test]
fn layers_lie_upon_each_other_as_an_engine_unpacks_them() {
    let bed = Bed::new(&[
        &[
            ("usr/lib", Directory, 0o755, ""),
            ("lib", Symlink, 0o777, "usr/lib"),
            ("a/x", Regular, 0o644, "below"),
            ("a/gone", Regular, 0o644, "below"),
            ("closed", Directory, 0o000, ""),
            ("closed/in", Regular, 0o000, "in"),
        ],
        &[
            ("lib/y", Regular, 0o755, "through a link"),
            ("a/.wh.gone", Regular, 0o644, ""),
            ("a/x", Regular, 0o600, "above"),
            ("a/z", Link, 0o644, "a/x"),
        ],
    ]);
    let found = bed.unpack(1 << 20).unwrap();
    assert_eq!(bed.text("usr/lib/y"), "through a link");
    assert_eq!((bed.text("a/x"), bed.text("a/z")), ("above".into(), "above".into()));
    assert!(!bed.root().join("a/gone").exists());
    let meta = std::fs::metadata(bed.root().join("a/z")).unwrap();
    assert_eq!((meta.nlink(), meta.mode() & 0o7777), (2, 0o600));
    assert_eq!(std::fs::metadata(bed.root().join("closed")).unwrap().mode() & 0o7777, 0);
    assert_eq!(found.entries, RootfsMetadata::read(&bed.store, &bed.layers, &[]).unwrap().entries);
    fourply_store::remove_tree(&bed.folder.path().join("out")).unwrap();
    assert!(!bed.root().exists());
}

#[test]
fn nothing_lies_outside_of_the_folder() {
    let outside = tempfile::TempDir::new().unwrap();
    let target = outside.path().to_str().unwrap();
    let up = format!("../../../../../../../..{target}");
    let bed = Bed::new(&[
        &[("link", Symlink, 0o777, target), ("up", Symlink, 0o777, &up), ("link/a", Regular, 0o644, "a")],
        &[("up/b", Regular, 0o644, "b"), ("link/c", Link, 0o644, "link/a")],
        &[("link/.wh.a", Regular, 0o644, "")],
    ]);
    bed.unpack(1 << 20).unwrap();
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    assert_eq!(bed.text(&format!("{}/b", &target[1..])), "b");
    assert!(Bed::new(&[&[("../x", Regular, 0o644, "a")]]).unpack(1 << 20).is_err());
    assert!(Bed::new(&[&[("a", Link, 0o644, "/etc/passwd")]]).unpack(1 << 20).is_err());
}

#[test]
fn it_is_bounded() {
    let bed = Bed::new(&[&[("a", Regular, 0o644, "0123456789")], &[("a", Regular, 0o644, "9876543210")]]);
    let error = bed.unpack(19).unwrap_err();
    assert!(format!("{error}").contains("exceed the limit for unpacking"), "{error}");
}

#[test]
fn layers_that_are_kept_are_read_once_and_shared() {
    let bed = Bed::new(&[
        &[
            ("a", Regular, 0o644, "below"),
            ("b", Regular, 0o640, "closed"),
            ("etc/passwd", Regular, 0o644, "x"),
        ],
        &[("a", Regular, 0o755, "above"), ("c", Link, 0o644, "a"), (".wh.b", Regular, 0o644, "")],
    ]);
    let lay_out = |name: &str, user: &str, mode: &dyn Fn(&TreeEntry) -> u32| {
        let folder = bed.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let (store, layers) = (&bed.store, bed.layers.as_slice());
        let request =
            Unpack { store, layers, env: &[], folder: &folder, most: 1 << 20, kept_for: Some(user) };
        let unpacked = unpack(&request).unwrap();
        let root = unpacked.lay_out(mode).unwrap();
        let meta = std::fs::metadata(root.join("a")).unwrap();
        assert_eq!(std::fs::read_to_string(root.join("c")).unwrap(), "above");
        assert!(!root.join("b").exists());
        (unpacked.rootfs, meta.ino(), meta.mode() & 0o7777)
    };
    let plain = |entry: &TreeEntry| entry.mode & 0o777;
    let (first, one, mode) = lay_out("one", "user", &plain);
    assert_eq!(mode, 0o755);
    // The blobs are not requested again.
    for layer in &bed.layers {
        std::fs::remove_file(bed.store.blob_path(&layer.digest).unwrap()).unwrap();
    }
    let (second, two, _) = lay_out("two", "user", &plain);
    assert_eq!((&second, two), (&first, one));
    // Other rights for the same user: a separate file.
    let (_, three, mode) = lay_out("three", "user", &|entry| entry.mode & 0o555);
    assert!(three != one && mode == 0o555);
}

#[test]
fn several_ask_at_once_for_a_layer_that_nobody_kept() {
    let bed = Bed::new(&[&[("a", Regular, 0o644, "below")]]);
    let begin = std::sync::Barrier::new(4);
    let unpack_one = &|name: usize| {
        let folder = bed.folder.path().join(name.to_string());
        std::fs::create_dir(&folder).unwrap();
        let store = Store::open(&bed.folder.path().join("store")).unwrap();
        begin.wait();
        let request = Unpack {
            store: &store,
            layers: &bed.layers,
            env: &[],
            folder: &folder,
            most: 1 << 20,
            kept_for: Some("user"),
        };
        unpack(&request).map(|unpacked| unpacked.lay_out(&|entry| entry.mode).unwrap()).unwrap()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|name| scope.spawn(move || unpack_one(name))).collect();
        for thread in threads {
            assert!(thread.join().unwrap().join("a").is_file());
        }
    });
}
