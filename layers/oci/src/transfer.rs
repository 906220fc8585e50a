//! Images with all that belongs to them, moved as they are: indexes, manifests, blobs, and what refers to them.
//!
//! In: an [`Origin`], a registry or a layout. Out: a [`Freight`], whose documents are in memory and whose blobs are where they were;
//! what becomes of it is told by who asked. It must not know how an image is built, and changes no byte of one.
//!
//! | module | what it holds |
//! |---|---|
//! | `platforms` | an index → the part of it that is for some machines |
//! | `freight` | a root → everything that hangs on it |
//! | `remote` | a registry as an origin |
//! | `local` | a layout, in a folder or an archive, as an origin |
//! | `inspect` | a root → what people want to know of it |
//! | `error` | what can go wrong |

use std::path::PathBuf;

use fourply_blob::Digest;

use crate::image::{Blob, Content, Source};
use crate::registry::{Manifest, Referrer};

mod error;
mod freight;
pub mod inspect;
mod local;
mod platforms;
mod remote;

pub use error::TransferError;
pub use freight::Freight;
pub use local::{Local, LocalEntry};
pub use platforms::choose;
pub use remote::Remote;

/// A place that has an image.
pub trait Origin {
    /// How messages name the image.
    fn name(&self) -> String;

    /// The manifest or index that the name leads to.
    ///
    /// # Errors
    /// Where it is not there or not what its digest says.
    fn root(&self) -> Result<Manifest, TransferError>;

    /// The manifest or index with this digest.
    ///
    /// # Errors
    /// As [`Origin::root`].
    fn manifest(&self, content: &Content) -> Result<Manifest, TransferError>;

    /// What refers to this manifest.
    ///
    /// # Errors
    /// Where the place cannot be asked.
    fn referrers(&self, subject: &Digest) -> Result<Vec<Referrer>, TransferError>;

    /// Where a blob is. It need not be looked at yet.
    ///
    /// # Errors
    /// Where it is known not to be there.
    fn blob(&self, content: &Content) -> Result<Held, TransferError>;

    /// The bytes of a small blob, such as a configuration.
    ///
    /// # Errors
    /// Where it is not there, too large, or not what its digest says.
    fn bytes(&self, content: &Content) -> Result<Vec<u8>, TransferError>;
}

/// A blob and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Media type, digest, size.
    pub content: Content,
    /// The file, and where in it the blob begins.
    pub path: PathBuf,
    /// `None` for a file that is the blob alone.
    pub start: Option<u64>,
    /// A registry's image that has it, from where it comes if the file does not exist.
    pub origin: Option<String>,
}

impl Held {
    /// As a blob to be pushed or written.
    pub fn blob(&self) -> Blob<'_> {
        let source = match self.start {
            None => Source::File(&self.path),
            Some(start) => Source::Part(&self.path, start, self.content.size),
        };
        Blob { content: self.content.clone(), source, origin: self.origin.as_deref() }
    }

    /// Whether its bytes are on this machine.
    pub fn is_here(&self) -> bool {
        self.path.is_file()
    }
}
