//! How long the stages of one image took.

use std::time::Duration;

/// Wall-clock times of one image's stages.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Took {
    /// Until the outputs were there.
    pub scripts: Duration,
    /// From there to the image.
    pub layers: Duration,
}
