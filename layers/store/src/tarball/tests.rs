#![allow(clippy::unwrap_used)]

use fourply_testing::hostile::put;
use tar::EntryType;

use super::{Limits, read_tarball};
use crate::{PackBuilder, Store};

/// A tar of these entries, with unchecked paths.
fn tarball(entries: &[(&str, EntryType, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, kind, mode, content) in entries {
        put(&mut bytes, path, kind.as_byte(), *mode, content, "");
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn paths(bytes: &[u8]) -> Vec<(String, bool, usize)> {
    use crate::PackKind;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let pack = read_tarball("x@1.0.0", bytes, Limits::default(), PackBuilder::new())
        .unwrap()
        .finish(&store)
        .unwrap();
    let entry = |entry: &crate::PackEntry| {
        (
            entry.path.clone(),
            entry.kind == PackKind::File { executable: true },
            pack.bytes(entry).unwrap().len(),
        )
    };
    pack.entries().iter().map(entry).collect()
}

#[test]
fn the_top_folder_goes_whatever_its_name_and_links_with_it() {
    let bytes = tarball(&[
        ("odd-name/package.json", EntryType::Regular, 0o600, b"{}"),
        ("other/bin/run", EntryType::Regular, 0o654, b"#!"),
        ("odd-name/link", EntryType::Symlink, 0o777, b""),
        ("odd-name/hard", EntryType::Link, 0o644, b""),
        ("odd-name/empty/", EntryType::Directory, 0o755, b""),
        ("odd-name/package.json", EntryType::Regular, 0o644, b"{ }"),
    ]);
    let expected = [("bin/run", true, 2), ("hard", false, 0), ("package.json", false, 3)];
    assert_eq!(paths(&bytes), expected.map(|(path, x, size)| (path.to_owned(), x, size)));
}

/// As pnpm 9.14, 10.34, 11.28 and 12.21 unpack the same tarball.
#[test]
fn a_path_is_dropped_up_to_its_first_slash() {
    let names = [
        "package/package.json",
        "./package/a.js",
        "././package/c.js",
        "package/./d.js",
        "package//e.js",
        "x/y/f.js",
        "toplevel.txt",
        "./top2.txt",
        ".//package/i.js",
    ];
    let bytes = tarball(&names.map(|name| (name, EntryType::Regular, 0o644, &b"x"[..])));
    let found: Vec<String> = paths(&bytes).into_iter().map(|(path, ..)| path).collect();
    let expected = [
        "d.js",
        "e.js",
        "package.json",
        "package/a.js",
        "package/c.js",
        "package/i.js",
        "top2.txt",
        "toplevel.txt",
        "y/f.js",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_leads_out_of_the_package_is_refused_by_name() {
    for path in ["package/../../etc/passwd", "/etc/passwd", "package/.wh.index.js"] {
        let bytes = tarball(&[(path, EntryType::Regular, 0o644, b"x")]);
        let error = read_tarball("x@1.0.0", bytes.as_slice(), Limits::default(), PackBuilder::new())
            .unwrap_err()
            .to_string();
        assert!(error.contains("x@1.0.0"), "{error}");
    }
}

#[test]
fn bounds_hold() {
    let bytes =
        tarball(&[("p/a", EntryType::Regular, 0o644, &[0; 600]), ("p/b", EntryType::Regular, 0o644, b"")]);
    for limits in [Limits { entries: 1, bytes: 10_000 }, Limits { entries: 10, bytes: 599 }] {
        read_tarball("x@1.0.0", bytes.as_slice(), limits, PackBuilder::new()).unwrap_err();
    }
    read_tarball("x@1.0.0", &bytes[..700], Limits::default(), PackBuilder::new()).unwrap_err();
}

#[test]
fn headers_are_bounded_and_nothing_is_no_package() {
    let read = |bytes: &[u8]| {
        let read = read_tarball("x@1.0.0", bytes, Limits::default(), PackBuilder::new());
        let error = read.map(drop).unwrap_err();
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        causes.map(|cause| cause.to_string()).collect::<Vec<_>>().join(": ")
    };
    let file = ("package/a", EntryType::Regular, 0o644, &b"a"[..]);
    for kind in [EntryType::GNULongName, EntryType::XHeader, EntryType::GNULongLink] {
        let long = vec![b'A'; 3 << 20];
        let text = read(&tarball(&[("././@LongLink", kind, 0o644, &long), file]));
        assert!(text.contains("have more than 1048576 bytes") && text.len() < 500, "{text}");
    }
    let deep = format!("package/{}x.js", "a/".repeat(256));
    let text = read(&tarball(&[("././@LongLink", EntryType::GNULongName, 0o644, deep.as_bytes()), file]));
    assert!(text.contains("in more than 256 folders"), "{text}");
    // The contents of skipped entries do not count as headers.
    let content = vec![b'A'; 3 << 20];
    let fifo = ("package/pipe", EntryType::Fifo, 0o644, content.as_slice());
    assert_eq!(paths(&tarball(&[fifo, file])), [("a".to_owned(), false, 1)]);
    assert!(read(b"").contains("it is empty"));
}

fn fault(bytes: &[u8]) -> String {
    let read = read_tarball("x@1.0.0", bytes, Limits::default(), PackBuilder::new());
    read.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_size_that_readers_understand_in_two_ways_is_refused() {
    let of = |record: &str| {
        let record = format!("{} {record}\n", record.len() + 4);
        tarball(&[
            ("x", EntryType::XHeader, 0o644, record.as_bytes()),
            ("package/a.js", EntryType::Regular, 0o644, b"12345"),
        ])
    };
    assert_eq!(fault(&of("size=5")), "");
    for record in ["size=99999999999999999999", "size=-1", "size=x"] {
        assert!(fault(&of(record)).contains("no number"), "{record}");
    }
}

#[test]
fn a_package_json_without_an_end_is_refused() {
    let bytes = vec![b' '; 17 << 20];
    let large = |path| tarball(&[(path, EntryType::Regular, 0o644, &bytes)]);
    for path in ["package/package.json", "package/node_modules/y/package.json"] {
        assert!(fault(&large(path)).contains("17825792 bytes; at most 16777216"), "{}", fault(&large(path)));
    }
    assert_eq!(fault(&large("package/data.json")), "");
    let added = PackBuilder::new().copy_file("package.json", false, &mut bytes.as_slice());
    assert!(added.unwrap_err().to_string().contains("at most 16777216"));
}

/// Values take 80 to 215 bytes of memory each where a package.json is read: 16 MB of `0,` took 648 MB.
#[test]
fn a_package_json_of_very_many_values_is_refused() {
    let of = |path, count: usize| {
        let text = format!("{{\"x\":[{}0]}}", "0,".repeat(count));
        tarball(&[(path, EntryType::Regular, 0o644, text.as_bytes())])
    };
    for path in ["package/package.json", "package/node_modules/y/package.json"] {
        assert_eq!(fault(&of(path, 499_998)), "");
        let refused = fault(&of(path, 500_000));
        assert!(refused.contains("package.json has more than 500000 values"), "{refused}");
    }
    assert_eq!(fault(&of("package/data.json", 500_000)), "");
}
