//! The uncompressed members of a layer, in order → the tar entries in each. In: bytes. Out: for each entry a [`Label`],
//! which is the same for other versions of a package; and its path and link, unchanged. Bytes that are not tar get no
//! labels.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The size of a tar's blocks.
pub(crate) const BLOCK: usize = 512;

/// An entry, or a part of one, in a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// The path without versions, hashed.
    pub(crate) path: u64,
    /// The path's folder, hashed.
    pub(crate) folder: u64,
    pub(crate) bytes: usize,
}

/// Reads headers across members.
#[derive(Default)]
pub(crate) struct Names {
    /// The remaining bytes of the current entry.
    left: u64,
    current: Option<(u64, u64)>,
    /// The path in a PAX header for the next entry.
    longer: Option<Vec<u8>>,
    broken: bool,
}

impl Names {
    /// The labels of the next member; `seen` is called with each path and each target of a link.
    pub(crate) fn labels(&mut self, plain: &[u8], seen: &mut dyn FnMut(&[u8])) -> Vec<Label> {
        let (mut labels, mut rest) = (Vec::new(), plain);
        while !rest.is_empty() && !self.broken {
            let before = rest.len();
            if self.left == 0 {
                let Some((header, behind)) = rest.split_at_checked(BLOCK) else { break };
                self.header(header, behind, seen);
                rest = behind;
            }
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
            self.left -= count as u64;
            rest = rest.get(count..).unwrap_or_default();
            if let Some((path, folder)) = self.current {
                labels.push(Label { path, folder, bytes: before - rest.len() });
            }
        }
        labels
    }

    fn header(&mut self, header: &[u8], behind: &[u8], seen: &mut dyn FnMut(&[u8])) {
        self.current = None;
        if header.iter().all(|byte| *byte == 0) {
            return;
        }
        let Some(size) = Header(header).size().filter(|_| Header(header).is_ustar()) else {
            self.broken = true;
            return;
        };
        self.left = size.next_multiple_of(BLOCK as u64);
        let kind = Header(header).kind();
        if kind == b'x' {
            let records = usize::try_from(size).ok().and_then(|size| behind.get(..size));
            self.longer = records.and_then(|records| record(records, b"path"));
            records.and_then(|records| record(records, b"linkpath")).iter().for_each(|link| seen(link));
            return;
        }
        let path = self.longer.take().unwrap_or_else(|| Header(header).path());
        seen(&path);
        if kind == b'2' {
            seen(Header(header).link());
        }
        self.current = Some((hash(&versionless(&path)), hash(&versionless(folder(&path)))));
    }
}

/// A label for data that is not tar: blobs with the same name are expected to be similar.
pub(crate) fn named(name: &str, bytes: usize) -> Label {
    Label { path: hash(name.as_bytes()), folder: 0, bytes }
}

/// The fields of a ustar header.
pub(crate) struct Header<'h>(pub(crate) &'h [u8]);

impl<'h> Header<'h> {
    fn field(&self, from: usize, length: usize) -> &'h [u8] {
        self.0.get(from..from + length).unwrap_or_default()
    }

    fn text(&self, from: usize, length: usize) -> &'h [u8] {
        let field = self.field(from, length);
        field.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    pub(crate) fn is_ustar(&self) -> bool {
        self.field(257, 8) == b"ustar\x0000"
    }

    pub(crate) fn kind(&self) -> u8 {
        self.0.get(156).copied().unwrap_or_default()
    }

    pub(crate) fn link(&self) -> &'h [u8] {
        self.text(157, 100)
    }

    /// The path, joined from prefix and name.
    pub(crate) fn path(&self) -> Vec<u8> {
        match (self.text(345, 155), self.text(0, 100)) {
            (b"", name) => name.to_vec(),
            (prefix, name) => [prefix, b"/", name].concat(),
        }
    }

    pub(crate) fn size(&self) -> Option<u64> {
        octal(self.text(124, 12))
    }

    pub(crate) fn checksum(&self) -> Option<u64> {
        octal(self.text(148, 8))
    }
}

fn octal(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?.trim();
    u64::from_str_radix(text, 8).ok()
}

/// The value of a PAX record. Source: POSIX, pax, "pax Extended Header".
fn record(mut records: &[u8], keyword: &[u8]) -> Option<Vec<u8>> {
    while let Some(blank) = records.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(records.get(..blank)?).ok()?.parse::<usize>().ok()?;
        let (record, rest) = records.split_at_checked(length)?;
        let value = record.get(blank + 1..)?.strip_prefix(keyword).and_then(|rest| rest.strip_prefix(b"="));
        if let Some(value) = value {
            return Some(value.strip_suffix(b"\n").unwrap_or(value).to_vec());
        }
        records = rest;
    }
    None
}

fn folder(path: &[u8]) -> &[u8] {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    path.iter().rposition(|byte| *byte == b'/').and_then(|at| path.get(..at)).unwrap_or_default()
}

/// A path whose components end before a version.
fn versionless(path: &[u8]) -> Vec<u8> {
    let components = path.split(|byte| *byte == b'/');
    let components = components.map(|component| unversioned(component).unwrap_or(component));
    components.collect::<Vec<_>>().join(&b'/')
}

/// The part before the version in a package's folder name, including the `@`: `@scope+name@` in `@scope+name@1.2.3`.
pub(crate) fn unversioned(component: &[u8]) -> Option<&[u8]> {
    let at = component.iter().skip(1).position(|byte| *byte == b'@')?;
    component.get(..at + 2)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
