//! Untrusted tar, read within limits. In: any byte stream that claims to be tar (layers, root file systems, image
//! archives). Out: the headers in order, and each file's bytes if the caller wants them. Unlike the iterator of the
//! crate `tar`, it never reads long names and PAX headers into memory beyond a fixed size. It interprets each field as
//! Go's `archive/tar`, because container engines read layers with it
//! (<https://github.com/golang/go/blob/master/src/archive/tar/reader.go>). It does not know the meaning of entries.

use std::collections::BTreeMap;
use std::io::{self, Read};

use fourply_blob::Cause;
use tar::{EntryType, Header};

use crate::error::{Result, RootfsError};

mod extensions;
mod name;
mod what;

use extensions::Extensions;
pub use name::normalise;
pub use what::What;

const BLOCK: u64 = 512;
/// The longest long name, link target or PAX header: far beyond any path that Linux accepts.
const MAX_EXTENSION: u64 = 1 << 20;
/// The most entries in one tarball; real layers stay below a million.
const MAX_ENTRIES: u64 = 4_000_000;

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TarKind {
    /// Any kind of file with content.
    File,
    /// By its type, or by a name with a trailing slash.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of an earlier file.
    Hardlink,
    /// Devices, fifos, and unknown kinds.
    Other,
}

/// One header, with the values of its extension headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TarEntry {
    /// Not normalised.
    pub path: String,
    /// From the type field.
    pub kind: TarKind,
    /// The twelve permission bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Whole seconds since 1970.
    pub mtime: i64,
    /// The bytes of content that follow.
    pub size: u64,
    /// A link's target; empty for others.
    pub target: String,
    /// Extended attributes, by name.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// The owner's name; empty if missing.
    pub user: String,
    /// The group's name; empty if missing.
    pub group: String,
    /// apk's checksum of the content, in hexadecimal.
    pub sha1: Option<String>,
}

/// A stream with parts that can be skipped.
pub trait Skip: Read {
    /// Skips exactly `count` bytes.
    fn skip(&mut self, count: u64) -> io::Result<()>;
}

/// Skips by reading, for streams whose every byte is hashed.
pub struct Sequential<R>(pub R);

impl<R: Read> Read for Sequential<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Sequential<R> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        match io::copy(&mut (&mut self.0).take(count), &mut io::sink())? {
            passed if passed == count => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Skips by seeking; a truncated file is noticed at the next header.
impl<R: Read + io::Seek> Skip for io::BufReader<R> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let count = i64::try_from(count).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        self.seek_relative(count)
    }
}

/// Reads headers one after the other.
pub struct TarReader<R> {
    reader: R,
    /// The stream's name in messages.
    name: String,
    /// The current offset in bytes.
    position: u64,
    /// The remaining bytes of the current file's content and padding.
    body: u64,
    padding: u64,
    entries: u64,
}

impl<R: Skip> TarReader<R> {
    /// A reader at the start of a stream; `name` is for messages.
    pub fn new(reader: R, name: &str) -> Self {
        Self { reader, name: name.to_owned(), position: 0, body: 0, padding: 0, entries: 0 }
    }

    /// The next entry, or `None` at the end of the archive.
    ///
    /// # Errors
    /// [`RootfsError::Layer`]: the stream is truncated, is not tar, or exceeds the limits on entries.
    #[expect(
        clippy::should_implement_trait,
        reason = "the entry borrows nothing, but its body borrows the reader"
    )]
    pub fn next(&mut self) -> Result<Option<TarEntry>> {
        let mut extensions = Extensions::default();
        loop {
            if !self.skip_body()? {
                return Ok(None);
            }
            let Some(header) = self.header()? else { return Ok(None) };
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(self.fault("", format!("more than {MAX_ENTRIES} entries")));
            }
            let Some(size) = numeric(&header.as_old().size).and_then(|size| u64::try_from(size).ok()) else {
                return Err(self.fault(&lossy(&header.path_bytes()), "its size is not a number"));
            };
            self.announce(size);
            let kind = header.entry_type();
            if kind.is_pax_global_extensions() {
                continue;
            }
            if kind.is_gnu_longname() || kind.is_gnu_longlink() || kind.is_pax_local_extensions() {
                let bytes = self.extension(size)?;
                extensions.add(kind, &bytes).map_err(|reason| self.fault("", reason))?;
                continue;
            }
            self.sparse_blocks(&header)?;
            return self.entry(&header, extensions).map(Some);
        }
    }

    /// The rest of the current entry's content.
    pub fn body(&mut self) -> Body<'_, R> {
        Body(self)
    }

    /// At most `max` bytes of the current entry's content, from its start.
    ///
    /// # Errors
    /// [`RootfsError::Layer`] if the stream is truncated.
    pub fn head(&mut self, max: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let body = self.body();
        body.take(max).read_to_end(&mut bytes).map_err(|error| self.fault("", error))?;
        Ok(bytes)
    }

    /// The offset of the current entry's content, if none of it has been read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Returns the stream, positioned after the end-of-archive marker.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// An error about an entry of this stream.
    pub fn fault(&self, path: &str, reason: impl Into<Cause>) -> RootfsError {
        RootfsError::layer(&self.name, path, reason)
    }

    fn announce(&mut self, size: u64) {
        self.body = size;
        self.padding = size.wrapping_neg() % BLOCK;
    }

    /// Skips the rest of a file; false if the stream ends in its padding. Go's reader accepts that (`archive/tar`,
    /// `Reader.next`), and umoci writes such layers.
    fn skip_body(&mut self) -> Result<bool> {
        let (body, padding) = (std::mem::take(&mut self.body), std::mem::take(&mut self.padding));
        for (count, may_lack) in [(body, false), (padding, true)] {
            if count == 0 {
                continue;
            }
            match self.reader.skip(count) {
                Ok(()) => self.position = self.position.saturating_add(count),
                Err(error) if may_lack && error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(self.fault("", error)),
            }
        }
        Ok(true)
    }

    /// The next header block; `None` at the end, which is two blocks of zeros, one of them, or the end of the stream.
    fn header(&mut self) -> Result<Option<Header>> {
        let mut header = Header::new_old();
        if !self.block(header.as_mut_bytes())? {
            return Ok(None);
        }
        if header.as_bytes().iter().all(|byte| *byte == 0) {
            let mut second = [0; BLOCK as usize];
            return match self.block(&mut second)? && second.iter().any(|byte| *byte != 0) {
                true => Err(self.fault("", "a block of zeros in the middle")),
                false => Ok(None),
            };
        }
        match checksum_fits(&header) {
            true => Ok(Some(header)),
            false => Err(self.fault("", format!("no tar header at byte {}", self.position - BLOCK))),
        }
    }

    /// Fills one block; false if the stream ended exactly before it.
    fn block(&mut self, block: &mut [u8; BLOCK as usize]) -> Result<bool> {
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(self.fault("", "it ends in the middle of a block")),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault("", error)),
            }
        }
        self.position += BLOCK;
        Ok(true)
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>> {
        if size > MAX_EXTENSION {
            return Err(self.fault("", format!("an extension header of {size} bytes")));
        }
        let bytes = self.head(size)?;
        match bytes.len() as u64 == size {
            true => Ok(bytes),
            false => Err(self.fault("", "it ends in the middle of an extension header")),
        }
    }

    /// GNU's sparse files may have further blocks of their map between header and content.
    fn sparse_blocks(&mut self, header: &Header) -> Result<()> {
        let mut more = header.entry_type() == EntryType::GNUSparse
            && header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        while more {
            let mut block = tar::GnuExtSparseHeader::new();
            if !self.block(block.as_mut_bytes())? {
                return Err(self.fault("", "it ends in the middle of a sparse file's map"));
            }
            more = block.is_extended();
        }
        Ok(())
    }

    fn entry(&mut self, header: &Header, extensions: Extensions) -> Result<TarEntry> {
        let kind = kind_of(header.entry_type());
        let stated = extensions.size.unwrap_or(self.body);
        // As in Go: links, directories and devices have no content, whatever their size field.
        let size = if has_content(header.entry_type()) { stated } else { 0 };
        self.announce(size);
        let path = extensions.path.unwrap_or_else(|| lossy(&header.path_bytes()));
        let target =
            extensions.target.unwrap_or_else(|| lossy(&header.link_name_bytes().unwrap_or_default()));
        let owner = |stated: Option<u64>, field: &[u8]| match stated {
            Some(number) => u32::try_from(number).ok(),
            None => numeric(field).and_then(|number| u32::try_from(number).ok()),
        };
        let old = header.as_old();
        let (Some(uid), Some(gid)) = (owner(extensions.uid, &old.uid), owner(extensions.gid, &old.gid))
        else {
            return Err(self.fault(&path, "its owner is not a 32-bit number"));
        };
        let kind = match kind {
            // An old form of a directory: a file whose name ends with a slash.
            TarKind::File if path.ends_with('/') => TarKind::Directory,
            other => other,
        };
        let mtime = extensions.mtime.or_else(|| numeric(&old.mtime)).unwrap_or(0);
        let mode = numeric(&old.mode).unwrap_or(0) & 0o7777;
        Ok(TarEntry {
            kind,
            mode: u32::try_from(mode).unwrap_or(0),
            uid,
            gid,
            mtime,
            size,
            target: if matches!(kind, TarKind::Symlink | TarKind::Hardlink) { target } else { String::new() },
            xattrs: extensions.xattrs,
            user: account(extensions.user, header.username_bytes()),
            group: account(extensions.group, header.groupname_bytes()),
            sha1: extensions.sha1,
            path,
        })
    }
}

/// The content of the current entry.
pub struct Body<'r, R>(&'r mut TarReader<R>);

impl<R: Skip> Read for Body<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let TarReader { reader, body, position, .. } = &mut *self.0;
        let wanted = usize::try_from(*body).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        let count = reader.read(buffer)?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of a file"));
        }
        *body = body.saturating_sub(count as u64);
        *position = position.saturating_add(count as u64);
        Ok(count)
    }
}

fn kind_of(kind: EntryType) -> TarKind {
    match kind {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => TarKind::File,
        EntryType::Directory => TarKind::Directory,
        EntryType::Symlink => TarKind::Symlink,
        EntryType::Link => TarKind::Hardlink,
        _ => TarKind::Other,
    }
}

fn has_content(kind: EntryType) -> bool {
    use EntryType::{Block, Char, Directory, Fifo, Link, Symlink};
    !matches!(kind, Link | Symlink | Char | Block | Directory | Fifo)
}

/// The sum of all bytes with the checksum's own eight as blanks; some old programs summed signed bytes.
fn checksum_fits(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let counted =
        || bytes.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    let unsigned: i64 = counted().map(i64::from).sum();
    let signed: i64 = counted().map(|byte| i64::from(byte.cast_signed())).sum();
    header.cksum().is_ok_and(|sum| i64::from(sum) == unsigned || i64::from(sum) == signed)
}

/// A number field: octal digits among blanks and NULs (an empty field is 0), or GNU's signed binary, marked by its
/// first bit.
fn numeric(field: &[u8]) -> Option<i64> {
    let Some(first) = field.first().filter(|first| **first & 0x80 != 0) else {
        let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
        let digits = text.split('\0').next().unwrap_or_default().trim_end();
        return if digits.is_empty() { Some(0) } else { i64::from_str_radix(digits, 8).ok() };
    };
    let start = if first & 0x40 == 0 { i64::from(first & 0x3f) } else { i64::from(first | 0x80) - 256 };
    field
        .iter()
        .skip(1)
        .try_fold(start, |number, byte| number.checked_mul(256)?.checked_add(i64::from(*byte)))
}

fn account(stated: Option<String>, field: Option<&[u8]>) -> String {
    stated.unwrap_or_else(|| lossy(field.unwrap_or_default()))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
