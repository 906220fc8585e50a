//! A source's member → its form with the new names of folders. The tar headers of unchanged files are then the same,
//! byte for byte. In: uncompressed bytes, names. Out: the same number of bytes. This is a part of the format: both
//! sides must compute the same bytes, as specified in docs/delta-format.md.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::{BLOCK, Header};

/// The names that are replaced in headers, with the new ones.
pub(crate) type Renames = BTreeMap<Vec<u8>, Vec<u8>>;

/// Replaces the names in all headers, and records the old ones that were found.
pub(crate) fn predict(plain: &mut [u8], renames: &Renames, used: &mut BTreeSet<Vec<u8>>) {
    if renames.is_empty() {
        return;
    }
    let mut blocks = plain.chunks_exact_mut(BLOCK);
    let mut longer = Longer::default();
    while let Some(block) = blocks.next() {
        if !is_header(block) {
            continue;
        }
        let size = Header(block).size().and_then(|size| usize::try_from(size).ok());
        if Header(block).kind() == b'x' && size.is_some_and(|size| size <= BLOCK) {
            let Some(records) = blocks.next() else { break };
            longer = records_of(block, records, size.unwrap_or_default(), renames, used);
        } else {
            rename(block, &std::mem::take(&mut longer), renames, used);
        }
    }
}

fn is_header(block: &[u8]) -> bool {
    Header(block).is_ustar() && Header(block).checksum() == Some(sum(block))
}

/// The checksum of a header: its own field counts as spaces. Source: POSIX, pax, "ustar Interchange Format".
fn sum(block: &[u8]) -> u64 {
    let field = 148..156;
    block.iter().enumerate().map(|(at, byte)| if field.contains(&at) { 32 } else { u64::from(*byte) }).sum()
}

/// New texts of a PAX header. The following header has as much of each as fits.
#[derive(Default)]
struct Longer {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
}

fn rename(block: &mut [u8], longer: &Longer, renames: &Renames, used: &mut BTreeSet<Vec<u8>>) {
    let path = renamed(&Header(block).path(), renames, used);
    let link = renamed(Header(block).link(), renames, used);
    let split = match &longer.path {
        Some(path) => Some((&b""[..], path.as_slice())),
        None => path.as_deref().and_then(split),
    };
    if let Some((prefix, name)) = split {
        put(block, 0, 100, name);
        put(block, 345, 155, prefix);
    }
    let link = longer.link.clone().or(link.filter(|link| link.len() <= 100));
    if let Some(link) = &link {
        put(block, 157, 100, link);
    }
    if split.is_some() || link.is_some() {
        seal(block);
    }
}

/// A PAX header and the block with its records. A header that would need a second block stays unchanged.
fn records_of(
    header: &mut [u8],
    block: &mut [u8],
    size: usize,
    renames: &Renames,
    used: &mut BTreeSet<Vec<u8>>,
) -> Longer {
    let (mut longer, mut records) = (Longer::default(), Vec::new());
    let mut rest = block.get(..size).unwrap_or_default();
    while !rest.is_empty() {
        let parsed = record(rest).and_then(|(record, behind)| Some((split_once(record, b'=')?, behind)));
        let Some(((keyword, value), behind)) = parsed else { return Longer::default() };
        let new = renamed(value, renames, used);
        put_record(&mut records, keyword, new.as_deref().unwrap_or(value));
        match keyword {
            b"path" => longer.path = new,
            b"linkpath" => longer.link = new,
            _ => {}
        }
        rest = behind;
    }
    if records.len() > BLOCK {
        return Longer::default();
    }
    put(block, 0, BLOCK, &records);
    put(header, 124, 12, format!("{:011o}", records.len()).as_bytes());
    seal(header);
    longer
}

/// The first record without its length and its newline, and the rest.
fn record(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, _) = split_once(records, b' ')?;
    let number = std::str::from_utf8(length).ok()?.parse::<usize>().ok()?;
    let (record, rest) = records.split_at_checked(number)?;
    Some((record.get(length.len() + 1..)?.strip_suffix(b"\n")?, rest))
}

fn put_record(to: &mut Vec<u8>, keyword: &[u8], value: &[u8]) {
    let bare = keyword.len() + value.len() + 3;
    let digits = |number: usize| number.to_string().len();
    let length = (1..=20).map(|count| bare + count).find(|length| digits(*length) + bare == *length);
    to.extend_from_slice(length.unwrap_or(bare).to_string().as_bytes());
    [b" ", keyword, b"=", value, b"\n"].into_iter().for_each(|part| to.extend_from_slice(part));
}

fn split_once(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let position = bytes.iter().position(|byte| *byte == at)?;
    Some((bytes.get(..position)?, bytes.get(position + 1..)?))
}

/// The path with new names; `None` if it has none of the old ones.
fn renamed(path: &[u8], renames: &Renames, used: &mut BTreeSet<Vec<u8>>) -> Option<Vec<u8>> {
    let mut found = false;
    let components: Vec<&[u8]> = path
        .split(|byte| *byte == b'/')
        .map(|component| match renames.get_key_value(component) {
            Some((old, new)) => {
                found = true;
                if !used.contains(old) {
                    used.insert(old.clone());
                }
                new.as_slice()
            }
            None => component,
        })
        .collect();
    found.then(|| components.join(&b'/'))
}

/// Prefix and name, split as specified in docs/layer-format.md under "Long paths".
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.len() <= 100 {
        return Some((b"", path));
    }
    let bare = path.strip_suffix(b"/").unwrap_or(path);
    let head = bare.get(..bare.len().min(156))?;
    let at = head.iter().rposition(|byte| *byte == b'/')?;
    let (prefix, name) = (path.get(..at)?, path.get(at + 1..)?);
    (name.len() <= 100).then_some((prefix, name))
}

/// Fills a field with the bytes, then NULs.
fn put(block: &mut [u8], from: usize, length: usize, bytes: &[u8]) {
    let bytes = bytes.iter().copied().chain(std::iter::repeat(0));
    let field = block.get_mut(from..from + length).unwrap_or_default();
    field.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
}

fn seal(block: &mut [u8]) {
    let sum = sum(block);
    put(block, 148, 8, format!("{sum:06o}\0 ").as_bytes());
}
