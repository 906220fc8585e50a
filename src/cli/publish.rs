//! `fourply publish`: the images of a bundle into a registry.

use std::path::PathBuf;

use clap::Args;

use super::copy::told;
use super::media_types::{MediaTypesWord, changed};
use super::outside::{Outside, OutsideArgs};
use crate::Error;
use crate::report::Terminal;
use fourply_oci::bundle::{Published, publish};

/// The arguments of `fourply publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The archive that fourply bundle wrote, or any OCI layout whose images have names
    pub bundle: PathBuf,
    /// Where its images go: HOST or HOST/PREFIX; repositories and tags stay
    #[arg(value_name = "REGISTRY")]
    pub registry: String,
    /// By whose media types the manifests are written
    #[arg(long, value_enum, value_name = "KIND", default_value_t)]
    pub media_types: MediaTypesWord,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command: prints a line for each image, its place and its digest. Run again after an interruption, it goes on.
///
/// # Errors
/// Those of the bundle and the registry.
pub fn run(args: &PublishArgs) -> Result<(), Error> {
    let outside = Outside::open(&args.outside)?;
    let terminal = Terminal::new(args.outside.quiet);
    let mut lines = String::new();
    let mut note = |one: &Published| {
        changed(&one.original, &one.digest, one.left).iter().for_each(|line| terminal.line(line));
        terminal.line(&format!("{}: {}", one.target, told(&one.report)));
        lines.push_str(&format!("{}\t{}\n", one.target, one.digest));
    };
    let types = args.media_types.into();
    publish(&args.bundle, &args.registry, &outside.registries, &outside.store, types, &terminal, &mut note)?;
    super::print::print(&lines)
}
