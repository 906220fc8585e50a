//! `fourply index`: images for different platforms, which separate runners pushed, under one name.

use clap::Args;
use fourply_platform::Platform;

use super::copy::told;
use super::outside::{Outside, OutsideArgs};
use super::place::{origin, target};
use crate::Error;
use crate::report::Terminal;
use fourply_oci::image::index_over;
use fourply_oci::transfer::gather;
use fourply_oci::transfer::inspect::inspect;
use fourply_oci::{Blob, Descriptor, ImageTree, Manifest};

/// The arguments of `fourply index`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fourply index registry.example/erp/auth:1 registry.example/erp/auth@sha256:… registry.example/erp/auth@sha256:…")]
pub struct IndexArgs {
    /// The index's name: a reference with a tag
    pub target: String,
    /// Its images, each for another platform: references in a registry, oci:DIR[:NAME] or oci-archive:FILE[:NAME]; of an index, its images
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command: prints the index's digest.
///
/// # Errors
/// Where an image is not there, is none, or two are for one platform; those of the registries.
pub fn run(args: &IndexArgs) -> Result<(), Error> {
    let target = target(&args.target)?;
    let outside = Outside::open(&args.outside)?;
    let terminal = Terminal::new(args.outside.quiet);
    let mut parts = IndexParts::default();
    for word in &args.images {
        parts.add(&outside, word)?;
    }
    let index = index_over(parts.entries)?;
    let root = index.descriptor.digest;
    let manifests = parts.manifests.into_iter().chain([index]).collect();
    let tree = ImageTree::new(manifests, root, parts.blobs);
    let report = outside.registries.push(&tree, &[target], &terminal)?;
    terminal.line(&told(&report));
    super::print::print(&format!("{root}\n"))
}

#[derive(Default)]
struct IndexParts {
    entries: Vec<(Descriptor, Platform)>,
    manifests: Vec<Manifest>,
    blobs: Vec<Blob>,
}

impl IndexParts {
    fn add(&mut self, outside: &Outside, word: &str) -> Result<(), Error> {
        let source = origin(outside, word)?;
        let tree = gather(&*source, true)?;
        for image in inspect(&*source)?.images {
            let platform: Platform = image.platform.parse().map_err(|_| {
                let message = format!("{word} is no image for a platform but {}", image.platform);
                Error::user(message, "name images, each for one platform")
            })?;
            let manifest = tree.manifests.iter().find(|one| one.descriptor.digest == image.digest);
            self.entries.extend(manifest.map(|manifest| (manifest.descriptor.clone(), platform)));
        }
        // An index that was taken apart is no part of the new one.
        let own = tree.manifests.into_iter().filter(|one| !one.is_index());
        for manifest in own {
            if self.manifests.iter().all(|one| one.descriptor.digest != manifest.descriptor.digest) {
                self.manifests.push(manifest);
            }
        }
        self.blobs.extend(tree.blobs);
        Ok(())
    }
}
