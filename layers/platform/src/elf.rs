//! The platform of an ELF file. In: the bytes of a file, or its first ones. Out: its architecture, its loader and its C
//! library. Any bytes are accepted; damaged ones give fewer facts.

use goblin::elf::program_header::{PT_INTERP, ProgramHeader};
use goblin::elf::{Elf, Header};
use serde::{Deserialize, Serialize};

use crate::{Architecture, Libc};

mod library;

use library::LONGEST_NAME;
pub use library::{Library, library};

/// The facts of an ELF header, and its loader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfHead {
    /// `e_machine` from the header.
    pub machine: u16,
    /// `None` if the number is unknown.
    pub architecture: Option<Architecture>,
    /// The path of the loader; `None` for static programs and libraries, or if it is beyond the given bytes.
    pub interpreter: Option<String>,
}

/// Reads an ELF file's header and its interpreter from its first bytes; `None` if it is not an ELF file.
pub fn head(bytes: &[u8]) -> Option<ElfHead> {
    let header = Elf::parse_header(bytes).ok()?;
    let little = header.endianness().ok()?.is_little();
    Some(ElfHead {
        machine: header.e_machine,
        architecture: Architecture::from_elf(header.e_machine, little),
        interpreter: interpreter(bytes, &header),
    })
}

/// The C library of a whole ELF file, from its libraries and its loader; `None` if it is static, an object, damaged, or
/// not an ELF file.
pub fn libc(bytes: &[u8]) -> Option<Libc> {
    let elf = Elf::parse(bytes).ok()?;
    elf.libraries.iter().copied().chain(elf.interpreter).find_map(Libc::of_library)
}

/// The requirements of a dynamic ELF file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dynamic {
    /// The name by which other files need it (`DT_SONAME`).
    pub soname: Option<String>,
    /// The names of the libraries that it needs (`DT_NEEDED`).
    pub needed: Vec<String>,
    /// The folders of `DT_RUNPATH` and `DT_RPATH`, unexpanded: `$ORIGIN/../lib`.
    pub folders: Vec<String>,
}

/// Reads the dynamic section of a whole ELF file; empty if it is static, damaged, or not an ELF file.
pub fn dynamic(bytes: &[u8]) -> Dynamic {
    let Ok(elf) = Elf::parse(bytes) else { return Dynamic::default() };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let paths = elf.runpaths.iter().chain(&elf.rpaths);
    let folders = paths.flat_map(|path| path.split(':')).filter(|folder| !folder.is_empty());
    Dynamic {
        soname: elf.soname.map(str::to_owned),
        needed: owned(&elf.libraries),
        folders: folders.map(str::to_owned).collect(),
    }
}

/// The platform and requirements of a base's program or library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The architecture in node's name; `processor N` for one that node does not support.
    #[serde(rename = "c")]
    pub cpu: String,
    /// The path of its loader; `None` for static programs and libraries.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    /// The names of the libraries that it needs.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub needed: Vec<String>,
    /// The properties of a shared library that `ldconfig` uses.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub library: Option<Box<Library>>,
}

/// More than any program needs.
const MOST_NEEDED: usize = 512;

/// Reads a whole ELF file; `None` if it is not one. From its first bytes only, the libraries are unknown.
pub fn program(bytes: &[u8]) -> Option<Program> {
    let head = head(bytes)?;
    let known = head.architecture.as_ref().and_then(Architecture::node);
    let mut needed = dynamic(bytes).needed;
    needed.retain(|name| name.len() <= LONGEST_NAME);
    needed.truncate(MOST_NEEDED);
    Some(Program {
        cpu: known.map_or_else(|| format!("processor {}", head.machine), str::to_owned),
        interpreter: head.interpreter.filter(|path| path.len() <= LONGEST_NAME),
        needed,
        library: library(bytes).map(Box::new),
    })
}

/// The system of a program in another format than ELF: `darwin` for Mach-O, `win32` for PE; by its first bytes.
pub fn other_system(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => Some("darwin"),
        // A fat Mach-O file has its number of architectures here; a Java class has its version, which is larger.
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, count, ..] if *count < 20 => Some("darwin"),
        [b'M', b'Z', ..] => Some("win32"),
        _ => None,
    }
}

fn interpreter(bytes: &[u8], header: &Header) -> Option<String> {
    let context = goblin::container::Ctx::new(header.container().ok()?, header.endianness().ok()?);
    let start = usize::try_from(header.e_phoff).ok()?;
    let programs = ProgramHeader::parse(bytes, start, header.e_phnum.into(), context).ok()?;
    let named = programs.iter().find(|program| program.p_type == PT_INTERP)?;
    let start = usize::try_from(named.p_offset).ok()?;
    let text = bytes.get(start..)?.get(..usize::try_from(named.p_filesz).ok()?)?;
    Some(std::str::from_utf8(text).ok()?.trim_end_matches('\0').to_owned())
}

#[cfg(test)]
mod tests;
