use std::io::Write;
use std::process::{Command, Stdio};

use super::*;

fn reader(bytes: &[u8]) -> TarReader<Sequential<&[u8]>> {
    TarReader::new(Sequential(bytes), "test.tar")
}

fn all(bytes: &[u8]) -> Result<Vec<TarEntry>> {
    let mut tar = reader(bytes);
    let mut entries = Vec::new();
    while let Some(entry) = tar.next()? {
        entries.push(entry);
    }
    Ok(entries)
}

/// The output of the system's tar for a folder.
fn system_tar(folder: &std::path::Path, args: &[&str]) -> Vec<u8> {
    let output =
        Command::new("tar").args(["-C", folder.to_str().unwrap(), "-cf", "-"]).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn reads_what_tar_writes_in_each_format() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(130));
    std::fs::create_dir(folder.path().join("d".repeat(120))).unwrap();
    std::fs::write(folder.path().join(&long), b"long").unwrap();
    std::fs::write(folder.path().join("short"), vec![7; 1000]).unwrap();
    std::fs::hard_link(folder.path().join("short"), folder.path().join("zhard")).unwrap();
    std::os::unix::fs::symlink("t".repeat(180), folder.path().join("link")).unwrap();
    for format in ["--format=gnu", "--format=pax"] {
        let args = [format, "--sort=name", "--owner=:3000001", "--group=:12", "--mtime=@1700000000.75", "."];
        let entries = all(&system_tar(folder.path(), &args)).unwrap();
        let find = |path: &str| entries.iter().find(|e| e.path.trim_start_matches("./") == path).unwrap();
        assert_eq!((find(&long).size, find(&long).kind), (4, TarKind::File), "{format}");
        assert_eq!(find("link").target, "t".repeat(180));
        assert_eq!((find("zhard").kind, find("zhard").size), (TarKind::Hardlink, 0));
        assert_eq!(
            (find("short").uid, find("short").gid, find("short").mtime),
            (3_000_001, 12, 1_700_000_000)
        );
        assert_eq!(entries.first().unwrap().kind, TarKind::Directory);
    }
}

#[test]
fn passes_over_sparse_files_and_reads_times_before_1970() {
    let folder = tempfile::tempdir().unwrap();
    let mut sparse = std::fs::File::create(folder.path().join("a-sparse")).unwrap();
    for part in 0..40_u64 {
        std::io::Seek::seek(&mut sparse, std::io::SeekFrom::Start(part << 17)).unwrap();
        sparse.write_all(b"data").unwrap();
    }
    sparse.set_len(80 << 17).unwrap();
    std::fs::write(folder.path().join("b-next"), b"next").unwrap();
    for format in ["--format=gnu", "--format=pax"] {
        let bytes = system_tar(
            folder.path(),
            &[format, "--sparse", "--sort=name", "--mtime=@-2.5", "a-sparse", "b-next"],
        );
        let entries = all(&bytes).unwrap();
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["a-sparse", "b-next"], "{format}");
        assert_eq!(entries[1].mtime, if format == "--format=pax" { -3 } else { entries[1].mtime });
        assert!(entries[1].mtime < 0);
    }
}

#[test]
fn the_content_can_be_read_or_passed_over_and_positions_are_right() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        std::fs::write(folder.path().join(name), name.repeat(700)).unwrap();
    }
    let bytes = system_tar(folder.path(), &["a", "b", "c"]);
    let mut tar = reader(&bytes);
    for name in ["a", "b", "c"] {
        let entry = tar.next().unwrap().unwrap();
        assert_eq!(entry.path, name);
        let start = usize::try_from(tar.position()).unwrap();
        assert_eq!(&bytes[start..start + 700], name.repeat(700).as_bytes());
        if name == "b" {
            assert_eq!(tar.head(10).unwrap(), b"bbbbbbbbbb");
        }
    }
    assert!(tar.next().unwrap().is_none());

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let mut tar = TarReader::new(io::BufReader::new(file.reopen().unwrap()), "seek");
    let paths: Vec<_> = std::iter::from_fn(|| tar.next().unwrap()).map(|entry| entry.path).collect();
    assert_eq!(paths, ["a", "b", "c"]);
}

fn header(name: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}

fn pax(records: &[u8]) -> Vec<u8> {
    let mut bytes = header("pax", EntryType::XHeader, records.len() as u64).as_bytes().to_vec();
    bytes.extend_from_slice(records);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn a_size_in_a_pax_header_counts_so_that_nothing_is_hidden_behind_it() {
    let mut bytes = pax(b"12 size=512\n");
    bytes.extend_from_slice(header("outer", EntryType::Regular, 0).as_bytes());
    bytes.extend_from_slice(header("hidden", EntryType::Regular, 0).as_bytes());
    bytes.extend_from_slice(header("after", EntryType::Regular, 0).as_bytes());
    let paths: Vec<_> = all(&bytes).unwrap().into_iter().map(|entry| entry.path).collect();
    assert_eq!(paths, ["outer", "after"]);
}

#[test]
fn links_and_folders_have_no_content_whatever_they_say() {
    let mut bytes = header("link", EntryType::Symlink, 512).as_bytes().to_vec();
    bytes.extend_from_slice(header("after", EntryType::Regular, 0).as_bytes());
    let paths: Vec<_> = all(&bytes).unwrap().into_iter().map(|entry| entry.path).collect();
    assert_eq!(paths, ["link", "after"]);
}

#[test]
fn refuses_what_is_broken_or_without_bounds() {
    let file = header("f", EntryType::Regular, 600);
    let mut broken = header("f", EntryType::Regular, 0);
    broken.as_old_mut().mode[0] = b'1';
    let huge = header("L", EntryType::GNULongName, 1 << 40);
    let hole = [&[0; 512], header("f", EntryType::Regular, 0).as_bytes().as_slice()].concat();
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("not tar", vec![b'x'; 512], "no tar header"),
        ("checksum", broken.as_bytes().to_vec(), "no tar header"),
        ("cut content", [file.as_bytes().as_slice(), &[1; 100]].concat(), "unexpected end of file"),
        ("cut header", file.as_bytes()[..300].to_vec(), "middle of a block"),
        ("huge name", huge.as_bytes().to_vec(), "extension header of"),
        ("hole", hole, "zeros in the middle"),
        ("pax length", pax(b"99 path=x\n"), "malformed"),
        ("pax number", pax(b"11 size=x1\n"), "not a number"),
        ("pax without end", pax(b"9 path=xx"), "malformed"),
    ];
    for (name, mut bytes, says) in cases {
        if name.starts_with("pax") {
            bytes.extend_from_slice(header("f", EntryType::Regular, 0).as_bytes());
        }
        let message = all(&bytes).unwrap_err().to_string();
        assert!(message.contains(says), "{name}: {message}");
    }
}

#[test]
fn an_empty_stream_and_one_without_an_end_are_archives() {
    assert!(all(b"").unwrap().is_empty());
    assert_eq!(all(header("f", EntryType::Regular, 0).as_bytes()).unwrap().len(), 1);
    // As umoci writes its insertions: without end blocks, and with a part of the last file's padding or none.
    for padding in [0, 100] {
        let tar =
            [header("f", EntryType::Regular, 3).as_bytes().as_slice(), b"abc", &vec![0; padding]].concat();
        assert_eq!(all(&tar).unwrap().len(), 1, "{padding}");
    }
}

#[test]
fn names_are_normalised_as_engines_do() {
    for (name, path) in [
        ("./a/b", Some("a/b")),
        ("/a//b/", Some("a/b")),
        ("././", None),
        ("", None),
        ("/", None),
        ("a/./b", Some("a/b")),
        ("a..b/...", Some("a..b/...")),
    ] {
        assert_eq!(normalise(name).unwrap().as_deref(), path, "{name}");
    }
    let long = format!("a/{}", "x".repeat(256));
    for name in ["..", "a/../b", "../a", "a\0b", &long, &"a/".repeat(2100)] {
        assert!(normalise(name).is_err(), "{name}");
    }
}

proptest::proptest! {
    /// Reading any bytes terminates without a panic.
    #[test]
    fn reading_anything_ends(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..4096)) {
        let _ = all(&bytes);
    }

    /// The same with correct header checksums, so that more of the reader is reached.
    #[test]
    fn reading_well_summed_headers_ends(
        kinds in proptest::collection::vec((proptest::num::u8::ANY, proptest::num::u64::ANY, proptest::collection::vec(proptest::num::u8::ANY, 0..1024)), 0..6),
    ) {
        let mut bytes = Vec::new();
        for (kind, size, content) in kinds {
            let size = if size % 3 == 0 { size } else { content.len() as u64 };
            bytes.extend_from_slice(header("name", EntryType::new(kind), size & ((1 << 60) - 1)).as_bytes());
            bytes.extend_from_slice(&content);
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        }
        let _ = all(&bytes);
    }
}

/// The reader's view of an archive with many kinds of entries equals that of the crate `tar` and of GNU tar's listing.
#[test]
fn agrees_with_gnu_tar_about_a_system_folder() {
    let folder = std::path::Path::new("/etc");
    let child =
        Command::new("tar").args(["-C", "/etc", "-cf", "-", "."]).stderr(Stdio::null()).output().unwrap();
    let ours: Vec<String> = all(&child.stdout).unwrap().into_iter().map(|entry| entry.path).collect();
    let mut theirs = Vec::new();
    for entry in tar::Archive::new(child.stdout.as_slice()).entries().unwrap() {
        theirs.push(entry.unwrap().path().unwrap().to_str().unwrap().to_owned());
    }
    let trimmed = |paths: &[String]| -> Vec<String> {
        paths.iter().map(|p| p.trim_end_matches('/').to_owned()).collect()
    };
    assert_eq!(trimmed(&ours), trimmed(&theirs));
    assert!(folder.is_dir() && !ours.is_empty());
}
