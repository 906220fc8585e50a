//! Images with all that belongs to them, moved as they are: indexes, manifests, blobs, and what refers to them.
//!
//! In: an [`Origin`], a registry or a layout. Out: an [`ImageTree`](crate::ImageTree), whose documents are in memory and whose blobs are where they were;
//! what becomes of it is told by who asked. It must not know how an image is built, and changes no byte of one.
//!
//! | module | what it holds |
//! |---|---|
//! | `platforms` | an index → the part of it that is for some platforms |
//! | `origin` | a place that has an image |
//! | `gather` | a root → everything that hangs on it |
//! | `remote` | a registry as an origin |
//! | `local` | a layout, in a folder or an archive, as an origin |
//! | `held` | an image tree in memory as an origin |
//! | `verify` | image trees of a layout → whether its blobs are whole |
//! | `inspect` | a root → what people want to know of it |
//! | `error` | what can go wrong |

mod error;
mod gather;
mod held;
pub mod inspect;
mod local;
mod origin;
mod platforms;
mod remote;
mod verify;

pub use error::TransferError;
pub use gather::{gather, gather_from};
pub use held::Held;
pub(crate) use local::BUNDLE;
pub use local::{Local, LocalEntry};
pub use origin::Origin;
pub use platforms::choose;
pub(crate) use platforms::platforms_of;
pub use remote::Remote;
pub use verify::verify;
pub(crate) use verify::verify_blobs;
