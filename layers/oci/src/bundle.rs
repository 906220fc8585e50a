//! Images on their way to a site without a network: one archive, an OCI layout that any tool reads, with what refers to the images, and
//! without what the other side has.
//!
//! In: [`BundledImage`] image trees, and what is known of the other side. Out: a file, whole or not at all; or, on the other side, the images
//! in its registry with the digests, tags and referrers that they had. It must not know where the images came from.
//!
//! | module | what it holds |
//! |---|---|
//! | `contents` | the document that says what was left out, and what is a delta |
//! | `deltas` | images, what the other side has → blobs as deltas |
//! | `rebuilt` | deltas, a registry with the old images → the blobs |
//! | `site` | places of the other side |
//! | `image` | one image of a bundle |
//! | `since` | what the other side has |
//! | `inspect` | archive → what it holds |
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
