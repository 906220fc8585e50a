//! The bytes of the format, in files. Different bytes are another version of the format: add it to `LayerFormat`,
//! describe the change in `docs/layer-format.md` and the changelog, and let this test write the goldens of the new
//! version with `FOURPLY_NEW_GOLDENS=1`. It never overwrites existing goldens.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fourply_blob::Codec;
use fourply_blob::{LayerFormat, NoCache, layer_key};
use support::{directory, entries, file, sample, symlink, write};

/// Codecs, and the version of their goldens: the first with these bytes.
const GOLDENS: [(u32, [Codec; 3]); 2] = [
    (1, [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease]),
    (2, [Codec::GzipSingle, Codec::ZstdSingle, Codec::ZstdReleaseSingle]),
];

/// Golden files by name, as this program would write them.
fn now(codecs: [Codec; 3]) -> Vec<(String, String)> {
    let mut digests = String::new();
    for codec in codecs {
        let (_, blob) = write(&sample(), codec, &NoCache);
        writeln!(digests, "{codec} digest {} size {}", blob.digest, blob.size).unwrap();
        writeln!(digests, "{codec} diff_id {} size {}", blob.diff_id, blob.diff_size).unwrap();
        writeln!(digests, "{codec} layer_key {}", layer_key(&sample(), codec)).unwrap();
    }
    let small = entries([
        ("app".to_owned(), directory()),
        ("app/index.js".to_owned(), file(*b"console.log('hello');\n")),
        ("app/latest".to_owned(), symlink("index.js")),
        ("app/ü".to_owned(), file(*b"")),
    ]);
    let small = [small, support::custom("empty", |_| Ok(()))];
    let mut goldens = vec![("sample.txt".to_owned(), digests)];
    for codec in codecs {
        let (bytes, _) = write(&small, codec, &NoCache);
        goldens.push((format!("small.{codec}.hex"), hex_lines(&bytes)));
        goldens.push(("small.tar.hex".to_owned(), hex_lines(&support::decompress(&bytes, codec))));
    }
    goldens
}

/// 32 bytes per line; a line that repeats the previous one is a star.
fn hex_lines(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut before: Option<&[u8]> = None;
    for line in bytes.chunks(32) {
        if before == Some(line) {
            text.push_str("*\n");
        } else {
            writeln!(text, "{}", line.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).unwrap();
        }
        before = Some(line);
    }
    text
}

fn folder(version: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/v{version}"))
}

#[test]
fn no_byte_has_changed() {
    // Pieces with different bytes need their own goldens.
    assert_eq!(LayerFormat::default().of_pieces().number(), GOLDENS[0].0);
    GOLDENS.into_iter().for_each(|(version, codecs)| compare(&folder(version), codecs));
}

fn compare(folder: &Path, codecs: [Codec; 3]) {
    if !folder.exists() && std::env::var_os("FOURPLY_NEW_GOLDENS").is_some() {
        std::fs::create_dir_all(folder).unwrap();
        now(codecs).iter().for_each(|(name, content)| std::fs::write(folder.join(name), content).unwrap());
    }
    let mut compared = BTreeSet::new();
    for (name, content) in now(codecs) {
        let golden = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert!(
            golden == content,
            "{name} differs from the golden of {}; it would be:\n{content}",
            folder.display()
        );
        compared.insert(name);
    }
    let entries = std::fs::read_dir(folder).unwrap();
    let present: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(present, compared, "a golden that nothing is compared with");
}
