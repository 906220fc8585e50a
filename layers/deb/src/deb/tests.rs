use std::io::Write;
use std::process::{Command, Stdio};

use super::super::testing::{DIRECTORY, FILE, HARDLINK, SYMLINK, ar, deb, scanned, tarball};
use tar::EntryType;

fn refused(bytes: &[u8]) -> String {
    scanned("a", bytes).unwrap_err()
}

fn members(control: &[u8], data: &[u8]) -> Vec<u8> {
    ar(&[("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar", data)])
}

fn control() -> Vec<u8> {
    tarball(&[("./control", FILE, "Package: a\nVersion: 1\nArchitecture: all\n")])
}

/// Compresses bytes with xz.
fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut xz = Command::new("xz").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    xz.stdin.take().unwrap().write_all(bytes).unwrap();
    xz.wait_with_output().unwrap().stdout
}

#[test]
fn reads_control_and_data_in_each_compression() {
    let data = tarball(&[
        ("./", DIRECTORY, ""),
        ("./etc/", DIRECTORY, ""),
        ("./etc/a", FILE, "text"),
        ("./b", SYMLINK, "etc/a"),
    ]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&data).unwrap();
    let xz = xz(&data);
    let zst = zstd::encode_all(data.as_slice(), 1).unwrap();
    for (name, packed) in [
        ("data.tar", data.clone()),
        ("data.tar.gz", gz.finish().unwrap()),
        ("data.tar.xz", xz),
        ("data.tar.zst/", zst),
    ] {
        let file = ar(&[
            ("debian-binary", b"2.0\n"),
            ("control.tar/", &control()),
            (name, &packed),
            ("_gpgorigin", b"x"),
        ]);
        let package = scanned("a", &file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let paths: Vec<&str> = package.items.iter().map(|item| item.path.as_str()).collect();
        assert_eq!(paths, ["", "etc", "etc/a", "b"], "{name}");
    }
}

#[test]
fn notes_scripts_sums_and_configuration_files() {
    let control = tarball(&[
        ("./control", FILE, "Package: a\nVersion: 1\nArchitecture: all\n"),
        ("./conffiles", FILE, "/etc/a\nremove-on-upgrade /etc/old\n"),
        ("./md5sums", FILE, "0cc175b9c0f1b6a831c399e269772661  etc/a\n"),
        ("./postinst", FILE, "#!/bin/sh\n"),
        ("./prerm", FILE, "#!/bin/sh\n"),
    ]);
    let package = scanned("a", &members(&control, &tarball(&[("./etc/a", FILE, "a")]))).unwrap();
    assert_eq!(package.control.scripts, ["postinst"]);
    assert_eq!(package.control.conffiles, ["/etc/a"]);
    assert_eq!(package.conffiles["etc/a"], "0cc175b9c0f1b6a831c399e269772661");
}

#[test]
fn refuses_paths_that_lead_out() {
    for name in ["../etc/passwd", "./a/../../b", "/etc/passwd"] {
        let message = refused(&deb("a", "", &[(name, FILE, "x")]));
        assert!(message.contains(name) && message.contains("a_1_all.deb"), "{message}");
    }
    assert!(refused(&deb("a", "", &[("./a", HARDLINK, "../b")])).contains(".."));
    assert!(refused(&deb("a", "", &[("./a", HARDLINK, "./")])).contains("hard link to the root"));
    assert!(refused(&deb("a", "", &[("./", SYMLINK, "/etc")])).contains("the root is no directory"));
}

#[test]
fn refuses_devices_and_pipes() {
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo] {
        assert!(refused(&deb("a", "", &[("./dev/x", kind, "")])).contains("a device, a pipe"));
    }
}

#[test]
fn refuses_what_is_no_package() {
    assert!(refused(b"not an archive").contains("no ar archive"));
    assert!(refused(&ar(&[("debian-binary", b"2.0\n")])).contains("it has no control.tar"));
    assert!(
        refused(&ar(&[("debian-binary", b"2.0\n"), ("control.tar.lzma", b""), ("data.tar", b"")]))
            .contains("it has no control.tar")
    );
    assert!(
        refused(&ar(&[("debian-binary", b"3.0\n"), ("control.tar", &control()), ("data.tar", b"")]))
            .contains("3.0")
    );
    assert!(refused(&members(&tarball(&[]), &tarball(&[]))).contains("missing or empty"));
    let other = tarball(&[("./control", FILE, "Package: b\nVersion: 1\nArchitecture: all\n")]);
    assert!(
        refused(&members(&other, &tarball(&[]))).contains("its Package is \"b\", but the index says \"a\"")
    );
}

#[test]
fn refuses_what_is_cut_off_or_damaged_wherever_that_is() {
    let whole = deb("a", "", &[("./a", FILE, "some text")]);
    scanned("a", &whole).unwrap();
    // After the last file's block there is only tar's end marker, which may be missing.
    for end in 0..whole.len() - 1024 {
        assert!(scanned("a", &whole[..end]).is_err(), "cut off at {end} of {}", whole.len());
    }
    let mut damaged = whole;
    let at = damaged.windows(3).position(|part| part == b"./a").unwrap();
    damaged[at + 2] = b'b';
    assert!(refused(&damaged).contains("no tar header"));
}
