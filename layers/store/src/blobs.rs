//! Blobs by their SHA-256: layers, configurations, fetched files.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fourply_blob::{Digest, DigestWriter, LayerBlob};
use tempfile::NamedTempFile;

use crate::damages::open_file;
use crate::{Result, Store, StoreError};

/// Their kind.
pub(crate) const BLOBS: &str = "blobs/sha256";

/// A blob that is being written. Dropped without [`BlobWriter::commit`], nothing of it is left.
pub struct BlobWriter {
    store: Store,
    out: DigestWriter<io::BufWriter<NamedTempFile>>,
}

/// A layer that is being written, by somebody who tells its digest: hashing it once is enough. Dropped without
/// [`LayerWriter::commit`], nothing of it is left.
#[derive(Debug)]
pub struct LayerWriter {
    store: Store,
    out: io::BufWriter<NamedTempFile>,
}

impl fmt::Debug for BlobWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobWriter(…)")
    }
}

impl Store {
    /// Where the blob lies, if the store has it. Its bytes were verified when it was committed: whoever hands them on verifies them again. For
    /// whoever reads them, there is [`Store::sound_blob`].
    pub fn blob_path(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.find(BLOBS, &digest.hex());
        path.is_file().then_some(path)
    }

    /// Where a blob of this size lies, if the store has it. One of another size is gone then.
    pub fn blob_of_size(&self, digest: &Digest, size: u64) -> Option<PathBuf> {
        let path = self.blob_path(digest)?;
        if std::fs::metadata(&path).is_ok_and(|found| found.len() == size) {
            return Some(path);
        }
        self.damaged(BLOBS, &path);
        None
    }

    /// Where the blob lies, its bytes verified, once by each process. One that is damaged is gone then.
    pub fn sound_blob(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.blob_path(digest)?;
        if self.verified_once(digest, || is_blob(&path, digest)) {
            return Some(path);
        }
        self.damaged(BLOBS, &path);
        None
    }

    /// Where the blob lies if the store has it, or will lie once it does.
    pub fn blob_place(&self, digest: &Digest) -> PathBuf {
        self.sharded(BLOBS, &digest.hex())
    }

    /// Starts a blob.
    ///
    /// # Errors
    /// Where no file can be made.
    pub fn blob_writer(&self) -> Result<BlobWriter> {
        let file = NamedTempFile::new_in(self.tmp())?;
        Ok(BlobWriter { store: self.clone(), out: DigestWriter::new(buffered(file)) })
    }

    /// Starts a layer, for [`write_layer`](fourply_blob::write_layer).
    ///
    /// # Errors
    /// Where no file can be made.
    pub fn layer_writer(&self) -> Result<LayerWriter> {
        let file = NamedTempFile::new_in(self.tmp())?;
        Ok(LayerWriter { store: self.clone(), out: buffered(file) })
    }

    fn keep_blob(&self, out: io::BufWriter<NamedTempFile>, digest: &Digest) -> Result<()> {
        let file = out.into_inner().map_err(|error| StoreError::Io(error.into_error()))?;
        readable_by_all(&file)?;
        self.persist(file, &self.sharded(BLOBS, &digest.hex()))
    }

    /// Keeps these bytes as a blob.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest> {
        let mut writer = self.blob_writer()?;
        writer.write_all(bytes)?;
        Ok(writer.commit(None)?.0)
    }
}

impl BlobWriter {
    /// Keeps the blob under its digest; its size in bytes beside it.
    ///
    /// # Errors
    /// Where it is not the expected one, or cannot be written to its end.
    pub fn commit(self, expected: Option<&Digest>) -> Result<(Digest, u64)> {
        let (out, digest, size) = self.out.into_parts();
        if let Some(expected) = expected.filter(|expected| **expected != digest) {
            let (expected, found) = (expected.to_string(), digest.to_string());
            return Err(StoreError::Mismatch { what: "a blob".to_owned(), expected, found });
        }
        self.store.keep_blob(out, &digest)?;
        Ok((digest, size))
    }
}

impl LayerWriter {
    /// Keeps what was written, which is the layer that `blob` describes.
    ///
    /// # Errors
    /// Where it cannot be written to its end.
    pub fn commit(self, blob: &LayerBlob) -> Result<()> {
        self.store.keep_blob(self.out, &blob.digest)
    }
}

impl Write for LayerWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether a file is what its name says.
pub(crate) fn is_blob(path: &Path, digest: &Digest) -> bool {
    let mut found = DigestWriter::new(io::sink());
    let read = open_file(path).and_then(|mut file| io::copy(&mut file, &mut found));
    read.is_ok() && found.into_parts().1 == *digest
}

fn buffered(file: NamedTempFile) -> io::BufWriter<NamedTempFile> {
    io::BufWriter::with_capacity(1 << 17, file)
}

/// Layouts hard-link blobs, so they carry the mode that a plainly written file has, not that of a private one.
fn readable_by_all(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
