//! The word for an image on the command line → where it is, or where it goes.

use std::path::{Path, PathBuf};

use clap::Args;
use fourply_base::{ImageChoice, ImageRef, LocalImage};
use fourply_platform::Platform;

use super::image_word::check_no_service;
use super::outside::Outside;
use crate::Error;
use crate::docker_archive::docker_archive;
use fourply_oci::transfer::{Local, Origin, Remote, choose, gather_from};
use fourply_oci::{ImageTree, Reference};
use fourply_store::NoProgress;

/// What is taken of an image.
#[derive(Debug, Clone, Args)]
pub struct PartArgs {
    /// Of an image for several platforms take these, with commas between them: one is the image that it is, with its own digest; several are an index
    /// without the others, which has another digest and is not what signatures of the whole speak of
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// Leave signatures, SBOMs and whatever else refers to the image behind
    #[arg(long)]
    pub without_referrers: bool,
}

impl PartArgs {
    /// Gathers that of an image.
    ///
    /// # Errors
    /// Where the image is not there, or not for a platform that is named.
    pub fn gather(&self, origin: &dyn Origin) -> Result<ImageTree, Error> {
        let platforms =
            self.platforms.iter().map(|text| text.parse()).collect::<Result<Vec<Platform>, _>>()?;
        let root = choose(origin, &platforms)?;
        Ok(gather_from(origin, root, !self.without_referrers)?)
    }
}

/// The image that a word names: a reference in a registry, `oci:DIR[:NAME]`, `oci-archive:FILE[:NAME]` or `docker-archive:FILE[:NAME]`; paths start at
/// the current folder.
///
/// # Errors
/// Where the word is no name, or no layout is where it says.
pub(super) fn origin<'o>(outside: &'o Outside, word: &str) -> Result<Box<dyn Origin + 'o>, Error> {
    check_no_service(word)?;
    let image = ImageRef::parse(word, Path::new(""))?;
    if let ImageRef::Registry(name) = &image {
        let reference = Reference::parse(name)?;
        return Ok(Box::new(Remote::new(&outside.registries, &outside.store, reference)));
    }
    if let ImageRef::DockerArchive(local) = &image
        && let Some(held) = docker_archive(local, &outside.store, &NoProgress)?
    {
        return Ok(Box::new(held));
    }
    match local(&image)? {
        Some(local) => Ok(Box::new(local)),
        None => Err(Error::usage(format!("{word} is no image"), "write REGISTRY/NAME:TAG or oci:DIR")),
    }
}

/// The layout that a name means; `None` where it means a registry.
///
/// # Errors
/// Where there is no layout, or one that cannot be read where it is.
pub(super) fn local(image: &ImageRef) -> Result<Option<Local>, Error> {
    let (LocalImage { choice, .. }, local) = match image {
        ImageRef::Registry(_) => return Ok(None),
        ImageRef::Layout(image) => (image, Local::folder(&image.path)?),
        ImageRef::OciArchive(image) | ImageRef::DockerArchive(image) => (image, Local::archive(&image.path)?),
    };
    Ok(Some(match choice {
        ImageChoice::Only => local,
        ImageChoice::Name(name) => local.with_name(name),
        ImageChoice::Digest(digest) => local.with_digest(*digest),
    }))
}

/// The layout or archive that a word names, whose blobs nobody has checked yet.
///
/// # Errors
/// Where the word is no name.
pub(super) fn unchecked(word: &str) -> Result<Option<PathBuf>, Error> {
    Ok(match ImageRef::parse(word, Path::new(""))? {
        ImageRef::Registry(_) => None,
        ImageRef::Layout(image) | ImageRef::OciArchive(image) | ImageRef::DockerArchive(image) => {
            Some(image.path)
        }
    })
}

/// The place in a registry that a word names, for what is pushed there.
///
/// # Errors
/// Where it names a layout or an archive, or nothing at all.
pub(super) fn target(word: &str) -> Result<Reference, Error> {
    match ImageRef::parse(word, Path::new(""))? {
        ImageRef::Registry(name) => Ok(Reference::parse(&name)?),
        _ => Err(Error::usage(
            format!("{word} is no place in a registry"),
            "name a target as REGISTRY/NAME:TAG; fourply bundle FILE IMAGE writes a layout in an archive",
        )),
    }
}
