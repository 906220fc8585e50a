//! The word for an image on the command line → where it is, or where it goes.

use std::path::Path;

use fourply_base::ImageRef;

use super::outside::Outside;
use crate::Error;
use crate::registry::Reference;
use crate::transfer::{Local, Origin, Remote};

/// The image that a word names: a reference in a registry, `oci:DIR[:NAME]` or `oci-archive:FILE[:NAME]`; paths start at the current
/// folder.
///
/// # Errors
/// Where the word is no name, or no layout is where it says.
pub fn origin<'o>(outside: &'o Outside, word: &str) -> Result<Box<dyn Origin + 'o>, Error> {
    let image = ImageRef::parse(word, Path::new(""))?;
    if let ImageRef::Registry(name) = &image {
        let reference = Reference::parse(name)?;
        return Ok(Box::new(Remote::new(&outside.registries, &outside.store, reference)));
    }
    match Local::of(&image)? {
        Some(local) => Ok(Box::new(local)),
        None => Err(Error::usage(format!("{word} is no image"), "write REGISTRY/NAME:TAG or oci:DIR")),
    }
}

/// The place in a registry that a word names, for what is pushed there.
///
/// # Errors
/// Where it names a layout or an archive, or nothing at all.
pub fn target(word: &str) -> Result<Reference, Error> {
    match ImageRef::parse(word, Path::new(""))? {
        ImageRef::Registry(name) => Ok(Reference::parse(&name)?),
        _ => Err(Error::usage(
            format!("{word} is no place in a registry"),
            "name a target as REGISTRY/NAME:TAG; fourply bundle FILE IMAGE writes a layout in an archive",
        )),
    }
}
