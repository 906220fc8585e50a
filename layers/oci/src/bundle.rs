//! Images for a site without a network: one archive in the form of an OCI layout, which any tool reads. It contains the
//! images' referrers, and leaves out the blobs that the other side has.
//!
//! In: [`BundledImage`] image trees, and a description of the other side. Out: a complete file or none. On the other
//! side: the images in its registry, with their digests, tags and referrers. This module must not know where the images
//! came from.
//!
//! | module | what it holds |
//! |---|---|
//! | `contents` | the document that lists the omitted blobs and the deltas |
//! | `deltas` | images, the other side's blobs → blobs as deltas |
//! | `rebuilt` | deltas, a registry with the old images → the blobs |
//! | `site` | repositories of the other side |
//! | `image` | one image of a bundle |
//! | `since` | the blobs of the other side |
//! | `inspect` | archive → its contents |
//! | `write` | images → archive |
//! | `publish` | archive → registry |

mod contents;
mod deltas;
#[doc(hidden)]
pub mod fuzz;
mod image;
mod inspect;
mod publish;
mod rebuilt;
mod since;
mod site;
mod write;

pub use contents::{Absent, BundleContents, BundledDelta, ContentsError, DeltaSource};
pub use deltas::{Deltas, digests};
pub use image::BundledImage;
pub use inspect::{
    AbsentInspection, BundleInspection, BundledInspection, DeltaInspection, DeltaSourceInspection, inspect,
    is_layout_archive,
};
pub use publish::{Published, publish};
pub use since::Since;
pub use write::{BundleReport, write};
