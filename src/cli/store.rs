//! `fourply store`: the packages of a lockfile as an image of a registry, and from there into another store.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fourply_modules::Workspace;

use super::copy::told;
use super::outside::{Outside, OutsideArgs};
use super::place::origin;
use crate::build::{Context, supplies, workspace};
use crate::registry::Reference;
use crate::report::{Terminal, bytes};
use crate::settings::{Overrides, Settings, read_config};
use crate::{Error, artifact};

/// The arguments of `fourply store`.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// What can be done with a store.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Push all packages of the workspace's lockfile, as their tarballs, in shards of which a change moves one or two
    Push(PushArgs),
    /// Fill the store from what store push, build --cache-to or bundle --build made; all of it is verified
    Pull(PullArgs),
}

/// The arguments of `fourply store push`.
#[derive(Debug, Args)]
pub struct PushArgs {
    /// Where they go: a reference with a tag
    pub target: String,
    /// The workspace
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub workspace: PathBuf,
    /// The machines whose packages are taken
    #[arg(long, value_name = "OS/ARCH", default_value = "linux/amd64", value_delimiter = ',')]
    pub platform: Vec<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// The arguments of `fourply store pull`.
#[derive(Debug, Args)]
pub struct PullArgs {
    /// Where they are: a reference in a registry, or oci-archive:FILE for a bundle
    pub source: String,
    /// How registries are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
}

/// Runs the command.
///
/// # Errors
/// Those of the lockfile, of fetching and of the registry.
pub fn run(args: &StoreArgs) -> Result<(), Error> {
    match &args.command {
        StoreCommand::Push(args) => push(args),
        StoreCommand::Pull(args) => pull(args),
    }
}

fn push(args: &PushArgs) -> Result<(), Error> {
    let target = Reference::parse(&args.target)?;
    let root = Workspace::find(&fs_err::canonicalize(&args.workspace)?)?;
    let over = Overrides {
        store: args.outside.store.clone(),
        registry: args.outside.registry.clone(),
        keep_tarballs: true,
        ..Overrides::default()
    };
    let settings = Settings::resolve(&root, ".", &read_config(&root, None)?, &over)?;
    let terminal = Terminal::new(args.outside.quiet);
    let context = Context::open(&settings, &terminal)?;
    let workspace = workspace(&settings)?;
    let processors = args.platform.iter().map(|text| processor(text)).collect::<Result<Vec<_>, _>>()?;
    let found = supplies::packages(&settings, &context, &workspace, &processors)?;
    let artifact = artifact::pack(&context.store, &found.entries, &found.blobs)?;
    let report = context.registries()?.ship(&artifact.freight.shipment(), &[target], &terminal)?;
    terminal.line(&told(&report));
    println!("{}", artifact.freight.root);
    Ok(())
}

/// The processor of a platform, in npm's words.
fn processor(platform: &str) -> Result<String, Error> {
    let platform: fourply_base::Platform = platform.parse()?;
    Ok(if platform.architecture == "amd64" { "x64".to_owned() } else { platform.architecture })
}

fn pull(args: &PullArgs) -> Result<(), Error> {
    let outside = Outside::open(&args.outside)?;
    let terminal = Terminal::new(args.outside.quiet);
    // In a bundle, the store lies beside images and has a name of its own.
    let named = match args.source.strip_prefix("oci-archive:") {
        Some(path) if Path::new(path).is_file() => format!("{}:fourply-store", args.source),
        _ => args.source.clone(),
    };
    let source = origin(&outside, &named)?;
    let done = artifact::unpack(&*source, &outside.registries, &outside.store, &terminal)?;
    let (taken, present) = (done.taken, done.present);
    terminal.line(&format!("took {taken} entries ({}); {present} parts were there", bytes(done.bytes)));
    Ok(())
}
