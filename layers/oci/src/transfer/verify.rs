//! Verifies the blobs of a layout against their digests before any of them is sent. In: image trees. Out: nothing, or
//! an error for the first damaged blob. Blobs in a registry or the store are checked when they are fetched.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use fourply_blob::{Digest, DigestWriter};
use fourply_store::Progress;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::error::TransferError;
use crate::blob::Blob;
use crate::tree::ImageTree;

/// Reads those blobs of the image trees that are in files of `path`, a layout in a folder or an archive.
///
/// # Errors
/// If a blob does not match its digest or cannot be read; the message names it.
pub fn verify(path: &Path, trees: &[&ImageTree], progress: &dyn Progress) -> Result<(), TransferError> {
    verify_blobs(path, trees.iter().flat_map(|tree| &tree.blobs), progress)
}

/// [`verify`] for these blobs.
pub(crate) fn verify_blobs<'b>(
    path: &Path,
    blobs: impl Iterator<Item = &'b Blob>,
    progress: &dyn Progress,
) -> Result<(), TransferError> {
    let mut seen: BTreeSet<Digest> = BTreeSet::new();
    let own = |blob: &&Blob| blob.path().is_some_and(|place| place.starts_with(path));
    let blobs: Vec<&Blob> = blobs.filter(own).filter(|blob| seen.insert(blob.descriptor.digest)).collect();
    progress.begin_bytes("verify", blobs.iter().map(|blob| blob.descriptor.size).sum());
    let result = blobs.par_iter().try_for_each(|blob| {
        check(path, blob)?;
        progress.advance(blob.descriptor.size);
        Ok(())
    });
    progress.end();
    result
}

fn check(path: &Path, blob: &Blob) -> Result<(), TransferError> {
    let wanted = &blob.descriptor;
    let read = || {
        let mut writer = DigestWriter::new(io::sink());
        io::copy(&mut blob.open()?, &mut writer)?;
        Ok(writer.into_parts())
    };
    let (_, digest, size) =
        read().map_err(|source| TransferError::Io { what: wanted.digest.to_string(), source })?;
    if digest == wanted.digest && size == wanted.size {
        return Ok(());
    }
    Err(TransferError::Damaged { path: path.to_path_buf(), digest: wanted.digest })
}
