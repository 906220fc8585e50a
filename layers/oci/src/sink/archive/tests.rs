#![allow(clippy::unwrap_used)]

use std::io::Read;

use fourply_store::NoProgress;

use super::*;
use crate::image::tests::image;
use crate::image::tests::sample::Sample;
use crate::sink::DockerArchive;

/// Path, size, mode, owner and time of each entry, as the tar crate reads them.
fn entries(path: &Path) -> Vec<(String, Vec<u8>, u32, u64, u64)> {
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    let read = |entry: std::io::Result<tar::Entry<'_, std::fs::File>>| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let header = entry.header();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        (name, bytes, header.mode().unwrap(), header.uid().unwrap(), header.mtime().unwrap())
    };
    archive.entries().unwrap().map(read).collect()
}

#[test]
fn an_archive_is_the_same_every_time_and_holds_a_layout() {
    let sample = Sample::new();
    let image = image(&sample);
    let paths = ["one.tar", "two.tar"].map(|name| sample.folder.path().join(name));
    for path in &paths {
        let report = OciArchive::new(path).put(&image.tree(), &["a:1".into()], &NoProgress).unwrap();
        assert_eq!((report.written, report.bytes), (5, image.size()));
    }
    assert_eq!(std::fs::read(&paths[0]).unwrap(), std::fs::read(&paths[1]).unwrap());
    let entries = entries(&paths[0]);
    let names: Vec<&str> = entries.iter().map(|entry| entry.0.trim_end_matches('/')).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(names.len(), 2 + 5 + 2);
    assert!(entries.iter().all(|(_, _, mode, uid, mtime)| {
        [0o644, 0o755].contains(mode) && *uid == 0 && *mtime == fourply_blob::MTIME as u64
    }));
    for (name, bytes, ..) in &entries {
        if let Some(hex) = name.strip_prefix("blobs/sha256/").filter(|hex| !hex.is_empty()) {
            assert_eq!(fourply_blob::Digest::of(bytes).hex(), hex);
        }
    }
}

#[test]
fn a_docker_archive_has_full_names() {
    let sample = Sample::new();
    let path = sample.folder.path().join("docker.tar");
    let names = ["erp/auth:1".to_owned(), "127.0.0.1:5000/x:2".to_owned()];
    DockerArchive::new(&path).put(&image(&sample).tree(), &names, &NoProgress).unwrap();
    let entries = entries(&path);
    let (_, manifest, ..) = entries.iter().find(|entry| entry.0 == "manifest.json").unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(manifest).unwrap();
    assert_eq!(manifest[0]["RepoTags"], serde_json::json!(["docker.io/erp/auth:1", "127.0.0.1:5000/x:2"]));
    for path in manifest[0]["Layers"].as_array().unwrap().iter().chain([&manifest[0]["Config"]]) {
        assert!(entries.iter().any(|entry| entry.0 == path.as_str().unwrap()), "{path}");
    }
    for name in ["UPPER:1", "a@sha256:0000000000000000000000000000000000000000000000000000000000000000"] {
        let error = DockerArchive::new(&path)
            .put(&image(&sample).tree(), &[name.to_owned()], &NoProgress)
            .unwrap_err();
        assert!(matches!(error, SinkError::Name { .. }), "{error}");
    }
}

#[test]
fn a_failure_leaves_the_old_file_and_nothing_else() {
    let sample = Sample::new();
    let image = image(&sample);
    let path = sample.folder.path().join("image.tar");
    std::fs::write(&path, "old").unwrap();
    std::fs::remove_file(image.layers[2].blob.path().unwrap()).unwrap();
    let error = OciArchive::new(&path).put(&image.tree(), &[], &NoProgress).unwrap_err();
    assert!(error.to_string().contains("image.tar"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(sample.folder.path()).unwrap().count(), 2);
    let error = OciArchive::new(sample.folder.path()).put(&image.tree(), &[], &NoProgress).unwrap_err();
    assert!(matches!(error, SinkError::Occupied { .. }), "{error}");
}

#[test]
fn what_is_no_archive_is_not_overwritten() {
    let sample = Sample::new();
    let image = image(&sample);
    let path = |name: &str| sample.folder.path().join(name);
    OciArchive::new(&path("old.tar")).put(&image.tree(), &["a:1".into()], &NoProgress).unwrap();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("notes"), "precious").unwrap();
    std::os::unix::fs::symlink("notes", path("link")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    for name in ["notes", "link", "pipe"] {
        for error in [
            OciArchive::new(&path(name)).check().unwrap_err(),
            DockerArchive::new(&path(name)).check().unwrap_err(),
        ] {
            assert!(matches!(error, SinkError::Occupied { .. }), "{name}: {error}");
        }
    }
    for name in ["old.tar", "empty", "new.tar"] {
        OciArchive::new(&path(name)).check().unwrap();
    }
}
