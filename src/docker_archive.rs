//! What docker saved → an image that is moved like any other. In: an archive's image, a store. Out: an origin whose layers are in the store. The configuration
//! keeps its bytes, so the image keeps docker's ID; its layers are compressed, always to the same bytes.

use fourply_base::{ImageRef, LocalImage, docker_image};
use fourply_oci::Blob;
use fourply_oci::image::tree_of;
use fourply_oci::transfer::Held;
use fourply_store::{Progress, Store};

use crate::Error;
use crate::base_image::descriptor;

/// The archive's image; `None` where it is an OCI layout as well.
///
/// # Errors
/// Those of reading the archive.
pub fn docker_archive(
    image: &LocalImage,
    store: &Store,
    progress: &dyn Progress,
) -> Result<Option<Held>, Error> {
    let Some(found) = docker_image(image, store, progress)? else { return Ok(None) };
    let layers = found.layers.iter().map(|layer| Blob::in_store(store, descriptor(layer)));
    let tree = tree_of(found.config, layers.collect())?;
    Ok(Some(Held::new(&ImageRef::DockerArchive(image.clone()).to_string(), tree)))
}
