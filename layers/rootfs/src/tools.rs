//! What every way to a base works with: the platform that it is for, and where packages and layers rest and come from.

use fourply_blob::Codec;
use fourply_platform::Platform;
use fourply_store::{Fetcher, Progress, Store};

/// What every way to a base works with.
#[derive(Clone, Copy)]
pub struct Tools<'t> {
    /// The platform of the image.
    pub platform: &'t Platform,
    /// Where layers, packages and records rest.
    pub store: &'t Store,
    /// Where packages come from.
    pub fetcher: &'t Fetcher,
    /// Who is told how far the work is.
    pub progress: &'t dyn Progress,
    /// How layers are compressed: gzip, which every engine reads, in members or as one.
    pub codec: Codec,
}
