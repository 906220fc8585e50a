//! `fourply publish`: the images of a bundle into a registry.

use std::path::PathBuf;

use clap::Args;

use super::copy::told;
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
        terminal.line(&format!("{}: {}", one.target, told(&one.report)));
        lines.push_str(&format!("{}\t{}\n", one.target, one.digest));
    };
    publish(&args.bundle, &args.registry, &outside.registries, &outside.store, &terminal, &mut note)?;
    super::print::print(&lines)
}
