//! Machine code that the image cannot run. In: an archive, the image's platform. Out: the files to leave out. Other
//! packages are unknown here; `binaries` checks whether the right one exists.
//!
//! pnpm leaves out packages for other platforms by the lockfile's `os`, `cpu` and `libc`. But a lockfile written from
//! abbreviated metadata has no `libc`, so packages for both C libraries are installed; and `supportedArchitectures`
//! asks for several platforms.

use fourply_pnpm::Target;
use fourply_scripts::elf::{self, Binary};
use fourply_store::{Pack, PackEntry, PackKind, StoreError};
use serde_json::Value;

use super::names::extension;
use crate::binaries::is_module;

/// The platforms in a package.json.
#[derive(Default)]
struct Claims {
    os: Option<Vec<String>>,
    cpu: Option<Vec<String>>,
    libc: Option<Vec<String>>,
}

/// Whether a file with machine code supports the platform.
#[derive(PartialEq, Eq)]
enum Fit {
    /// It runs there.
    Sure,
    /// Probably: it names no C library.
    Likely,
    Foreign,
}

/// The files of an archive that are for another platform than the target.
///
/// # Errors
/// The archive can no longer be read.
pub(super) fn foreign<'a>(pack: &'a Pack, target: &Target) -> Result<Vec<&'a str>, StoreError> {
    let mut codes: Vec<(&str, Fit)> = Vec::new();
    for entry in pack.entries().iter().filter(|entry| may_be_code(entry)) {
        if let Some(fit) = fit(&pack.bytes(entry)?, target) {
            codes.push((&entry.path, fit));
        }
    }
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let claims = Claims::of(pack);
    if !claims.have(target) && codes.iter().all(|(_, fit)| *fit != Fit::Sure) {
        return Ok(pack.entries().iter().map(|entry| entry.path.as_str()).collect());
    }
    let fits = codes.iter().any(|(_, fit)| *fit != Fit::Foreign);
    let gone = codes.into_iter().filter(|(_, fit)| *fit == Fit::Foreign && (fits || claims.one_machine()));
    Ok(gone.map(|(path, _)| path).collect())
}

/// `x.node`, `x.so.1`, `x.dylib`, and programs, whose names have no extension.
fn may_be_code(entry: &PackEntry) -> bool {
    let PackKind::File { executable } = entry.kind else { return false };
    match extension(&entry.path) {
        Some(extension) => is_module(&entry.path) || extension == "dylib",
        None => executable,
    }
}

/// `None` if it is not machine code.
fn fit(bytes: &[u8], target: &Target) -> Option<Fit> {
    let Some(binary) = elf::inspect(bytes) else {
        return fourply_platform::elf::other_system(bytes).map(|_| Fit::Foreign);
    };
    Some(match (binary.check(target), &binary) {
        (Err(_), _) => Fit::Foreign,
        (Ok(()), Binary { libc: Some(_), .. }) => Fit::Sure,
        (Ok(()), _) => Fit::Likely,
    })
}

impl Claims {
    fn of(pack: &Pack) -> Claims {
        let text = pack.find("package.json").and_then(|entry| pack.bytes(entry).ok());
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let manifest: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
        let list = |name: &str| match manifest.get(name)? {
            Value::String(word) => Some(vec![word.clone()]),
            Value::Array(words) => Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => None,
        };
        Claims { os: list("os"), cpu: list("cpu"), libc: list("libc") }
    }

    fn have(&self, target: &Target) -> bool {
        target.is_among(self.os.as_deref(), self.cpu.as_deref(), self.libc.as_deref())
    }

    /// Whether the package is one of several alternatives, of which its dependents use the right one.
    fn one_machine(&self) -> bool {
        let one = |list: &Option<Vec<String>>| {
            list.as_deref().is_some_and(|list| matches!(list, [word] if !word.starts_with('!')))
        };
        one(&self.os) && one(&self.cpu)
    }
}

#[cfg(test)]
mod tests;
