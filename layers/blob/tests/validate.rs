//! Layers that break a rule, written by other libraries or by hand, and the errors of `validate_layer`.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write;

use fourply_blob::{Category, Codec, Digest, LayerBlob, NoCache, TRAILER, ValidateError, validate_layer};
use support::{CODECS, sample, write};
use tar::{EntryType, Header};

/// A header of the format, by the tar crate.
fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(if kind == EntryType::Symlink { 0o777 } else { 0o755 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}

fn block(mut header: Header) -> Vec<u8> {
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn directory(name: &str) -> Vec<u8> {
    block(header(name, EntryType::Directory, 0))
}

fn link(name: &str, kind: EntryType, target: &str) -> Vec<u8> {
    let mut header = header(name, kind, 0);
    header.set_link_name_literal(target).unwrap();
    block(header)
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    with_content(header(name, EntryType::Regular, content.len() as u64), content)
}

fn with_content(header: Header, content: &[u8]) -> Vec<u8> {
    let mut bytes = block(header);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn compress(codec: Codec, plain: &[u8]) -> Vec<u8> {
    if !codec.is_gzip() {
        return zstd::encode_all(plain, 1).unwrap();
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn describe(codec: Codec, bytes: &[u8], plain: &[u8]) -> LayerBlob {
    LayerBlob {
        digest: Digest::of(bytes),
        diff_id: Digest::of(plain),
        size: bytes.len() as u64,
        diff_size: plain.len() as u64,
        codec,
    }
}

/// The verdict on a tar archive with correct digests.
fn judge(plain: &[u8]) -> Result<fourply_blob::LayerSummary, ValidateError> {
    let results = [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease].map(|codec| {
        let bytes = compress(codec, plain);
        validate_layer(bytes.as_slice(), &describe(codec, &bytes, plain))
    });
    let [gzip, zstd, release] = results;
    assert_eq!(format!("{gzip:?}"), format!("{zstd:?}"));
    assert_eq!(format!("{gzip:?}"), format!("{release:?}"));
    gzip
}

/// The verdict on entries with a correct end.
fn judge_entries(entries: &[Vec<u8>]) -> Result<fourply_blob::LayerSummary, ValidateError> {
    judge(&[entries.concat().as_slice(), &TRAILER].concat())
}

fn complaint(entries: &[Vec<u8>]) -> String {
    let error = judge_entries(entries).unwrap_err();
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[test]
fn a_good_layer_is_counted() {
    let summary = judge_entries(&[
        directory("a/"),
        file("a/f", b"12345"),
        link("a/s", EntryType::Symlink, "/etc"),
        link("a/h", EntryType::Link, "a/f"),
        file("b/c/d", b""),
    ]);
    let summary = summary.unwrap();
    assert_eq!((summary.files, summary.directories, summary.symlinks, summary.hardlinks), (2, 1, 1, 1));
    assert_eq!((summary.content, summary.implied_directories), (5, vec!["b".to_owned(), "b/c".to_owned()]));
}

#[test]
fn whiteouts_are_counted_and_are_empty_files() {
    let summary = judge_entries(&[directory("a/"), file("a/.wh.b", b""), file(".wh.c", b"")]).unwrap();
    assert_eq!((summary.whiteouts, summary.files), (2, 0));
    assert!(complaint(&[file(".wh.a", b"x")]).contains("is a whiteout with content"));
    assert!(complaint(&[link(".wh.a", EntryType::Symlink, "b")]).contains("is a whiteout, but not a file"));
}

#[test]
fn names_are_judged() {
    for name in [".wh.", "a/.wh..wh..opq", "../a", "/a", "a//b", "./a"] {
        assert!(matches!(judge_entries(&[file(name, b"")]), Err(ValidateError::Path(_))), "{name}");
    }
    assert!(complaint(&[file("a", b""), file("a", b"")]).contains("\"a\" occurs twice"));
    assert!(complaint(&[directory("a/"), directory("a/")]).contains("\"a\" occurs twice"));
    assert!(complaint(&[directory("a")]).contains("does not end with a slash"));
    assert!(complaint(&[file("a", b""), file("a/b", b"")]).contains("\"a\" is not a directory"));
    assert!(complaint(&[file("a/b/c", b""), file("a", b"")]).contains("\"a\" is not a directory"));
    let mut latin = header("a", EntryType::Regular, 0);
    latin.as_mut_bytes()[0] = 0xe4;
    assert!(complaint(&[block(latin)]).contains("not UTF-8"));
}

#[test]
fn kinds_and_links_are_judged() {
    assert!(complaint(&[link("h", EntryType::Link, "f"), file("f", b"")]).contains("not an earlier file"));
    assert!(complaint(&[directory("d/"), link("h", EntryType::Link, "d")]).contains("not an earlier file"));
    assert!(complaint(&[file("f", b""), link("h", EntryType::Link, "/f")]).contains("not an earlier file"));
    assert!(complaint(&[block(header("s", EntryType::Symlink, 0))]).contains("link without a target"));
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::Continuous] {
        assert!(complaint(&[block(header("x", kind, 0))]).contains("not a file, directory"), "{kind:?}");
    }
    assert!(
        complaint(&[with_content(header("d/", EntryType::Directory, 3), b"abc")]).contains("has content")
    );
}

#[test]
fn headers_are_judged() {
    let mut named = header("f", EntryType::Regular, 0);
    named.as_ustar_mut().unwrap().set_username("root").unwrap();
    assert!(complaint(&[block(named)]).contains("names its owner"));

    let mut typed = header("f", EntryType::Regular, 0);
    typed.set_mode(0o100_644);
    assert!(complaint(&[block(typed)]).contains("twelve bits"));

    let mut link = header("l", EntryType::Symlink, 0);
    link.set_link_name("f").unwrap();
    link.set_mode(0o755);
    assert!(complaint(&[block(link)]).contains("other than 0777"));

    let mut gnu = Header::new_gnu();
    gnu.set_path("f").unwrap();
    gnu.set_mode(0o644);
    gnu.set_size(0);
    assert!(complaint(&[block(gnu)]).contains("not ustar"));

    // GNU's form of a long name, which the tar crate accepts silently
    let long = with_content(header("././@LongLink", EntryType::GNULongName, 5), b"long\0");
    assert!(complaint(&[long, file("f", b"")]).contains("extension that is not PAX"));
}

#[test]
fn records_are_judged() {
    let records = |body: &[u8]| with_content(header("x", EntryType::XHeader, body.len() as u64), body);
    assert!(judge_entries(&[records(b"9 gid=77\n9 uid=88\n"), file("f", b"")]).is_ok());
    assert!(complaint(&[records(b"9 uid=88\n9 gid=77\n"), file("f", b"")]).contains("out of order"));
    assert!(complaint(&[records(b"9 uid=88\n9 uid=77\n"), file("f", b"")]).contains("out of order"));
    assert!(complaint(&[records(b"8 uid=88\n"), file("f", b"")]).contains("malformed"));
    let global = with_content(header("x", EntryType::XGlobalHeader, 9), b"9 uid=88\n");
    assert!(judge_entries(&[global, file("f", b"")]).is_err());
}

#[test]
fn the_end_is_judged() {
    let entry = file("f", b"12345");
    let is_trailer = |end: &[u8]| {
        let result = judge(&[entry.as_slice(), end].concat());
        matches!(result, Err(ValidateError::Trailer { end: 1024, .. }))
    };
    assert!(judge_entries(std::slice::from_ref(&entry)).is_ok());
    assert!(is_trailer(b""), "none");
    assert!(is_trailer(&[0; 512]), "half");
    assert!(is_trailer(&[0; 1536]), "too long");
    assert!(is_trailer(&[0; 10_240]), "padded to a record, as GNU tar does");
    assert!(is_trailer(&[[0; 512], [1; 512]].concat()), "not zeros");
    assert!(is_trailer(&[TRAILER.as_slice(), &entry, &TRAILER].concat()), "entries behind it");
    assert!(judge(&entry[..1000]).is_err(), "cut off");
}

#[test]
fn sizes_and_digests_are_compared() {
    for codec in CODECS {
        let (bytes, blob) = write(&sample(), codec, &NoCache);
        validate_layer(bytes.as_slice(), &blob).unwrap();
        let judge = |blob| validate_layer(bytes.as_slice(), &blob).unwrap_err();
        let other = Digest::of(b"");
        assert!(matches!(judge(LayerBlob { digest: other, ..blob }), ValidateError::Digest { .. }));
        assert!(matches!(judge(LayerBlob { diff_id: other, ..blob }), ValidateError::DiffId { .. }));
        for size in [0, blob.size - 1, blob.size + 1] {
            let error = judge(LayerBlob { size, ..blob });
            assert!(matches!(error, ValidateError::Size { which: "compressed", .. }), "{size}: {error}");
        }
        for diff_size in [0, blob.diff_size - 1, blob.diff_size + 1] {
            let error = judge(LayerBlob { diff_size, ..blob });
            assert!(
                matches!(error, ValidateError::Size { which: "uncompressed", .. }),
                "{diff_size}: {error}"
            );
        }
    }
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    for codec in CODECS {
        let (bytes, blob) = write(&sample()[..2], codec, &NoCache);
        for at in (0..bytes.len()).step_by(7) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let error = validate_layer(damaged.as_slice(), &blob).unwrap_err();
            assert!(!error.to_string().is_empty(), "{codec}, byte {at}");
        }
        for length in (0..bytes.len()).step_by(7) {
            let error = validate_layer(&bytes[..length], &blob).unwrap_err();
            assert_ne!(error.to_string(), "", "{codec}, {length} bytes");
        }
    }
}

/// A small file that would unpack to a large one is abandoned as soon as it exceeds the recorded size.
#[test]
fn a_bomb_does_not_go_off() {
    let zeros = vec![0; 64 << 20];
    let inside = [file("f", &zeros).as_slice(), &TRAILER].concat();
    let behind = [file("f", b"x").as_slice(), &TRAILER, &zeros].concat();
    for (codec, plain) in CODECS.into_iter().flat_map(|codec| [(codec, &inside), (codec, &behind)]) {
        let bytes = compress(codec, plain);
        let blob = LayerBlob { diff_size: 2048, ..describe(codec, &bytes, plain) };
        let mut read = 0;
        let counted = Count(bytes.as_slice(), &mut read);
        let error = validate_layer(counted, &blob).unwrap_err();
        assert!(matches!(error, ValidateError::Size { .. } | ValidateError::Trailer { .. }), "{error}");
        assert!(!codec.is_gzip() || read < bytes.len(), "all of it was read");
    }
}

/// Counts the bytes read.
struct Count<'a>(&'a [u8], &'a mut usize);

impl std::io::Read for Count<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(buffer)?;
        *self.1 += read;
        Ok(read)
    }
}

#[test]
fn errors_say_whose_fault_it_is() {
    let category = |plain: &[u8]| judge(plain).unwrap_err().category();
    assert_eq!(category(b""), Category::Internal);
    assert_eq!(category(&file("f", b"12345")[..1000]), Category::Outside);
}
