//! The platform of an ELF file: its architecture and its C library. In: bytes. Out: both, or the reason why it cannot
//! run on a platform.
//!
//! File names prove nothing. The header decides, together with the file's own libraries and loader.

use fourply_platform::{Architecture, elf};
use fourply_pnpm::Target;
use serde::{Deserialize, Serialize};

/// The platform of a binary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binary {
    /// The architecture in node's name; `processor N` for one that node does not support.
    pub cpu: String,
    /// `glibc` or `musl`; `None` for a static file or an object.
    pub libc: Option<String>,
}

/// Reads an ELF file; `None` if it is not one. For a damaged one, at most the architecture is known.
pub fn inspect(bytes: &[u8]) -> Option<Binary> {
    let head = elf::head(bytes)?;
    let known = head.architecture.as_ref().and_then(Architecture::node);
    let cpu = known.map_or_else(|| format!("processor {}", head.machine), str::to_owned);
    Some(Binary { cpu, libc: elf::libc(bytes).map(|libc| libc.as_str().to_owned()) })
}

impl Binary {
    /// Checks whether it can be loaded on the target.
    ///
    /// # Errors
    /// The reason, as the end of a sentence about the file.
    pub fn check(&self, target: &Target) -> Result<(), String> {
        self.check_cpu(target)?;
        match &self.libc {
            Some(libc) if libc != target.libc.as_str() => {
                Err(format!("it needs {libc}, and the image has {}", target.libc.as_str()))
            }
            _ => Ok(()),
        }
    }

    /// Checks the architecture.
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
