#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;

use fourply_store::NoProgress;

use super::*;
use crate::image::Image;
use crate::image::tests::sample::Sample;
use crate::image::tests::{image, own_layer, settings};

fn put(path: &Path, image: &Image, names: &[&str]) -> Result<SinkReport, SinkError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    OciLayout::new(path).put(&image.tree(), &names, &NoProgress)
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_layout_has_every_blob_under_its_digest() {
    let sample = Sample::new();
    let image = image(&sample);
    let path = sample.folder.path().join("out");
    let report = put(&path, &image, &[]).unwrap();
    assert_eq!((report.written, report.present, report.bytes), (5, 0, image.size()));
    assert_eq!(names_in(&path), ["blobs", "index.json", "oci-layout"]);
    for name in names_in(&path.join("blobs/sha256")) {
        let bytes = std::fs::read(path.join("blobs/sha256").join(&name)).unwrap();
        assert_eq!(Digest::of(&bytes).hex(), name);
    }
    // No other file exists next to it, and the modes are those of ordinary files.
    assert_eq!(names_in(sample.folder.path()), ["out", "store"]);
    let plain = sample.folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
    assert_eq!(mode(&path.join("index.json")), mode(&plain));
}

#[test]
fn a_second_image_is_added_and_a_second_time_writes_nothing() {
    let sample = Sample::new();
    let path = sample.folder.path().join("out");
    let first = image(&sample);
    put(&path, &first, &["a:1"]).unwrap();
    let index = std::fs::read(path.join("index.json")).unwrap();
    let again = put(&path, &first, &["a:1"]).unwrap();
    assert_eq!((again.written, again.present, again.bytes), (0, 5, 0));
    assert_eq!(std::fs::read(path.join("index.json")).unwrap(), index);

    let other = own_layer(&sample, fourply_blob::Codec::Zstd, &[("app/other.js", b"other")]);
    let second = Image::assemble(&sample.base(None), &[other], &settings()).unwrap();
    let report = put(&path, &second, &["b:1"]).unwrap();
    assert_eq!((report.written, report.present), (3, 2));
    let index = String::from_utf8(std::fs::read(path.join("index.json")).unwrap()).unwrap();
    assert!(index.contains(&first.digest().to_string()) && index.contains(&second.digest().to_string()));
}

#[test]
fn a_damaged_blob_of_another_size_is_written_anew() {
    let sample = Sample::new();
    let path = sample.folder.path().join("out");
    let image = image(&sample);
    put(&path, &image, &[]).unwrap();
    let blob = path.join("blobs/sha256").join(Digest::of(&image.config_bytes).hex());
    std::fs::write(&blob, "short").unwrap();
    assert_eq!(put(&path, &image, &[]).unwrap().written, 1);
    assert_eq!(std::fs::read(&blob).unwrap(), image.config_bytes);
}

#[test]
fn foreign_files_stay_untouched() {
    let sample = Sample::new();
    let image = image(&sample);
    let path = sample.folder.path().join("home");
    std::fs::create_dir(&path).unwrap();
    put(&path, &image, &[]).unwrap();
    let other = sample.folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("precious"), "").unwrap();
    for place in [other.clone(), other.join("precious")] {
        let error = put(&place, &image, &[]).unwrap_err();
        assert!(matches!(error, SinkError::Occupied { .. }), "{error}");
        assert_eq!(error.category(), fourply_blob::Category::User);
    }
    assert_eq!(names_in(&other), ["precious"]);
}

#[test]
fn a_layer_that_changed_in_the_store_is_noticed_and_nothing_is_left() {
    let sample = Sample::new();
    let image = image(&sample);
    let layer = image.layers[0].blob.path().unwrap();
    let mut bytes = std::fs::read(layer).unwrap();
    bytes[20] ^= 1;
    let mut permissions = layer.metadata().unwrap().permissions();
    permissions.set_mode(0o644);
    std::fs::set_permissions(layer, permissions).unwrap();
    std::fs::write(layer, &bytes).unwrap();
    let path = sample.folder.path().join("out");
    let error = put(&path, &image, &[]).unwrap_err();
    assert!(matches!(error, SinkError::Changed { .. }), "{error}");
    assert_eq!(names_in(sample.folder.path()), ["store"]);
}

#[test]
fn names_and_places_that_cannot_be_are_refused() {
    let sample = Sample::new();
    let image = image(&sample);
    let error = put(&sample.folder.path().join("out"), &image, &["a b"]).unwrap_err();
    assert!(error.to_string().contains("\"a b\""), "{error}");
    std::fs::write(sample.folder.path().join("file"), "").unwrap();
    let error = put(&sample.folder.path().join("file/out"), &image, &[]).unwrap_err();
    assert_eq!(error.category(), fourply_blob::Category::User);
    assert!(error.to_string().contains("file/out"), "{error}");
}

#[test]
fn folders_above_a_layout_are_made() {
    let sample = Sample::new();
    let path = sample.folder.path().join("not/there/out");
    put(&path, &image(&sample), &[]).unwrap();
    assert!(path.join(MARK).is_file());
}

#[test]
fn builds_that_write_one_layout_at_once_all_arrive() {
    let sample = Sample::new();
    let path = sample.folder.path().join("out");
    let texts: Vec<String> = (0..8).map(|number| format!("service {number}")).collect();
    std::thread::scope(|scope| {
        for text in &texts {
            let (sample, path) = (&sample, &path);
            scope.spawn(move || {
                let own_layer =
                    own_layer(sample, fourply_blob::Codec::Gzip, &[("app/main.js", text.as_bytes())]);
                let image = Image::assemble(&sample.base(None), &[own_layer], &settings()).unwrap();
                put(path, &image, &[&text.replace(' ', "-")]).unwrap();
            });
        }
    });
    let index: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.join("index.json")).unwrap()).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    assert_eq!(entries.len(), texts.len());
    for entry in entries {
        let hex = entry["digest"].as_str().unwrap().trim_start_matches("sha256:");
        assert!(path.join("blobs/sha256").join(hex).is_file());
    }
    assert_eq!(names_in(sample.folder.path()), ["out", "store"]);
}
