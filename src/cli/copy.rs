//! `fourply copy`: an image, for all its platforms or some, with what refers to it, into registries.

use clap::Args;

use super::media_types::{MediaTypesWord, changed};
use super::outside::{Outside, OutsideArgs};
use super::place::{PartArgs, origin, target, unchecked};
use crate::Error;
use crate::report::{Terminal, bytes};
use fourply_oci::registry::PushReport;
use fourply_oci::transfer::verify;
use fourply_oci::{MediaTypes, OciError};

/// The arguments of `fourply copy`.
#[derive(Debug, Args)]
pub struct CopyArgs {
    /// The image: a reference in a registry, oci:DIR[:NAME], oci-archive:FILE[:NAME] or docker-archive:FILE[:NAME]
    pub source: String,
    /// Where it goes: references with a tag
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
    /// What is taken of it.
    #[command(flatten)]
    pub part: PartArgs,
    /// By whose media types the manifests are written
    #[arg(long, value_enum, value_name = "KIND", default_value_t)]
    pub media_types: MediaTypesWord,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command: prints the digest, which is the source's, or that of the chosen part, unless it gets other media types.
///
/// # Errors
/// Those of the registries.
pub fn run(args: &CopyArgs) -> Result<(), Error> {
    let targets = args.targets.iter().map(|word| target(word)).collect::<Result<Vec<_>, _>>()?;
    let outside = Outside::open(&args.outside)?;
    let terminal = Terminal::new(args.outside.quiet);
    let source = origin(&outside, &args.source)?;
    let tree = args.part.gather(&*source)?;
    if let Some(path) = unchecked(&args.source)? {
        verify(&path, &[&tree], &terminal)?;
    }
    let before = tree.root;
    let (tree, left) = MediaTypes::from(args.media_types).of(tree).map_err(OciError::from)?;
    changed(&before, &tree.root, left).iter().for_each(|line| terminal.line(line));
    let report = outside.registries.push(&tree, &targets, &terminal)?;
    terminal.line(&told(&report));
    super::print::print(&format!("{}\n", tree.root))
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
