//! From a base and layers to an image: configuration, manifest, digests.
//!
//! In: a [`BaseImage`], [`Layer`](crate::Layer)s whose blobs lie in the store, [`ImageSettings`]. Out: an [`Image`], whose bytes follow from those
//! alone, or an [`index()`] over several. It must not know where the image goes to, nor how a layer came about.
//!
//! | module | what it holds |
//! |---|---|
//! | `base` | what an image stands on |
//! | `settings` | what an image's configuration is to say |
//! | `config` | settings and the base's configuration → the image's |
//! | `document` | configuration and layers → the manifest's bytes |
//! | `assemble` | all of it → the image |
//! | `index` | images for several platforms → one document |
//! | `annotations` | the names of OCI's annotations, and the standard ones of an image |
//! | `time` | times, as documents have them |
//! | `error` | what can be wrong |

mod annotations;
mod assemble;
mod base;
mod config;
mod document;
mod error;
mod index;
mod settings;
mod time;

pub use annotations::Annotations;
pub use assemble::{Image, tree_of};
pub use base::BaseImage;
pub use error::{ImageError, MAX_LAYERS};
pub use index::{index, index_over};
pub use settings::{Healthcheck, ImageSettings};

#[cfg(test)]
pub(crate) mod tests;
