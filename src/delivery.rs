//! Where a build's images go: files, registries, tags. In: what was built. Out: reports. Images for several platforms become an index.

use crate::Error;
use crate::attest::Facts;
use crate::cli::media_types::changed;
use crate::context::Context;
use crate::load::Load;
use crate::pipeline::BuiltImage;
use crate::report::print_file;
use crate::settings::{OutputKind, OutputSpec};
use fourply_oci::image::{self, Image};
use fourply_oci::sink::{RegistrySink, Sink as _, SinkReport};
use fourply_oci::{ImageTree, MediaTypes, OciError, Reference};
use fourply_store::Progress as _;
use tracing::info_span;

/// Documents were asked for, and go nowhere.
const NOWHERE: &str = "the SBOM and the provenance are written nowhere: docker archives and engines cannot hold them; add -o type=oci,dest=DIR, -o type=oci-archive,dest=FILE or --push";

/// Writes one service's image to every output and into a container engine, and pushes it under every tag with these media types. Images for several platforms become an index.
///
/// # Errors
/// Those of the sinks; the places before the failing one are whole.
pub(crate) fn publish(
    context: &Context<'_>,
    built: &[&BuiltImage],
    tags: &[String],
    push: Option<MediaTypes>,
    outputs: &[OutputSpec],
    load: Option<(&Load, &[String])>,
) -> Result<Vec<SinkReport>, Error> {
    let mut reports = Vec::new();
    let Some(bare) = image_tree(built)? else { return Ok(reports) };
    let tree = attested(bare.clone(), built)?;
    if push.is_none()
        && (load.is_some() || !outputs.is_empty())
        && outputs.iter().all(|output| output.kind == OutputKind::DockerArchive)
        && built.iter().any(|built| built.facts.as_ref().is_some_and(Facts::has_documents))
    {
        context.terminal.warn(&NOWHERE);
    }
    if !outputs.is_empty() || load.is_some() {
        complete(context, &tree)?;
    }
    for output in outputs {
        // What docker loads has no place for more than an image.
        let tree = if output.kind == OutputKind::DockerArchive { &bare } else { &tree };
        let _span = info_span!("output", of = output.kind.word()).entered();
        reports.push(match output.is_stdout() {
            true => to_stdout(output, tree, tags, context)?,
            false => output.sink().put(tree, &output.names(tags), context.terminal)?,
        });
    }
    if let Some((engine, names)) = load {
        let load = || engine.put(&bare, names, context);
        reports.push(info_span!("output", of = "engine").in_scope(load)?);
    }
    if let Some(types) = push {
        let tree = pushed(context, tree, types)?;
        reports.push(RegistrySink::new(context.registries()?).put(&tree, tags, context.terminal)?);
        tags.iter().for_each(|tag| context.terminal.line(&format!("pushed {tag}@{}", tree.root)));
    }
    Ok(reports)
}

/// An archive is whole before its first byte goes to standard output.
fn to_stdout(
    output: &OutputSpec,
    tree: &ImageTree,
    tags: &[String],
    context: &Context<'_>,
) -> Result<SinkReport, Error> {
    let folder = tempfile::Builder::new().prefix("fourply-").tempdir()?;
    let file = OutputSpec { dest: folder.path().join("image.tar"), ..output.clone() };
    let report = file.sink().put(tree, &output.names(tags), context.terminal)?;
    context.terminal.end();
    print_file(&file.dest)?;
    Ok(SinkReport { place: "standard output".to_owned(), ..report })
}

/// Brings all of one service's image into the repositories of its tags, and leaves the tags as they are.
///
/// # Errors
/// Those of the registries.
pub(crate) fn send(
    context: &Context<'_>,
    built: &[&BuiltImage],
    tags: &[String],
    types: MediaTypes,
) -> Result<(), Error> {
    let Some(tree) = image_tree(built)? else { return Ok(()) };
    let (tree, _) = types.of(attested(tree, built)?).map_err(OciError::from)?;
    let untagged = |tag: &String| Reference::parse(tag)?.with_digest(&tree.root);
    let targets = tags.iter().map(untagged).collect::<Result<Vec<_>, _>>()?;
    context.registries()?.push(&tree, &targets, context.terminal)?;
    Ok(())
}

/// The tree with what is said of the images beside them.
fn attested(tree: ImageTree, built: &[&BuiltImage]) -> Result<ImageTree, Error> {
    let mut all = Vec::new();
    for built in built {
        if let Some(facts) = &built.facts {
            all.extend(facts.attachments(&built.image)?);
        }
    }
    let attached = tree.attach(&all);
    attached.map_err(|error| Error::user(error, "report this: a descriptor cannot be written"))
}

/// What is pushed, which is told where its digest is another one than the image's.
fn pushed(context: &Context<'_>, tree: ImageTree, types: MediaTypes) -> Result<ImageTree, Error> {
    let before = tree.root;
    let (tree, left) = types.of(tree).map_err(OciError::from)?;
    changed(&before, &tree.root, left).iter().for_each(|line| context.terminal.line(line));
    Ok(tree)
}

/// Fetches the layers of the base that are at its registry alone: a file holds all of an image.
pub(crate) fn complete(context: &Context<'_>, tree: &ImageTree) -> Result<(), Error> {
    for (origin, away) in tree.away() {
        context.registries()?.fetch(&Reference::parse(&origin)?, &away, context.terminal)?;
    }
    Ok(())
}

/// What is written: the index over images for several platforms, or the one image; `None` where nothing was built.
///
/// # Errors
/// Where two are for one platform.
pub(crate) fn image_tree(built: &[&BuiltImage]) -> Result<Option<ImageTree>, Error> {
    match built {
        [] => Ok(None),
        [alone] => Ok(Some(alone.image.tree())),
        several => {
            let images: Vec<Image> = several.iter().map(|built| built.image.clone()).collect();
            Ok(Some(image::index(&images)?))
        }
    }
}
