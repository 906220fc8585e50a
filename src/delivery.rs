//! Where a build's images go: files, registries, tags. In: what was built. Out: reports. Images for several platforms become an index.

use crate::Error;
use crate::context::Context;
use crate::image::{Content, Image, ImageIndex};
use crate::pipeline::Built;
use crate::registry::Reference;
use crate::sink::{OutputSpec, Parcel, RegistrySink, Sink as _, SinkReport};

/// Writes one service's image to every output, and pushes it under every tag. Images for several platforms become an index.
///
/// # Errors
/// Those of the sinks; the places before the failing one are whole.
pub fn publish(
    context: &Context<'_>,
    built: &[&Built],
    tags: &[String],
    push: bool,
    outputs: &[OutputSpec],
) -> Result<Vec<SinkReport>, Error> {
    let mut reports = Vec::new();
    if !outputs.is_empty() {
        built.iter().try_for_each(|built| complete(context, &built.image))?;
    }
    let index = index(built)?;
    let Some(parcel) = parcel(index.as_ref(), built) else { return Ok(reports) };
    for output in outputs {
        reports.push(output.sink().put(&parcel, &output.names(tags), context.terminal)?);
    }
    if push {
        reports.push(RegistrySink::new(context.registries()?).put(&parcel, tags, context.terminal)?);
    }
    Ok(reports)
}

/// Brings all of one service's image into the repositories of its tags, and leaves the tags as they are.
///
/// # Errors
/// Those of the registries.
pub fn send(context: &Context<'_>, built: &[&Built], tags: &[String]) -> Result<(), Error> {
    let index = index(built)?;
    let Some(parcel) = parcel(index.as_ref(), built) else { return Ok(()) };
    let digest = parcel.digest();
    let untagged = |tag: &String| Reference::parse(tag)?.with_digest(&digest);
    let targets = tags.iter().map(untagged).collect::<Result<Vec<_>, _>>()?;
    context.registries()?.ship(&parcel.shipment, &targets, context.terminal)?;
    Ok(())
}

/// Fetches the layers of the base that are at its registry alone: a file holds all of an image.
fn complete(context: &Context<'_>, image: &Image) -> Result<(), Error> {
    let away: Vec<Content> = image
        .layers
        .iter()
        .filter(|layer| layer.from_base && !layer.path.is_file())
        .map(|layer| layer.content.clone())
        .collect();
    let Some(name) = image.base_name.as_deref().filter(|_| !away.is_empty()) else { return Ok(()) };
    Ok(context.registries()?.fetch(&Reference::parse(name)?, &away, context.terminal)?)
}

/// What is written: the index, or the one image.
fn parcel<'p>(index: Option<&'p ImageIndex>, built: &[&'p Built]) -> Option<Parcel<'p>> {
    let alone = || built.first().map(|built| Parcel::image(&built.image));
    index.map(Parcel::index).or_else(alone)
}

/// The index over images for several platforms; `None` for a single image.
///
/// # Errors
/// Where two are for one platform.
pub fn index(built: &[&Built]) -> Result<Option<ImageIndex>, Error> {
    if built.len() < 2 {
        return Ok(None);
    }
    Ok(Some(ImageIndex::of(built.iter().map(|built| built.image.clone()).collect())?))
}
