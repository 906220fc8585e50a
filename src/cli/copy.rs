//! `fourply copy`: an image, for all its platforms or some, with what refers to it, into registries.

use clap::Args;
use fourply_base::Platform;

use super::outside::{Outside, OutsideArgs};
use super::place::{origin, target};
use crate::Error;
use crate::registry::PushReport;
use crate::report::{Terminal, bytes};
use crate::transfer::{Freight, choose};

/// The arguments of `fourply copy`.
#[derive(Debug, Args)]
pub struct CopyArgs {
    /// The image: a reference in a registry, oci:DIR[:NAME] or oci-archive:FILE[:NAME]
    pub source: String,
    /// Where it goes: references with a tag
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Of an image for several machines copy these, with commas between them: one is copied as the image that it is, with its own digest; several
    /// get an index without the others, which has another digest and is not what signatures of the whole speak of
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// Leave signatures, SBOMs and whatever else refers to the image behind
    #[arg(long)]
    pub without_referrers: bool,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command: prints the digest, which is the source's, or that of the chosen part.
///
/// # Errors
/// Those of the registries.
pub fn run(args: &CopyArgs) -> Result<(), Error> {
    let targets = args.targets.iter().map(|word| target(word)).collect::<Result<Vec<_>, _>>()?;
    let platforms = args.platforms.iter().map(|text| text.parse()).collect::<Result<Vec<Platform>, _>>()?;
    let outside = Outside::open(&args.outside)?;
    let terminal = Terminal::new(args.outside.quiet);
    let source = origin(&outside, &args.source)?;
    let root = choose(&*source, &platforms)?;
    let freight = Freight::gather_from(&*source, root, !args.without_referrers)?;
    let report = outside.registries.ship(&freight.shipment(), &targets, &terminal)?;
    terminal.line(&told(&report));
    println!("{}", freight.root);
    Ok(())
}

/// What a push did, in words.
pub fn told(report: &PushReport) -> String {
    format!(
        "sent {} ({}), there already {}, mounted {}",
        report.uploaded,
        bytes(report.bytes),
        report.present,
        report.mounted
    )
}
