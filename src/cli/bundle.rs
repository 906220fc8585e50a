//! `fourply bundle`: images, and on request all that a build needs, in one archive for a site without a network.

use std::path::{Path, PathBuf};

use clap::Args;
use fourply_base::{ImageChoice, ImageRef};
use fourply_store::Progress as _;

use super::outside::{Outside, OutsideArgs};
use super::place::{PartArgs, local, origin};
use super::values::{self, BuildArg};
use super::workspace::{Chosen, choose};
use crate::Error;
use crate::context::Context;
use crate::report::{Terminal, bytes};
use crate::settings::{Overrides, Settings};
use crate::supplies;
use fourply_oci::artifact::{self, Artifact};
use fourply_oci::bundle::{BundleReport, BundledImage, Deltas, Since, digests, write};
use fourply_oci::transfer::gather;
use fourply_oci::{Reference, media_type};

/// The arguments of `fourply bundle`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply bundle release-2.tar registry.example/erp/auth:2 --since release-1.tar
  fourply bundle release-2.tar registry.example/erp/auth:2 --since release-1.tar --delta
  fourply publish release-2.tar registry.site:5000/mirror      on the other side
  fourply bundle build.tar --build services/auth
  fourply store pull oci-archive:build.tar                     on the other side, then fourply build --offline")]
pub struct BundleArgs {
    /// The archive to write, which is an OCI layout
    pub file: PathBuf,
    /// Images: references in a registry, oci:DIR[:NAME], oci-archive:FILE[:NAME] or docker-archive:FILE:NAME
    #[arg(value_name = "IMAGE", required_unless_present = "builds")]
    pub images: Vec<String>,
    /// Leave out what the other side has: a bundle that was published there, or an image; can be repeated
    #[arg(long, value_name = "BUNDLE|IMAGE")]
    pub since: Vec<String>,
    /// Carry what changed as deltas against what the other side has; fourply publish rebuilds the same bytes there. Needs the old images here, too: in a
    /// registry, a layout, the bundle or the store
    #[arg(long, requires = "since")]
    pub delta: bool,
    /// Add all that is needed to build this service without a network: base, packages, tools; can be repeated
    #[arg(long = "build", value_name = "SERVICE")]
    pub builds: Vec<String>,
    /// NODE_VERSION=VERSION, where it chooses the base of what is built
    #[arg(long = "build-arg", value_name = "NAME[=VALUE]", requires = "builds")]
    pub build_args: Vec<BuildArg>,
    /// What is taken of the images.
    #[command(flatten)]
    pub part: PartArgs,
    /// Send this npm registry what the workspace's own .npmrc says, with variables of the environment [also: FOURPLY_TRUST_REGISTRIES]; can be repeated
    #[arg(long = "trust-registry", value_name = "HOST", requires = "builds")]
    pub trusted: Vec<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command.
///
/// # Errors
/// Those of the registries, the builds and the file.
pub fn run(args: &BundleArgs) -> Result<(), Error> {
    let outside = Outside::open(&args.outside)?;
    let terminal = Terminal::new(args.outside.quiet);
    let mut since = Since::default();
    for word in &args.since {
        note(&outside, word, &mut since)?;
    }
    let mut images = Vec::new();
    for word in &args.images {
        images.push(image(&outside, word, &args.part)?);
    }
    let artifact = supplies_of(args, &terminal)?;
    images.extend(artifact.as_ref().map(|artifact| BundledImage {
        name: "fourply-store".to_owned(),
        artifact_type: Some(media_type::STORE_ARTIFACT.to_owned()),
        tree: artifact.tree.clone(),
    }));
    for image in &mut images {
        bring(&outside, image, &since, &terminal)?;
    }
    let deltas = match args.delta {
        true => deltas(&outside, &images, &since, &terminal)?,
        false => Deltas::default(),
    };
    let report = write(&args.file, &images, &since, &deltas, &terminal)?;
    terminal.end();
    terminal.line(&format!("{}: {}", args.file.display(), told(&report)));
    Ok(())
}

fn told(report: &BundleReport) -> String {
    let deltas = match report.deltas {
        0 => String::new(),
        count => format!("; {count} as deltas, {} in place of {}", bytes(report.after), bytes(report.before)),
    };
    format!(
        "{} in {} blobs and manifests; {} left out, which the other side has{deltas}",
        bytes(report.bytes),
        report.written,
        report.left_out
    )
}

/// Makes deltas against the old images, as far as these can be had here.
fn deltas(
    outside: &Outside,
    images: &[BundledImage],
    since: &Since,
    terminal: &Terminal,
) -> Result<Deltas, Error> {
    let new = digests(images);
    for image in since.nowhere(&new) {
        terminal.line(&format!(
            "warning: no deltas against {image}, whose layers are not on this side: name the image itself with --since"
        ));
    }
    for (origin, blobs) in since.away(&new) {
        let fetched = Reference::parse(&origin)
            .map_err(Error::from)
            .and_then(|origin| Ok(outside.registries.fetch(&origin, &blobs, terminal)?));
        if let Err(error) = fetched {
            terminal.line(&format!("warning: no deltas against {origin}, which cannot be fetched: {error}"));
        }
    }
    Ok(Deltas::new(images, since, &outside.store, terminal)?)
}

fn image(outside: &Outside, word: &str, part: &PartArgs) -> Result<BundledImage, Error> {
    let tree = part.gather(&*origin(outside, word)?)?;
    let name = name_of(word)?;
    // One platform of an index is an image with another digest than the one that was asked for.
    let name = match Reference::parse(&name) {
        Ok(named) if named.digest().is_some() => named.with_digest(&tree.root)?.to_string(),
        _ => name,
    };
    Ok(BundledImage { name, artifact_type: None, tree })
}

/// The name that an image has in the bundle, and from which its place on the other side follows.
fn name_of(word: &str) -> Result<String, Error> {
    let image = ImageRef::parse(word, Path::new(""))?;
    match &image {
        ImageRef::Registry(name) => Ok(Reference::parse(name)?.to_string()),
        ImageRef::Layout(local) | ImageRef::OciArchive(local) | ImageRef::DockerArchive(local) => {
            match &local.choice {
                ImageChoice::Name(name) => Ok(name.clone()),
                ImageChoice::Only if matches!(image, ImageRef::DockerArchive(_)) => Err(Error::usage(
                    format!("{word} says no name, and its place on the other side follows from that"),
                    format!("write {word}:NAME:TAG, a name that docker saved"),
                )),
                _ => single_name(&image)?.ok_or_else(|| {
                    Error::user(
                        format!("{word} has no name that says where it goes on the other side"),
                        "give it one when it is built, such as -o type=oci,dest=DIR,name=erp/auth:1",
                    )
                }),
            }
        }
    }
}

/// The one name in a layout.
fn single_name(image: &ImageRef) -> Result<Option<String>, Error> {
    let local = local(image)?;
    let mut names: Vec<String> = local
        .iter()
        .flat_map(|local| local.entries())
        .filter(|entry| entry.is_image())
        .filter_map(|entry| entry.name.clone())
        .collect();
    names.dedup();
    Ok(names.pop().filter(|_| names.is_empty()))
}

/// Notes what the other side has: all images of a bundle with what that one left out, or one image.
fn note(outside: &Outside, word: &str, since: &mut Since) -> Result<(), Error> {
    let path = Path::new(word.strip_prefix("oci-archive:").unwrap_or(word));
    if path.is_file() {
        return Ok(since.add_bundle(path, &outside.store)?);
    }
    let tree = gather(&*origin(outside, word)?, true)?;
    since.add_image(&name_of(word)?, &tree);
    Ok(())
}

/// Fetches the blobs that go into the bundle and are not on this machine.
fn bring(
    outside: &Outside,
    image: &mut BundledImage,
    since: &Since,
    terminal: &Terminal,
) -> Result<(), Error> {
    for (origin, away) in image.tree.away() {
        let wanted: Vec<_> = away.into_iter().filter(|blob| !since.has(&blob.digest)).collect();
        outside.registries.fetch(&Reference::parse(&origin)?, &wanted, terminal)?;
    }
    Ok(())
}

fn supplies_of(args: &BundleArgs, terminal: &Terminal) -> Result<Option<Artifact>, Error> {
    let mut all = supplies::Supplies::default();
    let mut store = None;
    for service in &args.builds {
        let Chosen { root, config, services } = choose(std::slice::from_ref(service), None)?;
        let Some(service) = services.first() else { continue };
        let over = Overrides {
            store: args.outside.store.clone(),
            registry: args.outside.registry.clone(),
            keep_tarballs: true,
            trusted: args.trusted.clone(),
            build_args: values::build_args(&args.build_args),
            ..Overrides::default()
        };
        let settings = Settings::resolve(&root, service, &config, &over)?;
        let context = Context::open(&settings, terminal)?;
        let found = supplies::supplies(&settings, &context, true)?;
        all.entries.extend(found.entries);
        all.blobs.extend(found.blobs);
        store = Some(context.store);
    }
    Ok(store.map(|store| artifact::pack(&store, &all.entries, &all.blobs)).transpose()?)
}
