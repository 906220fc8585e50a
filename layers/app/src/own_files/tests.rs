#![allow(clippy::unwrap_used)]

use super::*;

fn archive(names: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for name in names {
        fourply_testing::hostile::put(&mut bytes, name, b'0', 0o644, b"{}", "");
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

#[test]
fn images_are_told_by_their_mark() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("any.name");
    let told = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        is_archive(&path, &path.metadata().unwrap())
    };
    let blobs = ["blobs/sha256/aa", "blobs/sha256/bb", "blobs/sha256/cc"];
    assert!(told(&archive(&[&blobs[..], &["index.json", "oci-layout"]].concat())));
    assert!(told(&archive(&[&["oci-layout", "index.json"], &blobs[..]].concat())));
    assert!(!told(&archive(&[&blobs[..], &["index.json"]].concat())));
    assert!(!told(&archive(&["package/package.json", "package/a", "package/b", "oci-layout"])));
    assert!(!told(b"") && !told(&[0; 8192]) && !told(b"oci-layout"));
    assert!(!is_layout(dir.path()));
    std::fs::create_dir_all(dir.path().join("blobs/sha256")).unwrap();
    std::fs::write(dir.path().join("oci-layout"), "{}").unwrap();
    assert!(!is_layout(dir.path()));
    std::fs::write(dir.path().join("index.json"), "{}").unwrap();
    assert!(is_layout(dir.path()));
}
