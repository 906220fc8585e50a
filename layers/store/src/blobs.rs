//! Blobs by their SHA-256: layers, configurations, fetched files. In: bytes. Out: a verified file in the store, and its
//! digest and size.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use fourply_blob::{Digest, DigestWriter, LayerBlob};
use tempfile::NamedTempFile;

use crate::hashed::is_blob;
use crate::store::BLOBS;
use crate::{Result, Store, StoreError};

/// A blob that is being written. Dropping it without [`BlobWriter::commit`] removes it.
pub struct BlobWriter {
    store: Store,
    out: DigestWriter<io::BufWriter<NamedTempFile>>,
}

/// A layer that is being written by code that computes its digest, so it is not hashed again. Dropping it without
/// [`LayerWriter::commit`] removes it.
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
    /// The path of a blob, if the store has it. Its bytes were verified at commit. Code that copies them verifies them
    /// again; code that reads them uses [`Store::sound_blob`].
    pub fn blob_path(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.find(BLOBS, &digest.hex());
        path.is_file().then_some(path)
    }

    /// The path of a blob of this size, if the store has it. A blob of another size is removed.
    pub fn blob_of_size(&self, digest: &Digest, size: u64) -> Option<PathBuf> {
        let path = self.blob_path(digest)?;
        if std::fs::metadata(&path).is_ok_and(|found| found.len() == size) {
            return Some(path);
        }
        self.damaged(BLOBS, &path);
        None
    }

    /// The path of a blob whose bytes are verified, once per process. A damaged blob is removed.
    pub fn sound_blob(&self, digest: &Digest) -> Option<PathBuf> {
        let path = self.blob_path(digest)?;
        if self.verified_once(digest, || is_blob(&path, digest)) {
            return Some(path);
        }
        self.damaged(BLOBS, &path);
        None
    }

    /// The path that a blob has, or will have, in the store.
    pub fn blob_place(&self, digest: &Digest) -> PathBuf {
        self.sharded(BLOBS, &digest.hex())
    }

    /// Starts a blob.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn blob_writer(&self) -> Result<BlobWriter> {
        let file = NamedTempFile::new_in(self.tmp())?;
        Ok(BlobWriter { store: self.clone(), out: DigestWriter::new(buffered(file)) })
    }

    /// Starts a layer, for [`write_layer`](fourply_blob::write_layer).
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn layer_writer(&self) -> Result<LayerWriter> {
        let file = NamedTempFile::new_in(self.tmp())?;
        Ok(LayerWriter { store: self.clone(), out: buffered(file) })
    }

    fn keep_blob(&self, out: io::BufWriter<NamedTempFile>, digest: &Digest) -> Result<()> {
        let file = out.into_inner().map_err(|error| StoreError::Io(error.into_error()))?;
        readable_by_all(&file)?;
        self.persist(file, &self.sharded(BLOBS, &digest.hex()))
    }

    /// Stores these bytes as a blob.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<Digest> {
        let mut writer = self.blob_writer()?;
        writer.write_all(bytes)?;
        Ok(writer.commit(None)?.0)
    }
}

impl BlobWriter {
    /// Stores the blob under its digest. Returns the digest and the size in bytes.
    ///
    /// # Errors
    /// If the digest is not `expected`, or the blob cannot be written completely.
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
    /// Stores the written bytes, which are the layer that `blob` describes.
    ///
    /// # Errors
    /// If the layer cannot be written completely.
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

fn buffered(file: NamedTempFile) -> io::BufWriter<NamedTempFile> {
    io::BufWriter::with_capacity(1 << 17, file)
}

/// Layouts take over the mode of a blob. It is therefore the mode of an ordinary file, not of a private one.
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
