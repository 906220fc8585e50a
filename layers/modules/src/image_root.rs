//! Where the workspace's root lies in an image. In: values that the image's base decides. Out: what layers of packages and outputs have to
//! repeat of it.

use fourply_blob::{Codec, Directories, LayerPath, PathError};

/// The place of the workspace in an image, and how layers there are written.
#[derive(Debug, Clone, Copy)]
pub struct ImageRoot<'a> {
    /// The workspace's root, absolute: `/app`.
    pub path: &'a str,
    /// The directories that the base has above it. Those at and below it are root's, whatever the base has there.
    pub directories: &'a Directories,
    /// How layers are compressed.
    pub codec: Codec,
}

impl ImageRoot<'_> {
    /// The root as a path of a layer.
    ///
    /// # Errors
    /// A path that cannot stand in a layer.
    pub fn prefix(&self) -> Result<LayerPath, PathError> {
        LayerPath::new(self.path.trim_start_matches('/'))
    }
}
