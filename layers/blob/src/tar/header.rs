//! One ustar header: 512 bytes with every field in its place.
//!
//! Source of the layout: POSIX.1-2017, pax, "ustar Interchange Format". Values that do not fit, or are not ASCII,
//! become records of a preceding PAX header, and the field contains an ASCII replacement.

use std::ops::Range;

use super::pax::{Records, record_xattrs};
use crate::{LayerPath, Meta};

/// The length of a header; everything in an archive is padded to a multiple of this many bytes.
pub(super) const BLOCK: usize = 512;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const UID: Range<usize> = 108..116;
const GID: Range<usize> = 116..124;
const SIZE: Range<usize> = 124..136;
const MTIME: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const TYPE: Range<usize> = 156..157;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;
const DEVICE_MAJOR: Range<usize> = 329..337;
const DEVICE_MINOR: Range<usize> = 337..345;
const PREFIX: Range<usize> = 345..500;

/// The name of a PAX header's own entry, for readers without PAX support; always the same, so that it reveals nothing.
const PAX_NAME: &str = "././@PaxHeader";

/// The kind of an entry, with the target of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderKind<'a> {
    Directory,
    File,
    Symlink(&'a str),
    Hardlink(&'a str),
}

impl<'a> HeaderKind<'a> {
    const fn flag(self) -> u8 {
        match self {
            Self::File => b'0',
            Self::Hardlink(_) => b'1',
            Self::Symlink(_) => b'2',
            Self::Directory => b'5',
        }
    }

    const fn link(self) -> &'a str {
        match self {
            Self::Directory | Self::File => "",
            Self::Symlink(target) | Self::Hardlink(target) => target,
        }
    }
}

pub(super) struct Header([u8; BLOCK]);

impl Header {
    /// The header of an entry, and the records that must precede it.
    pub(super) fn of(path: &LayerPath, meta: &Meta, kind: HeaderKind<'_>, size: u64) -> (Self, Records) {
        let mut header = Self::new(kind.flag());
        let mut records = Records::new();
        let mode = if matches!(kind, HeaderKind::Symlink(_)) { 0o777 } else { meta.mode };
        header.octal(MODE, mode.into());
        header.path(path, kind, &mut records);
        header.text_or_record(LINK, kind.link(), "linkpath", &mut records);
        header.number_or_record(UID, meta.uid.into(), "uid", &mut records);
        header.number_or_record(GID, meta.gid.into(), "gid", &mut records);
        header.number_or_record(SIZE, size.into(), "size", &mut records);
        header.number_or_record(MTIME, meta.mtime.into(), "mtime", &mut records);
        record_xattrs(&meta.xattrs, &mut records);
        (header, records)
    }

    /// The header of `length` bytes of PAX records for the next entry.
    pub(super) fn of_pax(length: u64) -> Self {
        let mut header = Self::new(b'x');
        header.text(NAME, PAX_NAME);
        header.octal(MODE, 0o644);
        for zero in [UID, GID, MTIME] {
            header.octal(zero, 0);
        }
        header.octal(SIZE, length);
        header
    }

    fn new(flag: u8) -> Self {
        let mut header = Self([0; BLOCK]);
        header.put(TYPE, &[flag]);
        header.put(MAGIC, b"ustar\x0000");
        header.octal(DEVICE_MAJOR, 0);
        header.octal(DEVICE_MINOR, 0);
        header
    }

    /// The bytes, with their checksum: the sum of all bytes, with the checksum's own field as spaces.
    pub(super) fn into_bytes(mut self) -> [u8; BLOCK] {
        self.put(CHECKSUM, b"        ");
        let sum: u32 = self.0.iter().map(|&byte| u32::from(byte)).sum();
        self.put(CHECKSUM, format!("{sum:06o}\0 ").as_bytes());
        self.0
    }

    /// A directory's name ends with a slash. A name of more than 100 bytes is cut at the last slash that leaves a
    /// prefix of at most 155 bytes.
    fn path(&mut self, path: &LayerPath, kind: HeaderKind<'_>, records: &mut Records) {
        let slash = if kind == HeaderKind::Directory { "/" } else { "" };
        let path = format!("{path}{slash}");
        match split(&path) {
            Some((prefix, name)) if path.is_ascii() => {
                self.text(PREFIX, prefix);
                self.text(NAME, name);
            }
            _ => self.text_or_record(NAME, &path, "path", records),
        }
    }

    fn text_or_record(&mut self, field: Range<usize>, value: &str, name: &str, records: &mut Records) {
        if value.len() <= field.len() && value.is_ascii() {
            return self.text(field, value);
        }
        records.insert(name.to_owned(), value.as_bytes().to_vec());
        let makeshift: String = value.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
        self.text(field.clone(), makeshift.get(..field.len()).unwrap_or(&makeshift));
    }

    fn number_or_record(&mut self, field: Range<usize>, value: i128, name: &str, records: &mut Records) {
        // one octal digit, three bits, for every byte except the final NUL
        let limit = 1_i128 << (3 * (field.len() - 1));
        match u64::try_from(value) {
            Ok(number) if value < limit => self.octal(field, number),
            _ => {
                records.insert(name.to_owned(), value.to_string().into_bytes());
                self.octal(field, 0);
            }
        }
    }

    fn octal(&mut self, field: Range<usize>, value: u64) {
        let digits = field.len() - 1;
        self.put(field, format!("{value:0digits$o}\0").as_bytes());
    }

    fn text(&mut self, field: Range<usize>, value: &str) {
        self.put(field, value.as_bytes());
    }

    /// Writes `bytes` at the beginning of a field; never past its end.
    fn put(&mut self, field: Range<usize>, bytes: &[u8]) {
        for (place, byte) in self.0.iter_mut().skip(field.start).take(field.len()).zip(bytes) {
            *place = *byte;
        }
    }
}

/// The prefix and the name of a path, if it fits the two fields.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME.len() {
        return Some(("", path));
    }
    let within = path.as_bytes().get(..path.len().min(PREFIX.len() + 1))?;
    // a directory's own final slash does not count: the name would be empty
    let slash = within.iter().enumerate().rposition(|(at, &byte)| byte == b'/' && at + 1 < path.len())?;
    let (prefix, name) = (path.get(..slash)?, path.get(slash + 1..)?);
    (!prefix.is_empty() && name.len() <= NAME.len()).then_some((prefix, name))
}
