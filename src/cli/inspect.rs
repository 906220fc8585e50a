//! `fourply inspect`: what an image is, without fetching its layers.

use clap::Args;

use super::outside::{Outside, OutsideArgs};
use super::place::origin;
use crate::Error;
use crate::report::inspection;
use fourply_oci::transfer::inspect::inspect;

/// The arguments of `fourply inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The image: a reference in a registry, oci:DIR[:NAME] or oci-archive:FILE[:NAME]
    pub image: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command.
///
/// # Errors
/// Those of the registry or layout.
pub fn run(args: &InspectArgs) -> Result<(), Error> {
    let outside = Outside::open(&args.outside)?;
    let found = inspect(&*origin(&outside, &args.image)?)?;
    let text = match args.json {
        true => serde_json::to_string_pretty(&found).map_err(std::io::Error::other)? + "\n",
        false => inspection(&found),
    };
    super::print::print(&text)
}
