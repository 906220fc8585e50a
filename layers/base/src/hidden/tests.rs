#![allow(clippy::unwrap_used)]

use fourply_blob::{Codec, NoCache, write_layer};
use fourply_rootfs::TreeEntry;
use std::sync::Arc;

use super::*;

fn rootfs(paths: &[&str]) -> RootfsMetadata {
    let mut rootfs = RootfsMetadata::default();
    for path in paths {
        let (kind, mode) = match path.strip_suffix('/') {
            Some(_) => (TreeKind::Directory, 0o755),
            None => (TreeKind::File(1), 0o644),
        };
        let entry = TreeEntry {
            kind,
            mode,
            uid: 1000,
            gid: 1000,
            mtime: 0,
            xattrs: Default::default(),
            program: None,
        };
        rootfs.entries.insert(path.trim_end_matches('/').to_owned(), entry);
    }
    rootfs
}

#[test]
fn what_lies_at_the_place_goes_but_for_folders_that_were_asked_for() {
    let rootfs = rootfs(&[
        "app/",
        "app/data/",
        "app/data/x",
        "app/dist/",
        "app/dist/main.js",
        "app/svc/",
        "app/svc/a/",
        "app/svc/a/uploads/",
        "app/svc/b",
        "app-old",
        "etc/",
    ]);
    let found = |kept: &[&str]| hidden(&rootfs, "app", kept).into_iter().collect::<Vec<_>>();
    assert_eq!(found(&[]), ["app/data", "app/dist", "app/svc"]);
    assert_eq!(found(&["/app"]), ["app/data", "app/dist", "app/svc"]);
    assert_eq!(found(&["/app/data", "/app/svc/a/uploads/"]), ["app/dist", "app/svc/b"]);
    assert!(is_hidden(&hidden(&rootfs, "app", &[]), "app/svc/a/uploads"));
    assert!(!is_hidden(&hidden(&rootfs, "app", &[]), "app"));
}

#[test]
fn the_layer_has_empty_files_with_the_names_that_engines_know() {
    let rootfs = rootfs(&["app/", "app/svc/", "app/svc/b", "app/svc/keep/"]);
    let paths = hidden(&rootfs, "app", &["app/svc/keep"]);
    let fragments: [Arc<dyn fourply_blob::Fragment>; 1] =
        [Arc::new(without(&rootfs, ("app", &Meta::directory(0, 0)), &paths).unwrap())];
    let mut bytes = Vec::new();
    let blob = write_layer(&fragments, Codec::Gzip, &NoCache, &mut bytes).unwrap();
    let summary = fourply_blob::validate_layer(bytes.as_slice(), &blob).unwrap();
    assert_eq!((summary.directories, summary.whiteouts, summary.files), (2, 1, 0));
    let mut archive = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes.as_slice()), &mut archive)
        .unwrap();
    let mut reader = tar::Archive::new(archive.as_slice());
    let listed = reader.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        format!("{} {}", entry.path().unwrap().display(), header.uid().unwrap())
    });
    assert_eq!(listed.collect::<Vec<_>>(), ["app/ 0", "app/svc/ 1000", "app/svc/.wh.b 0"]);
}
