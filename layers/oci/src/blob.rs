//! Everything that is stored or moved: a descriptor, and where the bytes are. In: a store, a file or bytes. Out: [`Blob`]s that can be opened
//! again and again. Nothing is verified here: who copies a blob does that.

use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fourply_store::Store;

use crate::descriptor::Descriptor;

/// A blob: what it is, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Media type, digest, size.
    pub descriptor: Descriptor,
    /// Where its bytes are, or will be.
    pub content: BlobContent,
    /// An image in a registry that has it, `REGISTRY/REPOSITORY` at least: it can be mounted from there, and is fetched from there into the
    /// file of `content` where that does not exist.
    pub origin: Option<String>,
}

/// Where a blob's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobContent {
    /// In memory: a configuration or a manifest.
    Bytes(Arc<[u8]>),
    /// A file that is the blob alone. With an origin it need not exist yet.
    File(PathBuf),
    /// A part of a file, from this byte on: a blob in an archive. Its length is the descriptor's size.
    Part(PathBuf, u64),
}

impl Blob {
    /// A small document in memory.
    pub fn in_memory(media_type: &str, bytes: impl Into<Arc<[u8]>>) -> Blob {
        let bytes = bytes.into();
        Blob {
            descriptor: Descriptor::of(media_type, &bytes),
            content: BlobContent::Bytes(bytes),
            origin: None,
        }
    }

    /// A blob of the store: one that is there, which counts as a use of it, or the place where it will be.
    pub fn in_store(store: &Store, descriptor: Descriptor) -> Blob {
        let digest = &descriptor.digest;
        let path = store.blob_path(digest).unwrap_or_else(|| store.blob_place(digest));
        Blob { descriptor, content: BlobContent::File(path), origin: None }
    }

    /// The same blob, which the image of this name in a registry has too.
    #[must_use]
    pub fn with_origin(self, image: Option<String>) -> Blob {
        Blob { origin: image, ..self }
    }

    /// The file that holds its bytes, or will hold them.
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            BlobContent::Bytes(_) => None,
            BlobContent::File(path) | BlobContent::Part(path, _) => Some(path),
        }
    }

    /// Whether its bytes are on this machine.
    pub fn is_here(&self) -> bool {
        self.path().is_none_or(Path::is_file)
    }

    /// A reader from the first byte on.
    ///
    /// # Errors
    /// Where the file cannot be opened; the message names it.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match &self.content {
            BlobContent::Bytes(bytes) => Box::new(&**bytes),
            BlobContent::File(path) => Box::new(fs_err::File::open(path)?),
            BlobContent::Part(path, start) => {
                let mut file = fs_err::File::open(path)?;
                file.seek(SeekFrom::Start(*start))?;
                Box::new(file.take(self.descriptor.size))
            }
        })
    }
}
