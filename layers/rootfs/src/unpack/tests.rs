use std::os::unix::fs::MetadataExt;

use fourply_blob::Digest;
use fourply_testing::hostile::put;

use super::*;
use crate::RootfsMetadata;

/// Path, type of tar, mode, and content or target.
type Part<'a> = (&'a str, u8, u32, &'a str);

fn unpacked(layers: &[&[Part]]) -> (tempfile::TempDir, Result<RootfsMetadata>) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store")).unwrap();
    let layer = |parts: &&[Part]| {
        let mut tar = Vec::new();
        for (path, kind, mode, text) in *parts {
            let (content, target) = if matches!(*kind, b'1' | b'2') { ("", *text) } else { (*text, "") };
            put(&mut tar, path, *kind, *mode, content.as_bytes(), target);
        }
        tar.resize(tar.len() + 1024, 0);
        LayerDigests { digest: store.put_blob(&tar).unwrap(), diff_id: Digest::of(&tar) }
    };
    let layers: Vec<LayerDigests> = layers.iter().map(layer).collect();
    let dest = dir.path().join("root");
    std::fs::create_dir(&dest).unwrap();
    let done = unpack(&store, &layers, &dest);
    let done = done.and_then(|()| RootfsMetadata::read(&store, &layers, &[]));
    (dir, done)
}

/// Every path below a folder; links are not followed.
fn paths(folder: &Path, top: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.strip_prefix(top).unwrap().to_str().unwrap().to_owned());
        if path.symlink_metadata().unwrap().is_dir() {
            paths(&path, top, found);
        }
    }
}

#[test]
fn what_lies_on_disk_is_the_merged_tree() {
    let below: &[Part] = &[
        ("lib", b'2', 0o777, "usr/lib"),
        ("usr/", b'5', 0o755, ""),
        ("usr/lib/", b'5', 0o700, ""),
        ("lib/one", b'0', 0o4755, "one"),
        ("usr/lib/two", b'1', 0o644, "lib/one"),
        ("gone", b'0', 0o644, "gone"),
        ("old/in", b'0', 0o644, "in"),
        ("secret", b'0', 0o000, "secret"),
        ("dev/null", b'3', 0o666, ""),
    ];
    let above: &[Part] = &[
        (".wh.gone", b'0', 0o644, ""),
        ("old/.wh..wh..opq", b'0', 0o644, ""),
        ("lib/three", b'1', 0o644, "usr/lib/two"),
        ("usr/lib/two", b'0', 0o644, "another"),
    ];
    let (dir, metadata) = unpacked(&[below, above]);
    let root = dir.path().join("root");
    let mut found = Vec::new();
    paths(&root, &root, &mut found);
    found.sort();
    let expected: Vec<String> =
        metadata.unwrap().entries.into_keys().filter(|path| path != "dev/null").collect();
    assert_eq!(found, expected);
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    assert_eq!([read("lib/one"), read("usr/lib/two"), read("usr/lib/three")], ["one", "another", "one"]);
    let of = |path: &str| std::fs::metadata(root.join(path)).unwrap();
    assert_eq!(of("usr/lib/one").ino(), of("usr/lib/three").ino());
    // No set-id bit, and its owner reads it.
    assert_eq!((of("usr/lib/one").mode() & 0o7777, of("secret").mode() & 0o7777), (0o755, 0o400));
}

#[test]
fn links_lead_out_of_no_folder() {
    let outside = tempfile::tempdir().unwrap();
    let (out, deep) = (outside.path().to_str().unwrap(), "../../../../../../../../../../tmp");
    let below: &[Part] =
        &[("a", b'2', 0o777, out), ("b", b'2', 0o777, deep), ("c", b'2', 0o777, "a"), ("d/", b'5', 0o755, "")];
    let above: &[Part] = &[
        ("a/file", b'0', 0o644, "a"),
        ("b/fourply-escaped", b'0', 0o644, "b"),
        ("c/other", b'0', 0o644, "c"),
        ("d", b'2', 0o777, out),
        ("d/third", b'0', 0o644, "d"),
        ("hard", b'1', 0o644, "a/file"),
    ];
    let (dir, done) = unpacked(&[below, above]);
    done.unwrap();
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    assert!(!Path::new("/tmp/fourply-escaped").exists());
    let inside = dir.path().join("root").join(out.trim_start_matches('/'));
    for name in ["file", "other", "third"] {
        assert!(inside.join(name).is_file(), "{name}");
    }

    for path in ["../up", "a/../../up"] {
        let (_dir, done) = unpacked(&[&[(path, b'0', 0o644, "")]]);
        assert!(done.unwrap_err().to_string().contains(".."), "{path}");
    }
}
