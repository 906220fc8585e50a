//! Small files of the user's and the workspace's: settings, certificates, lists. In: a path. Out: what a regular file there holds, up to a bound. A pipe,
//! a socket or a device in its place is refused: reading it may take for ever.

use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use crate::damages::open_file;

/// The most bytes of such a file.
const MOST: u64 = 64 << 20;

/// Reads a file.
///
/// # Errors
/// Where nothing is there, something that is no regular file, or a very large one.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = match open_file(path) {
        Ok(file) => file,
        Err(_) if is_null(path) => return Ok(Vec::new()),
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            let text = format!("{} is no regular file", path.display());
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        // The same error, with the path.
        Err(_) => return fs_err::read(path),
    };
    bounded(path, file)
}

/// Reads a text.
///
/// # Errors
/// As [`read_file`]; where it is no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    text(path, read_file(path)?)
}

/// Reads a text that the user named in a command: `/dev/stdin` and `/dev/fd/63`, which a shell has for `<(command)`, are read to their end.
///
/// # Errors
/// As [`read_text`].
pub fn read_named(path: &Path) -> io::Result<String> {
    let is_stream = ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|start| path.starts_with(start));
    let is_pipe = || std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo());
    if is_stream && is_pipe() {
        return text(path, bounded(path, std::fs::File::open(path)?)?);
    }
    read_text(path)
}

fn bounded(path: &Path, file: std::fs::File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        let text = format!("{} has more than {MOST} bytes", path.display());
        return Err(io::Error::new(ErrorKind::InvalidData, text));
    }
    Ok(bytes)
}

fn text(path: &Path, bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| {
        io::Error::new(ErrorKind::InvalidData, format!("{} is no text in UTF-8", path.display()))
    })
}

/// `/dev/null`, which stands for an empty file.
fn is_null(path: &Path) -> bool {
    let is = |found: std::fs::Metadata| {
        found.file_type().is_char_device() && found.rdev() == rustix::fs::makedev(1, 3)
    };
    std::fs::metadata(path).is_ok_and(is)
}

#[cfg(test)]
mod tests {
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
        for path in [&pipe, &socket, Path::new("/dev/zero"), dir.path()] {
            let error = read_named(path).unwrap_err().to_string();
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
        assert_eq!(read_text(Path::new("/dev/null")).unwrap(), "");
        let absent = read_text(&dir.path().join("absent")).unwrap_err();
        assert!(absent.kind() == ErrorKind::NotFound && absent.to_string().contains("absent"), "{absent}");
    }
}
