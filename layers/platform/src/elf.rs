//! What an ELF file is for. Comes in: the bytes of a file, or its first ones. Goes out: its architecture, its loader and its C library.
//! Any bytes may come in; what is damaged tells less.

use goblin::elf::program_header::{PT_INTERP, ProgramHeader};
use goblin::elf::{Elf, Header};

use crate::{Architecture, Libc};

/// What an ELF header says, with the loader that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfHead {
    /// `e_machine` as it stands in the header.
    pub machine: u16,
    /// `None` where the number is not known.
    pub architecture: Option<Architecture>,
    /// The path of the loader; `None` for static programs and libraries, and where it lies beyond the bytes.
    pub interpreter: Option<String>,
}

/// Reads an ELF file's header and its interpreter from its first bytes; `None` where it is no ELF file.
pub fn head(bytes: &[u8]) -> Option<ElfHead> {
    let header = Elf::parse_header(bytes).ok()?;
    let little = header.endianness().ok()?.is_little();
    Some(ElfHead {
        machine: header.e_machine,
        architecture: Architecture::from_elf(header.e_machine, little),
        interpreter: interpreter(bytes, &header),
    })
}

/// The C library that a whole ELF file asks for by its libraries and its loader; `None` where it is static, an object, damaged, or no
/// ELF file.
pub fn libc(bytes: &[u8]) -> Option<Libc> {
    let elf = Elf::parse(bytes).ok()?;
    elf.libraries.iter().copied().chain(elf.interpreter).find_map(Libc::of_library)
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
