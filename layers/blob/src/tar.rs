//! Entries → the bytes of a tar archive.
//!
//! In: a path, metadata and a content, one entry after the other. Out: POSIX ustar headers, preceded by a PAX header if
//! a value does not fit, and contents in blocks of 512 bytes; `docs/layer-format.md` defines every byte. It writes no
//! end of the archive, so runs of entries may be joined. It reads nothing back and knows no compression.
//!
//! The bytes are written here and not by a library, because they are a contract: no release of another project may
//! change them.

use std::io::{self, Read, Write};

use crate::{BlobError, LayerPath, Meta};

mod header;
mod names;
mod pax;

use header::{BLOCK, Header, HeaderKind};
pub(crate) use names::Names;

/// The buffer size for contents.
const BUFFER: usize = 64 * 1024;

/// The end of an archive: two blocks of zeros. POSIX.1-2017, pax, "ustar Interchange Format".
pub const TRAILER: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// Writes entries to `W`, and rejects those that readers could interpret in two ways.
pub struct TarWriter<W: Write> {
    inner: W,
    names: Names,
}

impl<W: Write> TarWriter<W> {
    /// Starts a run of entries.
    pub fn new(inner: W) -> Self {
        Self::with_names(inner, Names::default())
    }

    /// Starts a run of entries of an archive with other runs.
    pub(crate) fn with_names(inner: W, names: Names) -> Self {
        Self { inner, names }
    }

    /// Ends the run. No end of the archive is written: the layer adds [`TRAILER`].
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// Adds a directory.
    ///
    /// # Errors
    /// For all four kinds of entries: a path that exists already, or is below something other than a directory; a mode
    /// of more than twelve bits; an invalid extended attribute; errors of the inner writer.
    pub fn directory(&mut self, path: &LayerPath, meta: &Meta) -> Result<(), BlobError> {
        self.header(path, meta, HeaderKind::Directory, 0)
    }

    /// Adds a regular file with the `size` bytes of `content`.
    ///
    /// # Errors
    /// As [`TarWriter::directory`]; and if `content` fails, or has fewer or more bytes.
    pub fn file(
        &mut self,
        path: &LayerPath,
        meta: &Meta,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), BlobError> {
        self.header(path, meta, HeaderKind::File, size)?;
        self.content(path, size, content)?;
        self.pad(size)
    }

    /// Adds a regular file with its content in memory.
    ///
    /// # Errors
    /// As [`TarWriter::directory`].
    pub fn bytes(&mut self, path: &LayerPath, meta: &Meta, content: &[u8]) -> Result<(), BlobError> {
        let size = content.len() as u64;
        self.header(path, meta, HeaderKind::File, size)?;
        self.write(content)?;
        self.pad(size)
    }

    /// Adds a symbolic link to `target`, which may be relative or absolute and need not exist.
    ///
    /// # Errors
    /// As [`TarWriter::directory`]; and for a target that is empty, too long or contains a NUL.
    pub fn symlink(&mut self, path: &LayerPath, meta: &Meta, target: &str) -> Result<(), BlobError> {
        let refuse =
            |reason| Err(BlobError::LinkTarget { path: path.clone(), target: target.to_owned(), reason });
        match target {
            "" => refuse("it is empty"),
            _ if target.contains('\0') => refuse("it contains a NUL"),
            _ if target.len() > 4095 => refuse("it is longer than Linux allows"),
            _ => self.header(path, meta, HeaderKind::Symlink(target), 0),
        }
    }

    /// Hides `path` of lower layers: an empty file of root's with a special name. Entries at `path` in this layer and
    /// higher ones stay. Source: OCI image specification, layer.md, "Whiteouts".
    ///
    /// # Errors
    /// As [`TarWriter::directory`]; and for a name that becomes too long.
    pub fn whiteout(&mut self, path: &LayerPath) -> Result<(), BlobError> {
        self.header(&path.whiteout()?, &Meta::new(0o644, 0, 0), HeaderKind::File, 0)
    }

    /// Adds a second name for the file `target`, with that file's metadata.
    ///
    /// # Errors
    /// As [`TarWriter::directory`]; and if `target` is not an earlier regular file of the same run of entries: a reader
    /// that unpacks one layer at a time would not find it.
    pub fn hardlink(&mut self, path: &LayerPath, meta: &Meta, target: &LayerPath) -> Result<(), BlobError> {
        if !self.names.has_file(target) {
            let reason = "the target is not an earlier file in the same part of the layer";
            return Err(BlobError::LinkTarget { path: path.clone(), target: target.to_string(), reason });
        }
        self.header(path, meta, HeaderKind::Hardlink(target.as_str()), 0)
    }

    fn header(
        &mut self,
        path: &LayerPath,
        meta: &Meta,
        kind: HeaderKind<'_>,
        size: u64,
    ) -> Result<(), BlobError> {
        if meta.mode > 0o7777 {
            return Err(BlobError::Mode { path: path.clone(), mode: meta.mode });
        }
        if let Some(name) = meta.xattrs.keys().find(|name| !pax::can_hold(name)) {
            return Err(BlobError::Xattr { path: path.clone(), name: name.clone() });
        }
        self.names.add(path, kind)?;
        let (header, records) = Header::of(path, meta, kind, size);
        if !records.is_empty() {
            let body = pax::encode(&records);
            self.write(&Header::of_pax(body.len() as u64).into_bytes())?;
            self.write(&body)?;
            self.pad(body.len() as u64)?;
        }
        self.write(&header.into_bytes())
    }

    fn content(&mut self, path: &LayerPath, size: u64, content: &mut dyn Read) -> Result<(), BlobError> {
        let mut buffer = vec![0; BUFFER.min(usize::try_from(size).unwrap_or(BUFFER)).max(1)];
        let mut found = 0;
        loop {
            let read = match content.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result.map_err(|source| BlobError::Read { path: path.clone(), source })?,
            };
            found += read as u64;
            let wrong = |found| BlobError::Size { path: path.clone(), expected: size, found };
            if found > size {
                return Err(wrong(None));
            }
            match buffer.get(..read) {
                None | Some([]) if found < size => return Err(wrong(Some(found))),
                None | Some([]) => return Ok(()),
                Some(bytes) => self.write(bytes)?,
            }
        }
    }

    fn pad(&mut self, size: u64) -> Result<(), BlobError> {
        let over = (size % BLOCK as u64) as usize;
        match over {
            0 => Ok(()),
            _ => self.write(TRAILER.get(over..BLOCK).unwrap_or_default()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.inner.write_all(bytes).map_err(|source| BlobError::Write { source })
    }
}

#[cfg(test)]
mod tests;
