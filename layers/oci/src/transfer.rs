//! Complete images, moved unchanged: indexes, manifests, blobs and referrers.
//!
//! In: an [`Origin`], which is a registry or a layout. Out: an [`ImageTree`](crate::ImageTree) with documents in memory
//! and blobs in their original location. This module must not know how an image is built or what the caller does with
//! it. It changes no byte of an image.
//!
//! | module | what it holds |
//! |---|---|
//! | `platforms` | an index → its part for some platforms |
//! | `origin` | a location that has an image |
//! | `gather` | a root → all of its manifests and blobs |
//! | `remote` | a registry as an origin |
//! | `local` | a layout, in a folder or an archive, as an origin |
//! | `held` | an image tree in memory as an origin |
//! | `verify` | image trees of a layout → whether their blobs are intact |
//! | `inspect` | a root → a summary for people |
//! | `error` | errors |

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
