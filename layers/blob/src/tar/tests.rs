use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::TarWriter;
use crate::{BlobError, LayerPath, Meta, TRAILER};

fn path(text: &str) -> LayerPath {
    LayerPath::new(text).unwrap()
}

fn file() -> Meta {
    Meta::file(false, 0, 0)
}

fn directory() -> Meta {
    Meta::directory(0, 0)
}

/// The bytes of one entry.
fn bytes(write: impl FnOnce(&mut TarWriter<Vec<u8>>) -> Result<(), BlobError>) -> Vec<u8> {
    let mut tar = TarWriter::new(Vec::new());
    write(&mut tar).unwrap();
    tar.into_inner()
}

#[test]
fn a_header_is_what_posix_says() {
    let tar = bytes(|tar| tar.bytes(&path("a/b"), &Meta::file(true, 1001, 1002), b"hello"));
    assert_eq!(tar.len(), 1024);
    assert_eq!(&tar[..4], b"a/b\0");
    assert_eq!(&tar[100..108], b"0000755\0");
    assert_eq!(&tar[108..116], b"0001751\0");
    assert_eq!(&tar[116..124], b"0001752\0");
    assert_eq!(&tar[124..136], b"00000000005\0");
    assert_eq!(&tar[136..148], b"03560116604\0");
    assert_eq!(tar[156], b'0');
    assert_eq!(&tar[257..265], b"ustar\x0000");
    assert!(tar[265..329].iter().all(|&byte| byte == 0), "owners have no names");
    assert_eq!(&tar[329..345], b"0000000\x000000000\0");
    assert_eq!(&tar[512..517], b"hello");
    assert!(tar[517..].iter().all(|&byte| byte == 0));
    let sum: u32 =
        tar[..148].iter().chain(b"        ").chain(&tar[156..512]).map(|&byte| u32::from(byte)).sum();
    assert_eq!(&tar[148..156], format!("{sum:06o}\0 ").as_bytes());
}

/// GNU tar, with options that remove differences between hosts, writes exactly the same bytes.
#[test]
fn gnu_tar_writes_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let parent = format!("{}/{}", "d".repeat(90), "e".repeat(60));
    let long = format!("{parent}/{}", "n".repeat(90));
    std::fs::create_dir_all(root.path().join(&long)).unwrap();
    std::fs::write(root.path().join(&parent).join("f"), "x".repeat(1000)).unwrap();
    std::os::unix::fs::symlink("../nowhere", root.path().join("link")).unwrap();
    for (name, mode) in [(parent.clone(), 0o755), (long.clone(), 0o755), (format!("{parent}/f"), 0o644)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(root.path().join(name), permissions).unwrap();
    }
    let list = format!("{parent}\n{long}\nlink\n{parent}/f\n");
    std::fs::write(root.path().join("list"), list).unwrap();
    let output = Command::new("tar")
        .current_dir(root.path())
        .args(["--format=ustar", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@499162500"])
        .args(["--no-recursion", "--blocking-factor=1", "--files-from=list", "-cf", "-"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let ours = bytes(|tar| {
        tar.directory(&path(&parent), &directory())?;
        tar.directory(&path(&long), &directory())?;
        tar.symlink(&path("link"), &Meta::symlink(0, 0), "../nowhere")?;
        tar.bytes(&path(&format!("{parent}/f")), &file(), "x".repeat(1000).as_bytes())
    });
    assert!(output.stdout == [ours.as_slice(), &TRAILER].concat(), "GNU tar's bytes differ");
}

#[test]
fn long_paths_are_split_or_recorded() {
    let starts_with_pax = |name: &str| bytes(|tar| tar.bytes(&path(name), &file(), b""))[156] == b'x';
    let name = |prefix: usize, name: usize| format!("{}/{}", "p".repeat(prefix), "n".repeat(name));
    for fits in ["n".repeat(100), name(155, 100), name(1, 98), name(1, 99)] {
        assert!(!starts_with_pax(&fits), "{fits}");
    }
    for too_long in ["n".repeat(101), name(156, 100), name(155, 101), "ü".to_owned(), name(50, 50) + "é"] {
        assert!(starts_with_pax(&too_long), "{too_long}");
    }
    // a directory's slash counts as part of its name
    let starts_with_pax = |name: &str| bytes(|tar| tar.directory(&path(name), &directory()))[156] == b'x';
    assert!(!starts_with_pax(&name(155, 99)) && !starts_with_pax(&"n".repeat(99)));
    assert!(starts_with_pax(&name(155, 100)) && starts_with_pax(&"n".repeat(100)));
}

#[test]
fn what_does_not_fit_is_read_back() {
    let meta = Meta {
        mode: 0o4755,
        uid: u32::MAX,
        gid: 2_097_152,
        mtime: -5,
        xattrs: [("user.b".to_owned(), vec![0, 255]), ("user.a".to_owned(), b"=".to_vec())].into(),
    };
    let target = format!("../{}", "ŧ".repeat(80));
    let name = format!("{}/{}", "ä".repeat(90), "o".repeat(130));
    let mut tar = bytes(|tar| tar.symlink(&path(&name), &meta, &target));
    tar.extend_from_slice(&TRAILER);
    assert!(tar[512 + 1024..].iter().take(512).all(u8::is_ascii), "the makeshift is ASCII");
    let mut archive = tar::Archive::new(tar.as_slice());
    let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.path().unwrap().to_str(), Some(name.as_str()));
    assert_eq!(entry.link_name().unwrap().unwrap().to_str(), Some(target.as_str()));
    assert_eq!(entry.header().mode().unwrap(), 0o777, "links have one mode");
    assert_eq!(entry.header().uid().unwrap(), u64::from(u32::MAX));
    assert_eq!(entry.header().gid().unwrap(), 2_097_152);
    let records: Vec<(String, Vec<u8>)> = entry
        .pax_extensions()
        .unwrap()
        .unwrap()
        .map(|record| record.unwrap())
        .map(|record| (record.key().unwrap().to_owned(), record.value_bytes().to_vec()))
        .collect();
    let keywords: Vec<&str> = records.iter().map(|(keyword, _)| keyword.as_str()).collect();
    let expected = ["SCHILY.xattr.user.a", "SCHILY.xattr.user.b", "gid", "linkpath", "mtime", "path", "uid"];
    assert_eq!(keywords, expected);
    assert_eq!((records[0].1.as_slice(), records[4].1.as_slice()), (b"=".as_slice(), b"-5".as_slice()));
}

#[test]
fn a_size_of_eight_gibibytes_is_recorded() {
    // only the headers: the reader ends immediately, which is an error after they were written
    let announce = |size| {
        let mut tar = TarWriter::new(Vec::new());
        let error = tar.file(&path("big"), &file(), size, &mut io::empty()).unwrap_err();
        assert!(matches!(error, BlobError::Size { found: Some(0), .. }), "{error}");
        tar.into_inner()
    };
    let below = announce((1 << 33) - 1);
    assert_eq!((below[156], &below[124..136]), (b'0', b"77777777777\0".as_slice()));
    let above = announce(1 << 33);
    assert_eq!((above[156], &above[512..532]), (b'x', b"19 size=8589934592\n\0".as_slice()));
    assert_eq!(&above[1024 + 124..1024 + 136], b"00000000000\0");
}

#[test]
fn a_content_of_another_length_is_an_error() {
    let write =
        |size, content: &mut dyn Read| TarWriter::new(io::sink()).file(&path("f"), &file(), size, content);
    assert!(write(5, &mut b"12345".as_slice()).is_ok());
    assert!(write(0, &mut io::empty()).is_ok());
    assert!(matches!(
        write(6, &mut b"12345".as_slice()),
        Err(BlobError::Size { expected: 6, found: Some(5), .. })
    ));
    assert!(matches!(
        write(4, &mut b"12345".as_slice()),
        Err(BlobError::Size { expected: 4, found: None, .. })
    ));
    assert!(matches!(write(0, &mut b"1".as_slice()), Err(BlobError::Size { expected: 0, found: None, .. })));
    let big = 300_000;
    assert!(write(big, &mut io::repeat(1).take(big)).is_ok());
    assert!(matches!(write(big, &mut io::repeat(1).take(big + 1)), Err(BlobError::Size { found: None, .. })));
}

#[test]
fn a_reader_that_fails_is_named() {
    struct Broken(u8);
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            Err(if self.0 == 1 { io::ErrorKind::Interrupted.into() } else { io::Error::other("broken") })
        }
    }
    let error = TarWriter::new(io::sink()).file(&path("a/f"), &file(), 1, &mut Broken(0)).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the content of \"a/f\"");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "broken");
}

#[test]
fn what_readers_could_take_in_two_ways_is_refused() {
    let mut tar = TarWriter::new(io::sink());
    tar.directory(&path("d"), &directory()).unwrap();
    tar.bytes(&path("d/f"), &file(), b"").unwrap();
    tar.symlink(&path("d/l"), &Meta::symlink(0, 0), "/etc").unwrap();
    tar.bytes(&path("implied/x/f"), &file(), b"").unwrap();
    tar.directory(&path("implied/x"), &directory()).unwrap();

    let is_duplicate = |result| matches!(result, Err(BlobError::Duplicate { .. }));
    assert!(is_duplicate(tar.bytes(&path("d/f"), &file(), b"")));
    assert!(is_duplicate(tar.directory(&path("d"), &directory())));
    assert!(is_duplicate(tar.directory(&path("implied/x"), &directory())));
    assert!(is_duplicate(tar.symlink(&path("d/l"), &Meta::symlink(0, 0), "x")));

    let is_no_directory = |result| matches!(result, Err(BlobError::NotADirectory { .. }));
    assert!(is_no_directory(tar.bytes(&path("d/f/g"), &file(), b"")));
    assert!(is_no_directory(tar.bytes(&path("d/l/passwd"), &file(), b"")));
    assert!(is_no_directory(tar.bytes(&path("d/l/deep/er"), &file(), b"")));
    assert!(is_no_directory(tar.bytes(&path("implied"), &file(), b"")));

    let mode = tar.bytes(&path("m"), &Meta::new(0o10_000, 0, 0), b"");
    assert!(matches!(mode, Err(BlobError::Mode { mode: 0o10_000, .. })));
    let mut meta = file();
    meta.xattrs.insert("a=b".to_owned(), Vec::new());
    assert!(matches!(tar.bytes(&path("m"), &meta, b""), Err(BlobError::Xattr { .. })));
}

#[test]
fn links_that_lead_nowhere_are_refused() {
    let mut tar = TarWriter::new(io::sink());
    tar.bytes(&path("f"), &file(), b"").unwrap();
    tar.directory(&path("d"), &directory()).unwrap();
    tar.hardlink(&path("h"), &file(), &path("f")).unwrap();
    tar.hardlink(&path("h2"), &file(), &path("h")).unwrap();
    let is_bad = |result| matches!(result, Err(BlobError::LinkTarget { .. }));
    assert!(is_bad(tar.hardlink(&path("i"), &file(), &path("later"))));
    assert!(is_bad(tar.hardlink(&path("i"), &file(), &path("d"))));
    let overlong = "a".repeat(4096);
    for target in ["", "a\0b", overlong.as_str()] {
        assert!(is_bad(tar.symlink(&path("i"), &Meta::symlink(0, 0), target)));
    }
}
