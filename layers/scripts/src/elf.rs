//! What an ELF file is for: its processor and its C library. In: bytes. Out: facts, or the reason why it cannot run on a machine.
//!
//! A name proves nothing: what decides is the header, and the libraries and the loader that the file itself asks for.

use fourply_pnpm::{Libc, Target};
use goblin::elf::{Elf, header};
use serde::{Deserialize, Serialize};

/// What a binary says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binary {
    /// The processor in node's words; `processor N` for one that node does not run on.
    pub cpu: String,
    /// `glibc` or `musl`; nothing where it is static or an object.
    pub libc: Option<String>,
}

/// Reads an ELF file; nothing where it is none. A damaged one has a processor at most.
pub fn inspect(bytes: &[u8]) -> Option<Binary> {
    if !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let head = Elf::parse_header(bytes).ok()?;
    let cpu = match head.e_machine {
        header::EM_X86_64 => "x64".to_owned(),
        header::EM_AARCH64 => "arm64".to_owned(),
        header::EM_ARM => "arm".to_owned(),
        header::EM_386 => "ia32".to_owned(),
        header::EM_RISCV => "riscv64".to_owned(),
        header::EM_S390 => "s390x".to_owned(),
        header::EM_PPC64 => "ppc64".to_owned(),
        LOONGARCH => "loong64".to_owned(),
        other => format!("processor {other}"),
    };
    let libc = Elf::parse(bytes)
        .ok()
        .and_then(|elf| elf.libraries.iter().copied().chain(elf.interpreter).find_map(libc_of));
    Some(Binary { cpu, libc: libc.map(|libc| libc.as_str().to_owned()) })
}

/// goblin has no name for it.
const LOONGARCH: u16 = 258;

/// The C library that a library's or loader's name belongs to.
fn libc_of(name: &str) -> Option<Libc> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let glibc = name.starts_with("libc.so.") || name.starts_with("ld-linux") || name.starts_with("ld64.so");
    let musl = name.starts_with("libc.musl-") || name.starts_with("ld-musl-") || name == "libc.so";
    match (musl, glibc) {
        (true, _) => Some(Libc::Musl),
        (_, true) => Some(Libc::Glibc),
        _ => None,
    }
}

impl Binary {
    /// Whether it can be loaded there.
    ///
    /// # Errors
    /// Why not, to follow the file's name.
    pub fn check(&self, target: &Target) -> Result<(), String> {
        self.check_cpu(target)?;
        match &self.libc {
            Some(libc) if libc != target.libc.as_str() => {
                Err(format!("it needs {libc}, and the image has {}", target.libc.as_str()))
            }
            _ => Ok(()),
        }
    }

    /// Whether the processor is the right one.
    ///
    /// # Errors
    /// As [`Binary::check`].
    pub fn check_cpu(&self, target: &Target) -> Result<(), String> {
        match self.cpu == target.cpu {
            true => Ok(()),
            false => Err(format!("it is for {}, and the image for {}", self.cpu, target.cpu)),
        }
    }
}

#[cfg(test)]
mod tests;
