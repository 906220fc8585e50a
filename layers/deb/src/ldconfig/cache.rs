//! The bytes of `/etc/ld.so.cache`. In: its entries. Out: the file, as glibc 2.33 and later write it on little-endian
//! architectures. Source: glibc 2.36, elf/cache.c, elf/stringtable.c and sysdeps/generic/dl-cache.h.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The first bytes: magic and version of the format.
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
/// `cache_file_new_flags_endian_little`.
const LITTLE_ENDIAN: u32 = 2;
const HEADER: usize = 48;
const ENTRY: usize = 24;
/// `cache_extension_magic`.
const EXTENSION: u32 = 0xeaa4_2174;
/// The bit that means that the lower half counts the kinds of hardware.
const OF_HARDWARE: u64 = 1 << 62;

/// One library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CacheEntry {
    /// Its needed name.
    pub soname: String,
    /// Its absolute path.
    pub path: String,
    pub flags: i32,
    pub isa_level: u32,
    pub hardware: Option<String>,
}

/// The generator text of the file, from the version of libc-bin: `2.36-9+deb12u10`. `None` before glibc 2.33, which has
/// another format.
pub(super) fn generator(version: &str) -> Option<String> {
    let upstream = version.split_once('-')?.0;
    let mut numbers = upstream.split('.').map(|part| part.parse::<u32>().ok());
    let release = (numbers.next()??, numbers.next()??);
    let vendor = if version.contains("ubuntu") { "Ubuntu" } else { "Debian" };
    (release >= (2, 33)).then(|| {
        format!("ldconfig ({vendor} GLIBC {version}) stable release version {}.{}", release.0, release.1)
    })
}

/// The file. `hardware` are all kinds with folders, used or not.
pub(super) fn bytes(mut entries: Vec<CacheEntry>, hardware: &BTreeSet<String>, generator: &str) -> Vec<u8> {
    entries.sort_by(compare);
    let used: BTreeSet<&String> = entries.iter().filter_map(|entry| entry.hardware.as_ref()).collect();
    let used: Vec<&String> = used.into_iter().collect();
    let names = entries.iter().flat_map(|entry| [&entry.soname, &entry.path]).chain(hardware);
    let (strings, offsets) = strings(names.map(String::as_str).collect());
    let base = HEADER + entries.len() * ENTRY;
    let at = |name: &str| word(base + offsets.get(name).copied().unwrap_or_default());
    let mut file = MAGIC.to_vec();
    let extension = (base + strings.len()).next_multiple_of(4);
    for number in [word(entries.len()), word(strings.len()), LITTLE_ENDIAN, word(extension), 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    for entry in &entries {
        let index = entry.hardware.as_ref().and_then(|name| used.binary_search(&name).ok());
        let kind =
            index.map_or(0, |index| OF_HARDWARE | u64::from(entry.isa_level) << 32 | u64::from(word(index)));
        file.extend(entry.flags.to_le_bytes());
        for number in [at(&entry.soname), at(&entry.path), 0] {
            file.extend(number.to_le_bytes());
        }
        file.extend(kind.to_le_bytes());
    }
    file.extend(strings);
    file.resize(extension, 0);
    let indices: Vec<u32> = used.iter().map(|name| at(name)).collect();
    extend(&mut file, &indices, generator);
    file
}

/// The extension: the generator of the file, and the kinds of hardware.
fn extend(file: &mut Vec<u8>, hardware: &[u32], generator: &str) {
    let sections = if hardware.is_empty() { 1 } else { 2 };
    let indices = file.len() + 8 + sections * 16;
    let text = indices + hardware.len() * 4;
    let mut numbers = vec![EXTENSION, word(sections), 0, 0, word(text), word(generator.len())];
    if !hardware.is_empty() {
        numbers.extend([1, 0, word(indices), word(hardware.len() * 4)]);
    }
    numbers.extend(hardware);
    numbers.iter().for_each(|number| file.extend(number.to_le_bytes()));
    file.extend(generator.bytes());
}

/// An offset, which never exceeds 32 bits for real trees.
fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// All strings, each followed by a zero, and the offset of each. A string that ends another one shares its end.
fn strings(names: BTreeSet<&str>) -> (Vec<u8>, BTreeMap<&str, usize>) {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by(|one, other| other.bytes().rev().cmp(one.bytes().rev()));
    let mut strings = Vec::new();
    let mut offsets = BTreeMap::new();
    let mut before = "";
    for name in names {
        if !before.ends_with(name) {
            strings.extend(name.bytes());
            strings.push(0);
        }
        offsets.insert(name, (strings.len() - 1).saturating_sub(name.len()));
        before = name;
    }
    (strings, offsets)
}

/// The order of entries: by name, the highest first, then by kind; those for specific hardware come before the others.
fn compare(one: &CacheEntry, other: &CacheEntry) -> Ordering {
    let by_name = compare_names(&other.soname, &one.soname).then(other.flags.cmp(&one.flags));
    by_name.then_with(|| match (&one.hardware, &other.hardware) {
        (Some(one), Some(other)) => one.cmp(other),
        (one, other) => other.is_some().cmp(&one.is_some()),
    })
}

/// The order of library names: numbers in them are compared by value. Source: elf/dl-cache.c, `_dl_cache_libcmp`.
pub(super) fn compare_names(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        match (one.first().copied(), other.first().copied()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(left), Some(right)) if left.is_ascii_digit() && right.is_ascii_digit() => {
                let (first, second) = (number(&mut one), number(&mut other));
                if first != second {
                    return first.cmp(&second);
                }
            }
            (Some(left), Some(_)) if left.is_ascii_digit() => return Ordering::Greater,
            (Some(_), Some(right)) if right.is_ascii_digit() => return Ordering::Less,
            (Some(left), Some(right)) if left != right => {
                return left.cast_signed().cmp(&right.cast_signed());
            }
            _ => {
                one = one.get(1..).unwrap_or_default();
                other = other.get(1..).unwrap_or_default();
            }
        }
    }
}

/// Consumes the digits at the beginning.
fn number(bytes: &mut &[u8]) -> u64 {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(count);
    *bytes = rest;
    digits.iter().fold(0, |value: u64, digit| value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
}
