//! An OCI layout in one tar. In: an image and its names. Out: a file that is the same for the same image on every host:
//! entries sorted by path, owned by 0:0, with a fixed time. The file is streamed: no layer is in memory. An existing
//! file is replaced.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use fourply_blob::{BlobError, DigestWriter, LayerPath, Meta, PathError, TRAILER, TarWriter};
use fourply_store::Progress;
use tracing::info_span;

use super::error::SinkError;
use super::file;
use super::index::Index;
use super::layout::{INDEX, MARK, MARK_CONTENT, checked};
use super::place::{Sink, SinkReport};
use crate::blob::{Blob, BlobContent};
use crate::tree::ImageTree;

/// The target file of an OCI archive.
#[derive(Debug, Clone)]
pub struct OciArchive {
    path: PathBuf,
}

impl OciArchive {
    /// The archive at `path`. Its folder need not exist.
    pub fn new(path: &Path) -> OciArchive {
        OciArchive { path: path.to_path_buf() }
    }
}

impl Sink for OciArchive {
    fn check(&self) -> Result<(), SinkError> {
        file::check(&self.path)
    }

    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let names = checked(names, "an OCI archive")?;
        let place = format!("oci-archive:{}", self.path.display());
        write(&self.path, place, tree, &names, BTreeMap::new(), progress)
    }
}

/// Writes a tar of a layout with one image and the files of `more` at its top.
pub(super) fn write(
    path: &Path,
    place: String,
    tree: &ImageTree,
    names: &[String],
    more: BTreeMap<String, Vec<u8>>,
    progress: &dyn Progress,
) -> Result<SinkReport, SinkError> {
    if path.is_dir() {
        let reason = "it is a folder".into();
        return Err(SinkError::Occupied { path: path.to_path_buf(), expected: "a file", reason });
    }
    let parts = ArchiveParts::of(tree, names, more)?;
    let bytes = parts.size();
    progress.begin_bytes("write", bytes);
    file::write(path, |out| {
        let archive = |source| SinkError::Archive { path: path.to_path_buf(), source };
        parts.pack(out, progress).map_err(archive)
    })?;
    progress.end();
    Ok(SinkReport { place, digest: tree.root, written: parts.count(), present: 0, mounted: 0, bytes })
}

/// The contents of a layout's tar.
pub(super) struct ArchiveParts {
    blobs: BTreeMap<String, Blob>,
    documents: BTreeMap<String, Vec<u8>>,
}

impl ArchiveParts {
    /// A layout with one image and the files of `more` at its top.
    pub(super) fn of(
        tree: &ImageTree,
        names: &[String],
        more: BTreeMap<String, Vec<u8>>,
    ) -> Result<ArchiveParts, SinkError> {
        let mut index = Index::new();
        index.put(tree, names);
        let mut documents = more;
        documents.insert(INDEX.to_owned(), index.to_bytes()?);
        documents.insert(MARK.to_owned(), MARK_CONTENT.to_vec());
        let blobs = tree.all_blobs().into_iter();
        Ok(ArchiveParts {
            blobs: blobs.map(|blob| (blob.descriptor.digest.hex(), blob)).collect(),
            documents,
        })
    }

    /// The total size of the blobs in bytes.
    pub(super) fn size(&self) -> u64 {
        self.blobs.values().map(|blob| blob.descriptor.size).sum()
    }

    /// The number of blobs.
    pub(super) fn count(&self) -> usize {
        self.blobs.len()
    }

    /// Writes the tar.
    pub(super) fn pack(&self, out: &mut dyn Write, progress: &dyn Progress) -> Result<(), BlobError> {
        pack(out, &self.blobs, &self.documents, progress)
    }
}

/// Writes a layout's tar. Each blob is checked against its digest.
pub(crate) fn pack(
    out: &mut dyn Write,
    blobs: &BTreeMap<String, Blob>,
    documents: &BTreeMap<String, Vec<u8>>,
    progress: &dyn Progress,
) -> Result<(), BlobError> {
    let path = |text: &str| LayerPath::new(text).map_err(|error: PathError| BlobError::from(error));
    let (folder, plain) = (Meta::directory(0, 0), Meta::file(false, 0, 0));
    let mut tar = TarWriter::new(out);
    tar.directory(&path("blobs")?, &folder)?;
    tar.directory(&path("blobs/sha256")?, &folder)?;
    for (name, blob) in blobs {
        let _span = info_span!("blob", of = %blob.descriptor.digest).entered();
        let path = path(&format!("blobs/sha256/{name}"))?;
        let read = |source| BlobError::Read { path: path.clone(), source };
        match &blob.content {
            BlobContent::Bytes(bytes) => tar.bytes(&path, &plain, bytes)?,
            BlobContent::File(_) | BlobContent::Part(..) => {
                let reader = blob.open().map_err(read)?;
                let mut reader = Checked { reader, digest: DigestWriter::new(io::sink()) };
                tar.file(&path, &plain, blob.descriptor.size, &mut reader)?;
                if reader.digest.into_parts().1 != blob.descriptor.digest {
                    let changed = format!("its bytes are no longer those of {}", blob.descriptor.digest);
                    return Err(read(io::Error::new(io::ErrorKind::InvalidData, changed)));
                }
            }
        }
        progress.advance(blob.descriptor.size);
    }
    for (name, bytes) in documents {
        tar.bytes(&path(name)?, &plain, bytes)?;
    }
    tar.into_inner().write_all(&TRAILER).map_err(|source| BlobError::Write { source })
}

/// Hashes the bytes that are read.
struct Checked<'r> {
    reader: Box<dyn Read + Send + 'r>,
    digest: DigestWriter<io::Sink>,
}

impl Read for Checked<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(bytes)?;
        self.digest.write_all(bytes.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
