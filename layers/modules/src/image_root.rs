//! The workspace's root in an image. In: values from the image's base. Out: the part of the root that package and
//! output layers repeat.

use fourply_blob::{Codec, Directories, LayerPath, PathError};

/// The location of the workspace in an image, and the format of layers there.
#[derive(Debug, Clone, Copy)]
pub struct ImageRoot<'a> {
    /// The workspace's root, absolute: `/app`.
    pub path: &'a str,
    /// The directories that the base has above it. The root and everything below belong to root, whatever the base has
    /// there.
    pub directories: &'a Directories,
    /// How layers are compressed.
    pub codec: Codec,
}

impl ImageRoot<'_> {
    /// The root as a path of a layer.
    ///
    /// # Errors
    /// A path that is not valid in a layer.
    pub fn prefix(&self) -> Result<LayerPath, PathError> {
        LayerPath::new(self.path.trim_start_matches('/'))
    }
}
