//! `fourply inspect`: what an image is, without fetching its layers; or what the base of a workspace holds.

use std::path::{Path, PathBuf};

use clap::Args;

use super::outside::{Outside, OutsideArgs};
use super::place::origin;
use super::workspace::locate;
use crate::Error;
use crate::base_report::BaseReport;
use crate::context::Context;
use crate::report::{Terminal, base_report, bundle_inspection, inspection};
use crate::settings::{Overrides, Settings, read_config};
use fourply_oci::bundle::{BundleInspection, inspect as inspect_bundle, is_layout_archive};
use fourply_oci::transfer::TransferError;
use fourply_oci::transfer::inspect::inspect;

/// The arguments of `fourply inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The image: a reference in a registry, oci:DIR[:NAME], oci-archive:FILE[:NAME] or docker-archive:FILE[:NAME]; a bundle: FILE; with --base, the workspace's
    /// folder [default: .]
    #[arg(required_unless_present = "base")]
    pub image: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Show what [base] of the workspace holds: packages, users, C library, node, sizes, and where each comes from
    #[arg(long)]
    pub base: bool,
    /// With --base: the platform [default: linux/amd64]
    #[arg(long, value_name = "OS/ARCH", requires = "base")]
    pub platform: Option<String>,
    /// With --base: the configuration [default: fourply.toml at the workspace's root]
    #[arg(long, value_name = "FILE", requires = "base")]
    pub config: Option<PathBuf>,
    /// With --base: touch no network
    #[arg(long, requires = "base")]
    pub offline: bool,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command.
///
/// # Errors
/// Those of the registry or layout; those of the base.
pub fn run(args: &InspectArgs) -> Result<(), Error> {
    let image = args.image.as_deref();
    let text = match args.base {
        true => of_base(args, image.unwrap_or("."))?,
        false => of_image(args, image.unwrap_or_default())?,
    };
    super::print::print(&text)
}

fn of_image(args: &InspectArgs, image: &str) -> Result<String, Error> {
    if let Some(found) = bundle(image)? {
        return match args.json {
            true => json(&found),
            false => Ok(bundle_inspection(&found)),
        };
    }
    let outside = Outside::open(&args.outside)?;
    let found = inspect(&*origin(&outside, image)?)?;
    match args.json {
        true => json(&found),
        false => Ok(inspection(&found)),
    }
}

/// What a bundle holds: an archive by its path alone, or a layout that has no single image.
fn bundle(word: &str) -> Result<Option<BundleInspection>, Error> {
    let path =
        Path::new(["oci-archive:", "oci:"].iter().find_map(|kind| word.strip_prefix(kind)).unwrap_or(word));
    let plain = path == Path::new(word);
    if !path.is_file() && (plain || !path.join("oci-layout").is_file()) {
        return Ok(None);
    }
    match inspect_bundle(path) {
        // What it is instead, and how to name that, is told where images are named.
        Err(TransferError::Layout { .. }) if plain && !is_layout_archive(path) => Ok(None),
        found => Ok(found?),
    }
}

fn of_base(args: &InspectArgs, folder: &str) -> Result<String, Error> {
    let (root, service) = locate(folder.as_ref())?;
    let config = read_config(&root, args.config.as_deref())?;
    let over = Overrides {
        platform: args.platform.clone(),
        store: args.outside.store.clone(),
        offline: args.offline,
        registry: args.outside.registry.clone(),
        ..Overrides::default()
    };
    let settings = Settings::resolve(&root, &service, &config, &over)?;
    let terminal = Terminal::new(args.outside.quiet);
    let context = Context::open(&settings, &terminal)?;
    let (base, pins) = context.base(&settings)?;
    let found = BaseReport::new(&settings, &base, &pins);
    match args.json {
        true => json(&found),
        false => Ok(base_report(&found)),
    }
}

fn json(found: &impl serde::Serialize) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(found).map_err(std::io::Error::other)? + "\n")
}
