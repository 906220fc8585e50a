//! Texts of the workspace. In: a path. Out: the content of a regular file. Pipes, sockets and devices are rejected,
//! because reading them may never end.

use std::io;
use std::path::Path;

/// Reads a text.
///
/// # Errors
/// No file, something other than a regular file, or invalid UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let found = fs_err::metadata(path)?;
    if !found.is_file() && !found.is_dir() {
        let text = format!("{} is not a regular file", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    fs_err::read_to_string(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::read_text;

    #[test]
    fn a_socket_is_refused_and_does_not_wait() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("package.json");
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let error = read_text(&path).unwrap_err().to_string();
        assert!(error.ends_with("package.json is not a regular file"), "{error}");
    }
}
