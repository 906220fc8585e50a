//! What an ELF file is for: its architecture and its C library. In: bytes. Out: both, or the reason why it cannot run on a platform.
//!
//! A name proves nothing: what decides is the header, and the libraries and the loader that the file itself asks for.

use fourply_platform::{Architecture, elf};
use fourply_pnpm::Target;
use serde::{Deserialize, Serialize};

/// What a binary says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binary {
    /// The architecture in node's name; `processor N` for one that node does not run on.
    pub cpu: String,
    /// `glibc` or `musl`; nothing where it is static or an object.
    pub libc: Option<String>,
}

/// Reads an ELF file; nothing where it is none. A damaged one has an architecture at most.
pub fn inspect(bytes: &[u8]) -> Option<Binary> {
    let head = elf::head(bytes)?;
    let known = head.architecture.as_ref().and_then(Architecture::node);
    let cpu = known.map_or_else(|| format!("processor {}", head.machine), str::to_owned);
    Some(Binary { cpu, libc: elf::libc(bytes).map(|libc| libc.as_str().to_owned()) })
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

    /// Whether the architecture is the right one.
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
