#![allow(clippy::unwrap_used)]

use std::os::unix::net::UnixListener;

use super::*;

#[test]
fn what_is_no_regular_file_is_refused_and_does_not_wait() {
    let dir = tempfile::tempdir().unwrap();
    let (pipe, socket) = (dir.path().join("pipe"), dir.path().join("socket"));
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let _socket = UnixListener::bind(&socket).unwrap();
    let cases = [
        (pipe.as_path(), "pipe"),
        (&socket, "socket"),
        (Path::new("/dev/zero"), "device"),
        (dir.path(), "folder"),
    ];
    for (path, word) in cases {
        let error = read_named(path, InputKind::Other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(error.to_string(), format!("{} must be a file, and is a {word}", path.display()));
    }
    assert_eq!(read_text(Path::new("/dev/null"), InputKind::Other).unwrap(), "");
    let absent = read_text(&dir.path().join("absent"), InputKind::Other).unwrap_err();
    assert!(absent.kind() == ErrorKind::NotFound && absent.to_string().contains("absent"), "{absent}");
}

#[test]
fn a_large_file_is_refused_by_its_size_before_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("package.json");
    let file = File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let error = read_file(&path, InputKind::PackageJson).unwrap_err().to_string();
    assert_eq!(error, format!("{} has 1099511627776 bytes; at most 16777216 are read", path.display()));
    file.set_len(InputKind::Npmrc.limit()).unwrap();
    assert!(read_text(&path, InputKind::Npmrc).is_ok(), "the bound itself is fine");
}
