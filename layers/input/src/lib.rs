//! Files that a user or a workspace hands in. In: a path, and what kind of file it is. Out: the bytes of a regular file, up to the bound of its
//! kind. A pipe, a socket, a device or a folder in its place is refused at once: reading it may take for ever. What the bytes mean is not known here.

#![warn(missing_docs)]

use std::fs::{File, FileType};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::fs::OFlags;

/// What a file is. All bounds on whole files stand here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// pnpm-lock.yaml.
    PnpmLockfile,
    /// What this program wrote to lock a workspace's downloads.
    OwnLockfile,
    /// The settings of this program.
    Settings,
    /// package.json, of a workspace or of a package.
    PackageJson,
    /// pnpm-workspace.yaml, and other settings of pnpm.
    PnpmSettings,
    /// .npmrc.
    Npmrc,
    /// .pnpmfile.cjs.
    Pnpmfile,
    /// tsconfig.json, and what it extends.
    TsConfig,
    /// .gitignore, .dockerignore.
    IgnoreFile,
    /// Compose files, .env, turbo.json.
    Project,
    /// A patch of a package.
    Patch,
    /// Certificates, public keys, credentials of registries.
    Credentials,
    /// A Dockerfile, a list, an index of a layout.
    Other,
}

impl InputKind {
    /// The most bytes that are read: many times what is known of honest files.
    pub const fn limit(self) -> u64 {
        const MIB: u64 = 1 << 20;
        match self {
            InputKind::PnpmLockfile => 256 * MIB,
            InputKind::OwnLockfile | InputKind::Patch | InputKind::Other => 64 * MIB,
            InputKind::PackageJson
            | InputKind::PnpmSettings
            | InputKind::Pnpmfile
            | InputKind::Project
            | InputKind::Credentials => 16 * MIB,
            InputKind::Settings | InputKind::IgnoreFile => 4 * MIB,
            InputKind::Npmrc | InputKind::TsConfig => MIB,
        }
    }

    /// Fails where a file of this kind is larger than its bound.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidData`], with the name, the size and the bound.
    pub fn check(self, name: impl std::fmt::Display, size: u64) -> io::Result<()> {
        let limit = self.limit();
        match size <= limit {
            true => Ok(()),
            false => Err(invalid(format!("{name} has {size} bytes; at most {limit} are read"))),
        }
    }
}

/// Opens a regular file: no pipe waits for a writer, and no device is read.
///
/// # Errors
/// As [`File::open`], with the path. [`ErrorKind::InvalidData`] where something else lies there.
pub fn open_file(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let opened = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let found = match &opened {
        Ok(file) => file.metadata()?.file_type(),
        // A socket cannot be opened.
        Err(_) => match std::fs::metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(_) => return opened.map(|file| file.into_parts().0),
        },
    };
    match word(found) {
        None => opened.map(|file| file.into_parts().0),
        Some(word) => Err(invalid(format!("{} must be a file, and is {word}", path.display()))),
    }
}

/// What lies there in the place of a regular file.
fn word(found: FileType) -> Option<&'static str> {
    match found {
        found if found.is_file() => None,
        found if found.is_dir() => Some("a folder"),
        found if found.is_fifo() => Some("a pipe"),
        found if found.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

/// Reads a file.
///
/// # Errors
/// As [`open_file`]; where it is larger than its kind may be.
pub fn read_file(path: &Path, kind: InputKind) -> io::Result<Vec<u8>> {
    match open_file(path) {
        Ok(file) => {
            kind.check(path.display(), file.metadata()?.len())?;
            bounded(path, file, kind)
        }
        Err(_) if is_null(path) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Reads a text.
///
/// # Errors
/// As [`read_file`]; where it is no UTF-8.
pub fn read_text(path: &Path, kind: InputKind) -> io::Result<String> {
    text(path, read_file(path, kind)?)
}

/// Reads a text that the user named in a command: `/dev/stdin` and `/dev/fd/63`, which a shell has for `<(command)`, are read to their end.
///
/// # Errors
/// As [`read_text`].
pub fn read_named(path: &Path, kind: InputKind) -> io::Result<String> {
    let is_stream = ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|start| path.starts_with(start));
    let is_pipe = || std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo());
    if is_stream && is_pipe() {
        return text(path, bounded(path, File::open(path)?, kind)?);
    }
    read_text(path, kind)
}

/// What is left of an open file, which may have grown since it was looked at.
fn bounded(path: &Path, file: File, kind: InputKind) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()));
    file.take(kind.limit() + 1).read_to_end(&mut bytes).map_err(named)?;
    kind.check(path.display(), bytes.len() as u64)?;
    Ok(bytes)
}

fn text(path: &Path, bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| invalid(format!("{} is no text in UTF-8", path.display())))
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}

/// `/dev/null`, which stands for an empty file.
fn is_null(path: &Path) -> bool {
    let is = |found: std::fs::Metadata| {
        found.file_type().is_char_device() && found.rdev() == rustix::fs::makedev(1, 3)
    };
    std::fs::metadata(path).is_ok_and(is)
}

#[cfg(test)]
mod tests;
