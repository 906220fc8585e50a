#![allow(clippy::unwrap_used)]

use fourply_store::NoProgress;

use super::*;
use crate::image::tests::image;
use crate::image::tests::sample::Sample;
use crate::sink::{OciArchive, OciLayout, Sink};

fn open(text: &str) -> Result<Local, TransferError> {
    let (kind, place) = text.split_once(':').unwrap();
    let (path, name) = place.split_once(':').map_or((place, None), |(path, name)| (path, Some(name)));
    let path = Path::new(path);
    let local = if kind == "oci" { Local::folder(path)? } else { Local::archive(path)? };
    Ok(match name {
        Some(name) => local.with_name(name),
        None => local,
    })
}

#[test]
fn folder_and_archive_hold_the_same() {
    let sample = Sample::new();
    let image = image(&sample);
    let (folder, archive) = (sample.folder.path().join("l"), sample.folder.path().join("a.tar"));
    OciLayout::new(&folder).put(&image.tree(), &["one".into()], &NoProgress).unwrap();
    OciArchive::new(&archive).put(&image.tree(), &["one".into()], &NoProgress).unwrap();
    for text in [format!("oci:{}", folder.display()), format!("oci-archive:{}:one", archive.display())] {
        let local = open(&text).unwrap();
        let tree = crate::transfer::gather(&local, true).unwrap();
        assert_eq!(tree.root, image.digest());
        assert_eq!(tree.blobs.len(), image.tree().blobs.len());
        for held in &tree.blobs {
            let mut bytes = Vec::new();
            held.open().unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(Digest::of(&bytes), held.descriptor.digest);
        }
    }
    let error = open(&format!("oci:{}:two", folder.display())).unwrap().root().unwrap_err();
    assert!(error.to_string().contains("name two") && error.to_string().contains("one"), "{error}");
    assert!(open(&format!("oci:{}", sample.folder.path().display())).is_err());
}

#[test]
fn what_is_cut_compressed_or_damaged_is_told() {
    let sample = Sample::new();
    let archive = sample.folder.path().join("a.tar");
    OciArchive::new(&archive).put(&image(&sample).tree(), &[], &NoProgress).unwrap();
    let whole = std::fs::read(&archive).unwrap();
    let told = |bytes: &[u8]| {
        std::fs::write(&archive, bytes).unwrap();
        match open(&format!("oci-archive:{}", archive.display())) {
            Ok(local) => crate::transfer::gather(&local, true).map(drop).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        }
    };
    for length in (600..whole.len() - 1024).step_by(997) {
        told(&whole[..length]);
    }
    assert!(told(&[0x1f, 0x8b, 8, 0]).contains("compressed"));
    let manifest = whole.windows(16).position(|window| window == b"\"schemaVersion\":").unwrap();
    let mut damaged = whole.clone();
    damaged[manifest + 17] ^= 1;
    told(&damaged);
}
