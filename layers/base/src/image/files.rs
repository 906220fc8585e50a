//! The files of a layout or archive by name. In: a folder, or a tar that may be gzipped. Out: the bytes of requested
//! files. Nothing is unpacked, and no name of the archive is ever used as a path on this host.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use fourply_blob::Cause;
use fourply_rootfs::stream::{Form, plain};
use fourply_rootfs::tarball::{Sequential, Skip, TarKind, TarReader, normalise};

use crate::error::{BaseError, Result};

/// Named files.
pub(super) trait ImageFiles: Send + Sync {
    /// Their name in messages.
    fn place(&self) -> String;
    /// Whether the file exists.
    fn has(&self, name: &str) -> bool;
    fn open(&self, name: &str) -> Result<Box<dyn Read + Send + '_>>;

    /// The whole content of a small file.
    fn small(&self, name: &str, max: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(name)?
            .take(max + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| fault(&self.place(), name, error))?;
        match bytes.len() as u64 > max {
            true => Err(fault(&self.place(), name, format!("it is larger than {max} bytes"))),
            false => Ok(bytes),
        }
    }

    /// Copies a file, at most `max` bytes and one more.
    fn copy(&self, name: &str, max: u64, out: &mut dyn Write) -> Result<()> {
        let mut file = self.open(name)?.take(max.saturating_add(1));
        io::copy(&mut file, out).map_err(|error| fault(&self.place(), name, error))?;
        Ok(())
    }
}

fn fault(place: &str, name: &str, reason: impl Into<Cause>) -> BaseError {
    BaseError::malformed(place, name, reason)
}

pub(super) struct Folder(pub PathBuf);

impl ImageFiles for Folder {
    fn place(&self) -> String {
        self.0.display().to_string()
    }

    fn has(&self, name: &str) -> bool {
        self.0.join(name).is_file()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(regular(&self.0.join(name))?))
    }
}

/// A tar with an index of its members. An uncompressed tar is read by seeking. In a gzipped one, the preceding bytes
/// are decompressed to reach a file.
pub(super) struct Archive {
    path: PathBuf,
    form: Form,
    members: BTreeMap<String, Member>,
}

#[derive(Debug, Clone)]
enum Member {
    /// Position and size in the uncompressed tar, in bytes.
    File { position: u64, size: u64 },
    /// A link to another member, by its full name.
    Link(String),
}

impl Archive {
    /// Reads the archive's headers.
    ///
    /// # Errors
    /// If the file is not a tar, or a name occurs twice.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = BufReader::new(regular(path)?);
        let mut head = Vec::new();
        file.by_ref().take(6).read_to_end(&mut head)?;
        file.rewind()?;
        let form = Form::of(&head);
        let name = path.display().to_string();
        let members = match form {
            Form::Plain => members(TarReader::new(file, &name), &name)?,
            _ => members(TarReader::new(Sequential(plain(file)?.1), &name), &name)?,
        };
        Ok(Self { path: path.to_owned(), form, members })
    }

    fn find(&self, name: &str) -> Option<(u64, u64)> {
        let mut name = name;
        for _ in 0..8 {
            match self.members.get(name)? {
                Member::File { position, size } => return Some((*position, *size)),
                Member::Link(target) => name = target,
            }
        }
        None
    }
}

fn members<R: Skip>(mut tar: TarReader<R>, place: &str) -> Result<BTreeMap<String, Member>> {
    let mut members = BTreeMap::new();
    while let Some(entry) = tar.next()? {
        let Some(name) = normalise(&entry.path).map_err(|reason| tar.fault(&entry.path, reason))? else {
            continue;
        };
        let member = match entry.kind {
            TarKind::File => Member::File { position: tar.position(), size: entry.size },
            TarKind::Symlink => match beside(&name, &entry.target) {
                Some(target) => Member::Link(target),
                None => continue,
            },
            TarKind::Hardlink => match normalise(&entry.target) {
                Ok(Some(target)) => Member::Link(target),
                _ => continue,
            },
            TarKind::Directory | TarKind::Other => continue,
        };
        if members.insert(name.clone(), member).is_some() {
            return Err(fault(place, &name, "it is in the archive twice"));
        }
    }
    Ok(members)
}

/// The member that a symbolic link leads to; `None` if it leads out of the archive.
fn beside(name: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!target.starts_with('/')).then(|| parts.join("/"))
}

impl ImageFiles for Archive {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read + Send + '_>> {
        let Some((position, size)) = self.find(name) else {
            return Err(fault(&self.place(), name, "it is not in the archive"));
        };
        let mut file = BufReader::new(regular(&self.path)?);
        if self.form == Form::Plain {
            file.seek(io::SeekFrom::Start(position))?;
            return Ok(Box::new(file.take(size)));
        }
        let mut stream = Sequential(plain(file)?.1);
        stream.skip(position).map_err(|error| fault(&self.place(), name, error))?;
        Ok(Box::new(stream.take(size)))
    }
}

/// Opens a regular file. It never waits for the writer of a pipe.
fn regular(path: &Path) -> std::io::Result<fs_err::File> {
    Ok(fs_err::File::from_parts(fourply_store::open_file(path)?, path))
}
