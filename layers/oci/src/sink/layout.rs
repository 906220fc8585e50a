//! An OCI layout: a folder with blobs by digest and an index. In: an image. Out: a new layout, or an existing layout
//! with the image added. Blobs are written first and the index last. Each is renamed into place, so the layout is valid
//! at every moment. Source: OCI image specification, image-layout.md.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fourply_blob::{Digest, Reason};
use fourply_store::{InputKind, Progress};
use tracing::info_span;

use super::error::SinkError;
use super::file;
use super::index::{Index, check_name};
use super::place::{DEFAULT_NAME, Sink, SinkReport};
use crate::blob::Blob;
use crate::tree::ImageTree;

/// The file that marks a layout, and its only content.
pub(crate) const MARK: &str = "oci-layout";
pub(crate) const MARK_CONTENT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
pub(crate) const INDEX: &str = "index.json";
/// The size limit of an index in bytes: some ten thousand images.
const MAX_INDEX: u64 = 4 << 20;

/// A folder that is an OCI layout or becomes one.
#[derive(Debug, Clone)]
pub struct OciLayout {
    path: PathBuf,
}

impl OciLayout {
    /// The layout at `path`, which need not exist.
    pub fn new(path: &Path) -> OciLayout {
        OciLayout { path: path.to_path_buf() }
    }

    /// Whether the path holds a layout; `false` if nothing exists there.
    fn exists(&self) -> Result<bool, SinkError> {
        let occupied = |reason: &str| SinkError::Occupied {
            path: self.path.clone(),
            expected: "an OCI layout",
            reason: reason.into(),
        };
        let entries = match fs_err::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(occupied("it is a file"));
            }
            Err(error) => return Err(SinkError::io("cannot read the layout")(error)),
        };
        if self.path.join(MARK).is_file() {
            return Ok(true);
        }
        match entries.count() {
            0 => Ok(false),
            _ => Err(occupied("it has other files, but no \"oci-layout\"")),
        }
    }

    fn create(
        &self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let folder = file::NewFolder::beside(&self.path)?;
        let written = add_blobs(folder.path(), tree, progress)?;
        let mut index = Index::new();
        index.put(tree, names);
        write_bytes(&folder.path().join(INDEX), &index.to_bytes()?)?;
        write_bytes(&folder.path().join(MARK), MARK_CONTENT)?;
        folder.keep(&self.path)?;
        Ok(self.report(tree, written))
    }

    fn add(
        &self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let mark = self.path.join(MARK);
        let lock = fs_err::File::open(&mark).map_err(SinkError::io("cannot open the layout"))?;
        // If two builds write one layout, the second reads the index that the first wrote.
        lock.file().lock().map_err(SinkError::io(format!("cannot lock {}", mark.display())))?;
        let mut index = self.read_index()?;
        let written = add_blobs(&self.path, tree, progress)?;
        index.put(tree, names);
        write_bytes(&self.path.join(INDEX), &index.to_bytes()?)?;
        Ok(self.report(tree, written))
    }

    fn read_index(&self) -> Result<Index, SinkError> {
        let path = self.path.join(INDEX);
        let occupied = |reason: Reason| SinkError::Occupied {
            path: path.clone(),
            expected: "the index of an OCI layout",
            reason,
        };
        let size = match fs_err::metadata(&path) {
            Ok(meta) => meta.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Index::new()),
            Err(error) => return Err(SinkError::io("cannot read the layout's index")(error)),
        };
        if size > MAX_INDEX {
            return Err(occupied(format!("it has {size} bytes, more than {MAX_INDEX}").into()));
        }
        let bytes = fourply_store::read_file(&path, InputKind::Other)
            .map_err(SinkError::io("cannot read the layout's index"))?;
        Index::parse(&bytes).map_err(occupied)
    }

    fn report(&self, tree: &ImageTree, written: Written) -> SinkReport {
        SinkReport {
            place: format!("oci:{}", self.path.display()),
            digest: tree.root,
            written: written.blobs,
            present: written.present,
            mounted: 0,
            bytes: written.bytes,
        }
    }
}

impl Sink for OciLayout {
    fn check(&self) -> Result<(), SinkError> {
        self.exists().map(drop)
    }

    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let names = checked(names, "an OCI layout")?;
        if self.exists()? {
            return self.add(tree, &names, progress);
        }
        match self.create(tree, &names, progress) {
            // Another build has created the layout.
            Err(SinkError::Io { .. }) if self.path.join(MARK).is_file() => self.add(tree, &names, progress),
            answer => answer,
        }
    }
}

/// The names, or the default name.
pub(super) fn checked(names: &[String], place: &'static str) -> Result<Vec<String>, SinkError> {
    if names.is_empty() {
        return Ok(vec![DEFAULT_NAME.to_owned()]);
    }
    for name in names {
        check_name(name).map_err(|reason| SinkError::Name {
            name: name.clone(),
            place,
            reason: reason.into(),
        })?;
    }
    Ok(names.to_vec())
}

#[derive(Default)]
struct Written {
    blobs: usize,
    present: usize,
    bytes: u64,
}

fn add_blobs(layout: &Path, tree: &ImageTree, progress: &dyn Progress) -> Result<Written, SinkError> {
    let folder = layout.join("blobs/sha256");
    fs_err::create_dir_all(&folder).map_err(SinkError::io("cannot write the layout"))?;
    let mut written = Written::default();
    let blobs = tree.all_blobs();
    progress.begin_bytes("write", blobs.iter().map(|blob| blob.descriptor.size).sum());
    for blob in &blobs {
        let path = folder.join(blob.descriptor.digest.hex());
        if fs_err::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() == blob.descriptor.size) {
            written.present += 1;
        } else {
            let span = info_span!("blob", of = %blob.descriptor.digest);
            span.in_scope(|| file::write(&path, |out| copy(blob, out)))?;
            written.blobs += 1;
            written.bytes += blob.descriptor.size;
        }
        progress.advance(blob.descriptor.size);
    }
    if written.blobs > 0 {
        fourply_store::sync_folder(&layout.join("blobs"))
            .map_err(SinkError::io("cannot write the layout"))?;
    }
    progress.end();
    Ok(written)
}

/// Copies a blob and checks its length and digest: a damaged file of the store must not go unnoticed into a layout. The
/// blob is copied and not linked: changes that users make to a layout must not reach the store.
pub(super) fn copy(blob: &Blob, out: &mut dyn Write) -> Result<(), SinkError> {
    let failed = || SinkError::io(format!("cannot copy the layer {}", blob.descriptor.digest));
    let mut reader = blob.open().map_err(failed())?;
    let mut digest = fourply_blob::DigestWriter::new(out);
    io::copy(&mut reader, &mut digest).map_err(failed())?;
    let (_, digest, size) = digest.into_parts();
    verify(blob, digest, size)
}

/// Compares the digest and size of the read bytes with the descriptor.
pub(super) fn verify(blob: &Blob, digest: Digest, size: u64) -> Result<(), SinkError> {
    if digest == blob.descriptor.digest && size == blob.descriptor.size {
        return Ok(());
    }
    let path = blob.path().map(Path::to_path_buf).unwrap_or_default();
    Err(SinkError::Changed { path, digest: blob.descriptor.digest, expected: blob.descriptor.size })
}

/// Writes a small file. A file that has these bytes already is left unchanged.
fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), SinkError> {
    if fourply_store::read_file(path, InputKind::Other).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    file::write(path, |out| {
        out.write_all(bytes).map_err(SinkError::io(format!("cannot write {}", path.display())))
    })
}

#[cfg(test)]
mod tests;
