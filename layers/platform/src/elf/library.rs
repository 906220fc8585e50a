//! The properties of a shared library that `ldconfig` uses. In: the bytes of a whole ELF file. Out: a [`Library`] or
//! `None`. Source: glibc, elf/readelflib.c.

use goblin::elf::Elf;
use goblin::elf::header::ET_DYN;
use goblin::elf::program_header::{PT_DYNAMIC, PT_GNU_PROPERTY, ProgramHeader};
use serde::{Deserialize, Serialize};

/// More bytes than any file name has.
pub(super) const LONGEST_NAME: usize = 255;

/// A shared library, as `ldconfig` sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// `e_machine` from the header.
    #[serde(rename = "m")]
    pub machine: u16,
    /// Whether it is a 64-bit library.
    #[serde(rename = "w")]
    pub wide: bool,
    /// The name by which others need it (`DT_SONAME`).
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub soname: Option<String>,
    /// Whether it needs glibc 2's C or math library, by name.
    #[serde(rename = "g")]
    pub needs_glibc: bool,
    /// The level of x86-64 that it needs: 2 for `x86-64-v3`; 0 if not given.
    #[serde(rename = "l", default)]
    pub isa_level: u32,
}

/// `NT_GNU_PROPERTY_TYPE_0`.
const PROPERTIES: u32 = 5;
/// `GNU_PROPERTY_X86_ISA_1_NEEDED`: a bit for each level.
const ISA_NEEDED: u32 = 0xc000_8002;

/// Reads a whole ELF file; `None` if it is damaged, or not a shared object with a dynamic section.
pub fn library(bytes: &[u8]) -> Option<Library> {
    let elf = Elf::parse(bytes).ok().filter(|elf| elf.header.e_type == ET_DYN)?;
    elf.dynamic.as_ref()?;
    elf.program_headers.iter().find(|header| header.p_type == PT_DYNAMIC && header.p_filesz > 0)?;
    let glibc = |name: &&str| matches!(*name, "libc.so.6" | "libm.so.6");
    let loader = |path: &str| path == "/lib/ld-linux.so.2" || path == "/lib64/ld-linux-x86-64.so.2";
    let soname = elf.soname.map(str::to_owned);
    if soname.as_ref().is_some_and(|name| name.len() > LONGEST_NAME) {
        return None;
    }
    let properties = elf.program_headers.iter().filter(|header| header.p_type == PT_GNU_PROPERTY);
    Some(Library {
        machine: elf.header.e_machine,
        wide: elf.is_64,
        soname,
        needs_glibc: elf.libraries.iter().any(glibc) || elf.interpreter.is_some_and(loader),
        isa_level: properties
            .filter_map(|header| isa_level(bytes, header, elf.is_64))
            .next_back()
            .unwrap_or(0),
    })
}

/// The highest bit of the levels in the first property note.
fn isa_level(bytes: &[u8], header: &ProgramHeader, wide: bool) -> Option<u32> {
    let align = if wide { 8 } else { 4 };
    if header.p_align != align as u64 {
        return None;
    }
    let start = usize::try_from(header.p_offset).ok()?;
    let notes = bytes.get(start..)?.get(..usize::try_from(header.p_filesz).ok()?)?;
    let (name, size) = (word(notes, 0)?, usize::try_from(word(notes, 4)?).ok()?);
    if name != 4 || word(notes, 8)? != PROPERTIES || notes.get(12..16)? != b"GNU\0" {
        return None;
    }
    let mut properties = notes.get(16..)?.get(..size)?;
    loop {
        let (kind, length) = (word(properties, 0)?, usize::try_from(word(properties, 4)?).ok()?);
        match kind {
            ISA_NEEDED if length == 4 => return Some(word(properties, 8)?.checked_ilog2().unwrap_or(0)),
            kind if kind > ISA_NEEDED => return None,
            _ => properties = properties.get(8 + length.checked_next_multiple_of(align)?..)?,
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;
