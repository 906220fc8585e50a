//! GNU tar, gzip, zstd and Python as independent readers.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use fourply_blob::{Codec, NoCache};
use support::{CODECS, sample, text, write};

fn run(dir: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .current_dir(dir)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .args(arguments)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{program}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Mode, owner, size and time of every entry, as `tar -tv` lists them, by name.
fn list(dir: &Path, layer: &str, option: &str) -> BTreeMap<String, String> {
    let arguments = ["--numeric-owner", "--full-time", "--quoting-style=literal", option, "-tvf", layer];
    let listing = run(dir, "tar", &arguments);
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let start =
            fields[..5].iter().fold(0, |from, field| from + line[from..].find(field).unwrap() + field.len());
        (line[start + 1..].to_owned(), fields[..5].join(" "))
    };
    listing.lines().map(line).collect()
}

#[test]
fn it_lists_what_was_written() {
    for codec in CODECS {
        let option = if codec.is_gzip() { "--gzip" } else { "--zstd" };
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("layer"), write(&sample(), codec, &NoCache).0).unwrap();
        let list = list(dir.path(), "layer", option);
        let plain = "1001/1001";
        let time = "1985-10-26 08:15:00";
        let expected = [
            ("app/".to_owned(), format!("drwxr-xr-x {plain} 0 {time}")),
            ("app/link -> ../elsewhere".to_owned(), format!("lrwxrwxrwx {plain} 0 {time}")),
            ("app/size-513".to_owned(), format!("-rw-r--r-- {plain} 513 {time}")),
            ("app/ünïcödé/".to_owned(), format!("drwxr-xr-x {plain} 0 {time}")),
            ("app/blank and\ttab".to_owned(), format!("-rw-r--r-- {plain} 30 {time}")),
            (format!("app/{}", "n".repeat(140)), format!("-rw-r--r-- {plain} 20 {time}")),
            (format!("app/{0}/{1}", "d".repeat(90), "f".repeat(90)), format!("-rw-r--r-- {plain} 10 {time}")),
            (format!("app/long-link -> {}", "../target".repeat(20)), format!("lrwxrwxrwx {plain} 0 {time}")),
            ("usr/bin/su".to_owned(), "-rwsr-xr-x 5000000/0 10 1969-12-31 23:59:59".to_owned()),
            (
                "usr/bin/su-too link to usr/bin/su".to_owned(),
                "hrwsr-xr-x 5000000/0 0 1969-12-31 23:59:59".to_owned(),
            ),
            ("usr/bin/ping".to_owned(), "-rwxr-xr-x 0/0 4 2514-05-30 01:53:04".to_owned()),
            ("lib/large".to_owned(), format!("-rw-r--r-- {plain} 4400000 {time}")),
        ];
        for (name, fields) in expected {
            assert_eq!(list.get(&name), Some(&fields), "{name} in {list:#?}");
        }
        assert_eq!(list.len(), 19, "{list:#?}");
    }
}

#[test]
fn it_unpacks_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("layer"), write(&sample()[..1], Codec::Gzip, &NoCache).0).unwrap();
    run(dir.path(), "tar", &["--no-same-owner", "-xzf", "layer"]);
    let app = dir.path().join("app");
    assert_eq!(std::fs::read(app.join("size-513")).unwrap(), text(513));
    assert_eq!(std::fs::read(app.join("n".repeat(140))).unwrap(), text(20));
    assert_eq!(
        std::fs::read_link(app.join("long-link")).unwrap().to_str(),
        Some("../target".repeat(20).as_str())
    );
    let modified = app.join("size-1").metadata().unwrap().modified().unwrap();
    let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(since, std::time::Duration::from_secs(499_162_500));
}

#[test]
fn the_compressors_own_programs_accept_it() {
    let dir = tempfile::tempdir().unwrap();
    for codec in CODECS {
        let program = if codec.is_gzip() { "gzip" } else { "zstd" };
        std::fs::write(dir.path().join("layer.gz"), write(&sample(), codec, &NoCache).0).unwrap();
        run(dir.path(), program, &["-q", "-t", "layer.gz"]);
    }
}

/// Python's zlib stops after the first member, and returns the rest.
const FIRST_MEMBER: &str = "import sys, zlib, hashlib; d = zlib.decompressobj(31); \
    b = d.decompress(open('layer', 'rb').read()) + d.flush(); print(d.eof, len(d.unused_data), hashlib.sha256(b).hexdigest())";

#[test]
fn a_single_stream_is_all_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let layer = |codec| {
        let (bytes, blob) = write(&sample(), codec, &NoCache);
        std::fs::write(dir.path().join("layer"), bytes).unwrap();
        blob
    };
    let python = || run(dir.path(), "python3", &["-c", FIRST_MEMBER]).trim().to_owned();
    let blob = layer(Codec::GzipSingle);
    assert_eq!(python(), format!("True 0 {}", blob.diff_id.hex()));
    layer(Codec::Gzip);
    assert!(!python().starts_with("True 0 "), "it would see many members");
    // Columns: frames, skippable frames, …
    let frames = || {
        let told = run(dir.path(), "zstd", &["-l", "layer"]);
        told.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    for (codec, expected) in [(Codec::ZstdSingle, "1"), (Codec::ZstdReleaseSingle, "1"), (Codec::Zstd, "5")] {
        layer(codec);
        assert_eq!(frames(), expected, "{codec}");
    }
}
