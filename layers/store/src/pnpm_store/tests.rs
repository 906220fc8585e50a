#![allow(clippy::unwrap_used)]

use sha2::{Digest as _, Sha512};

use super::{PnpmStore, msgpack, parse};
use crate::{ExecutableBy, Integrity, PackageRequest, Store, StoreError};

/// A value that pnpm 11 wrote, for a package with two files.
const VALUE: &[u8] = include_bytes!("testdata/index-v11.msgpack");

#[test]
fn what_pnpm_11_wrote_is_read() {
    let files = msgpack::files(VALUE).unwrap();
    let shown: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.executable, file.size)).collect();
    assert_eq!(shown, [("index.js", ExecutableBy::Nobody, 87), ("package.json", ExecutableBy::Nobody, 100)]);
    assert_eq!(hex::encode(&files[1].digest[..4]), "39d20a1a");
}

#[test]
fn what_is_cut_off_or_bent_is_no_index_and_no_panic() {
    for length in 0..VALUE.len() {
        assert_eq!(msgpack::files(&VALUE[..length]), None, "{length}");
    }
    for at in 0..VALUE.len() {
        for byte in [0x00, 0x7f, 0x9f, 0xdd, 0xff] {
            let mut bent = VALUE.to_vec();
            bent[at] = byte;
            let _ = msgpack::files(&bent);
        }
    }
    assert_eq!(msgpack::files(&[0x91; 100_000]), None);
    // A length of four billion entries without the entries.
    assert_eq!(msgpack::files(&[0xdf, 0xff, 0xff, 0xff, 0xff]), None);
    assert_eq!(parse(b"{\"files\": {\"a\": {}}}"), None);
}

fn request(integrity: Integrity) -> PackageRequest {
    PackageRequest { name: "@s/x".into(), version: "1.0.0".into(), registry: None, tarball: None, integrity }
}

#[test]
fn a_file_counts_only_if_it_is_what_the_index_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("own")).unwrap();
    let tarball = Integrity::of(b"the tarball");
    let digits = hex::encode(tarball.sha512().unwrap());
    let content = b"module.exports = 1";
    let file = hex::encode(Sha512::digest(content));
    let theirs = dir.path().join("v10");
    let put = |path: String, bytes: &[u8]| {
        let path = theirs.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let index = |path: &str| {
        format!(
            r#"{{"files": {{"{path}": {{"integrity": "{}", "mode": 493, "size": {}}}}}}}"#,
            Integrity::of(content),
            content.len()
        )
    };
    let index_path = format!("index/{}/{}-@s+x@1.0.0.json", &digits[..2], &digits[2..64]);
    let file_path = format!("files/{}/{}-exec", &file[..2], &file[2..]);
    put(file_path.clone(), content);
    put(index_path.clone(), index("bin.js").as_bytes());
    let pnpm = PnpmStore::open(&theirs, &store.tmp()).unwrap();
    let pack = pnpm.pack(&store, &request(tarball.clone())).unwrap().unwrap();
    assert_eq!(store.open_pack(&pack).unwrap().entries()[0].path, "bin.js");
    // A build without pnpm's store does not get its data.
    assert_eq!(store.pack_for(&tarball).unwrap(), None);
    assert_eq!(pnpm.pack(&store, &request(Integrity::of(b"another"))).unwrap(), None);
    let fresh = Store::open(&dir.path().join("fresh")).unwrap();
    for spoilt in [&b"module.exports = 2"[..], b"short", b"module.exports = 1 and more"] {
        put(file_path.clone(), spoilt);
        assert_eq!(pnpm.pack(&fresh, &request(tarball.clone())).unwrap(), None);
    }
    put(file_path, content);
    put(index_path, index("../out.js").as_bytes());
    assert_eq!(pnpm.pack(&fresh, &request(tarball)).unwrap(), None);
}

#[test]
fn a_folder_without_a_store_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let error = PnpmStore::open(dir.path(), dir.path()).unwrap_err();
    assert!(
        matches!(error, StoreError::Setting { .. }) && error.to_string().contains("pnpm store path"),
        "{error}"
    );
}
