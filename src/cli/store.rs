//! `fourply store`: what lies in it, whether it is sound, its clean-up; the packages of a lockfile as an image of a registry, and from there into
//! another store.

mod existing;
mod ls;
mod prune;
mod verify;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fourply_blob::counted;
use fourply_platform::{Architecture, Platform};
use fourply_pnpm::Workspace;

use super::copy::told;
use super::outside::{Outside, OutsideArgs};
use super::place::{origin, target};
use super::print::print;
use crate::Error;
use crate::context::{Context, workspace};
use crate::names::Names;
use crate::report::{Terminal, bytes};
use crate::settings::{Overrides, Settings, read_config};
use crate::supplies;
use fourply_oci::artifact;

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
    /// Show what lies in the store, by kind and by the workspace that used it
    Ls(ls::LsArgs),
    /// Read all of the store, and remove what is damaged; what a build misses later, it makes or fetches again
    Verify(verify::VerifyArgs),
    /// Remove from the store what was not used for long; what a build misses later, it makes or fetches again
    Prune(prune::PruneArgs),
}

/// The arguments of `fourply store push`.
#[derive(Debug, Args)]
pub struct PushArgs {
    /// Where they go: a reference with a tag
    pub target: String,
    /// The workspace
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub workspace: PathBuf,
    /// The platforms whose packages are taken
    #[arg(long, value_name = "OS/ARCH", default_value = "linux/amd64", value_delimiter = ',')]
    pub platform: Vec<String>,
    /// Send this npm registry what the workspace's own .npmrc says, with variables of the environment [also: FOURPLY_TRUST_REGISTRIES]; can be repeated
    #[arg(long = "trust-registry", value_name = "HOST")]
    pub trusted: Vec<String>,
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
        StoreCommand::Ls(args) => ls::run(args),
        StoreCommand::Verify(args) => verify::run(args),
        StoreCommand::Prune(args) => prune::run(args),
    }
}

fn push(args: &PushArgs) -> Result<(), Error> {
    let target = target(&args.target)?;
    let root = Workspace::find(&fs_err::canonicalize(&args.workspace)?)?;
    let over = Overrides {
        store: args.outside.store.clone(),
        registry: args.outside.registry.clone(),
        keep_tarballs: true,
        trusted: args.trusted.clone(),
        ..Overrides::default()
    };
    let config = read_config(&root, None)?;
    let config = Names::read(&root, config.workspace.services.as_deref())?.place(config)?;
    let settings = Settings::resolve(&root, ".", &config, &over)?;
    let terminal = Terminal::new(args.outside.quiet);
    let context = Context::open(&settings, &terminal)?;
    let workspace = workspace(&settings)?;
    let architectures = args.platform.iter().map(|text| architecture(text)).collect::<Result<Vec<_>, _>>()?;
    let found = supplies::packages(&settings, &context, &workspace, &architectures)?;
    let artifact = artifact::pack(&context.store, &found.entries, &found.blobs)?;
    let report = context.registries()?.push(&artifact.tree, &[target], &terminal)?;
    terminal.line(&told(&report));
    print(&format!("{}\n", artifact.tree.root))
}

fn architecture(platform: &str) -> Result<Architecture, Error> {
    let platform: Platform = platform.parse()?;
    Ok(platform.architecture)
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
    terminal.line(&format!(
        "took {} ({}); already there: {}",
        counted(taken, "entry"),
        bytes(done.bytes),
        counted(present, "part")
    ));
    Ok(())
}
