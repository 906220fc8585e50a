//! `fourply smoke` and `fourply compare` on images with each fault put in, as a plain user and as root; on hostile images; and `build --smoke`, which writes nothing that is at fault. Images
//! are made of this machine's own shell and node.
#![allow(missing_docs, clippy::unwrap_used)]

mod builds;
mod compare;
mod faults;
mod hostile;
mod images;

use fourply_testing::{program, tiny, user};
