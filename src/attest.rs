//! What is said of an image beside it. In: what the stages of a build know. Out: what the image holds and how it was made, and both as documents that
//! refer to the image. The forms of the documents are those of `fourply_attest`; nothing here decides a byte of the image.

mod build;
mod component;
pub(crate) mod derived;
mod document;
mod facts;
mod layer_packages;
mod licences;
mod made;
mod modules;
mod system;
mod workspace;

pub(crate) use document::media_type_of;
pub(crate) use facts::Facts;
pub(crate) use made::Made;
