//! A package's tarball → the entries of a package archive. The bytes match the lockfile's integrity, but they can still
//! be malicious: paths, sizes and kinds are checked.
//!
//! The rules are pnpm's (its tarball reader, `store/cafs`). A path is cut after its first slash, whatever the first
//! component is. Any x bit makes a file executable (in older versions all three: see [`ExecutableBy`]). Links and empty
//! folders are dropped. A hard link becomes an empty file in 9 to 11; 12 drops it. If two entries have the same path,
//! the last one wins.

use std::io::{BufRead, ErrorKind, Read};

use fourply_blob::{Cause, Reason};
use fourply_input::InputKind;

use flate2::bufread::MultiGzDecoder;
use tar::EntryType;

use crate::header_bytes::HeaderBytes;
use crate::pack::is_manifest;
use crate::size_record::check_size_record;
use crate::{ExecutableBy, PackBuilder, Result, StoreError};

/// Limits that no real package exceeds.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Number of entries.
    pub entries: usize,
    /// Uncompressed bytes.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { entries: 1_000_000, bytes: 4 << 30 }
    }
}

/// Reads a tarball, gzipped or not, and adds its files to `builder`.
///
/// # Errors
/// [`StoreError::Tarball`] with `package` and the entry, or if the builder cannot write.
pub fn read_tarball(
    package: &str,
    mut input: impl BufRead,
    limits: Limits,
    mut builder: PackBuilder,
) -> Result<PackBuilder> {
    let fault = |reason: Cause| StoreError::Tarball { package: package.to_owned(), reason };
    let zipped = input.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let plain: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) };
    let headers = HeaderBytes::default();
    let mut archive = tar::Archive::new(headers.watch(plain.take(limits.bytes)));
    let mut left = limits.bytes;
    let mut buffer = vec![0; 1 << 16];
    let mut entries = archive.entries().map_err(|error| fault(error.into()))?.enumerate();
    while let Some((index, entry)) = headers.bounded(|| entries.next()) {
        let mut entry = entry
            .map_err(|error| fault(Reason::because("it is no tar archive or ends early", error).into()))?;
        check_size_record(&mut entry).map_err(|error| fault(error.into()))?;
        left = left
            .checked_sub(entry.size())
            .ok_or_else(|| fault(format!("it has more than {} bytes", limits.bytes).into()))?;
        if index >= limits.entries {
            return Err(fault(format!("it has more than {} entries", limits.entries).into()));
        }
        let Some(executable) = wanted(&entry) else {
            pass_over(&mut entry, &mut buffer).map_err(|error| fault(error.into()))?;
            continue;
        };
        let path = String::from_utf8(entry.path_bytes().into_owned()).map_err(|error| {
            fault(format!("{:?} is no UTF-8", String::from_utf8_lossy(error.as_bytes())).into())
        })?;
        let Some(inner) = inner_path(&path).map_err(|reason| fault(reason.into()))? else {
            pass_over(&mut entry, &mut buffer).map_err(|error| fault(error.into()))?;
            continue;
        };
        if is_manifest(&inner) {
            InputKind::PackageJson.check(&path, entry.size()).map_err(|error| fault(error.into()))?;
        }
        let mut file = builder.begin_file(&inner, executable).map_err(|error| fault(error.into()))?;
        if entry.header().entry_type() == EntryType::Link {
            pass_over(&mut entry, &mut buffer).map_err(|error| fault(error.into()))?;
            continue;
        }
        loop {
            let count = entry.read(&mut buffer);
            let count = count
                .map_err(|error| fault(Reason::because(format!("{path:?} ends early"), error).into()))?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            file.write(bytes).map_err(|error| match error {
                StoreError::Io(error) if error.kind() == ErrorKind::InvalidData => fault(error.into()),
                other => other,
            })?;
        }
    }
    match headers.total() {
        0 => Err(fault("it is empty".into())),
        _ => Ok(builder),
    }
}

/// Reads the content of a skipped entry, so that it does not count as a header.
fn pass_over(entry: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<()> {
    while entry.read(buffer)? > 0 {}
    Ok(())
}

/// `None` if the entry is not a file; otherwise the users who may execute it.
fn wanted<R: Read>(entry: &tar::Entry<'_, R>) -> Option<ExecutableBy> {
    let kind = entry.header().entry_type();
    let file =
        matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::Link | EntryType::GNUSparse);
    let folder = entry.path_bytes().ends_with(b"/");
    (file && !folder).then(|| ExecutableBy::of_mode(entry.header().mode().unwrap_or(0o644)))
}

/// The most components of a package's path: each folder above a file adds entries to layers and install folders.
const DEEPEST: usize = 256;

/// The path after its first slash, or the whole path if it has none, without `.` and empty components; `None` if
/// nothing is left. `./package/x` is thus `package/x`, and a file at the top stays there. All four pnpm versions do
/// this.
fn inner_path(path: &str) -> std::result::Result<Option<String>, String> {
    if path.starts_with('/') {
        return Err(format!("{path:?} is an absolute path"));
    }
    if path.split('/').any(|component| component == "..") {
        return Err(format!("{path:?} leads out of the package"));
    }
    let inner = path.split_once('/').map_or(path, |(_, inner)| inner).split('/');
    let inner: Vec<&str> = inner.filter(|component| !matches!(*component, "" | ".")).collect();
    if inner.len() > DEEPEST {
        return Err(format!("a file lies in more than {DEEPEST} folders"));
    }
    Ok((!inner.is_empty()).then(|| inner.join("/")))
}

#[cfg(test)]
mod tests;
