//! Everything that is stored or moved: a descriptor, and the location of the bytes. In: a store, a file or bytes. Out:
//! [`Blob`]s that can be opened repeatedly. Nothing is verified here: the code that copies a blob verifies it.

use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fourply_store::Store;

use crate::descriptor::Descriptor;

/// A descriptor and the location of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Media type, digest, size.
    pub descriptor: Descriptor,
    /// Where the bytes are, or will be.
    pub content: BlobContent,
    /// An image in a registry that has this blob, at least `REGISTRY/REPOSITORY`. The blob can be mounted from there.
    /// If the file of `content` does not exist, the blob is fetched from there into that file.
    pub origin: Option<String>,
}

/// The location of a blob's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobContent {
    /// In memory: a configuration or a manifest.
    Bytes(Arc<[u8]>),
    /// A file that holds only this blob. If the blob has an origin, the file need not exist yet.
    File(PathBuf),
    /// A part of a file, starting at this byte offset: a blob in an archive. The length is the descriptor's size.
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

    /// A blob of the store. If it exists, this counts as a use of it; otherwise this is the path it will get.
    pub fn in_store(store: &Store, descriptor: Descriptor) -> Blob {
        let digest = &descriptor.digest;
        let path = store.blob_path(digest).unwrap_or_else(|| store.blob_place(digest));
        Blob { descriptor, content: BlobContent::File(path), origin: None }
    }

    /// The same blob, which this image in a registry has too.
    #[must_use]
    pub fn with_origin(self, image: Option<String>) -> Blob {
        Blob { origin: image, ..self }
    }

    /// The file that holds the bytes, or will hold them; `None` for bytes in memory.
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            BlobContent::Bytes(_) => None,
            BlobContent::File(path) | BlobContent::Part(path, _) => Some(path),
        }
    }

    /// Whether the bytes are on this host.
    pub fn is_here(&self) -> bool {
        self.path().is_none_or(Path::is_file)
    }

    /// A reader that starts at the first byte.
    ///
    /// # Errors
    /// If the file cannot be opened; the message names it.
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
