//! Shared inputs of everything that builds layers: the platform, the store, and the source of packages.

use fourply_blob::Codec;
use fourply_platform::Platform;
use fourply_store::{Fetcher, Progress, Store};

/// Shared inputs of everything that builds layers.
#[derive(Clone, Copy)]
pub struct Tools<'t> {
    /// The platform of the image.
    pub platform: &'t Platform,
    /// Where layers, packages and records are kept.
    pub store: &'t Store,
    /// The source of packages.
    pub fetcher: &'t Fetcher,
    /// Receives progress reports.
    pub progress: &'t dyn Progress,
    /// The compression of layers: gzip, which every engine reads, in members or as one.
    pub codec: Codec,
}
