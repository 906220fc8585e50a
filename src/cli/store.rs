//! `fourply store`: the packages of a lockfile as an image of a registry, and from there into another store; and its clean-up.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use fourply_blob::counted;
use fourply_platform::{Architecture, Platform};
use fourply_pnpm::Workspace;
use fourply_store::{PruneReport, PruneRequest, Store};

use super::copy::told;
use super::outside::{Outside, OutsideArgs};
use super::place::{origin, target};
use super::print::print;
use crate::Error;
use crate::context::{Context, workspace};
use crate::environment::default_store;
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
    /// Remove from the store what was not used for long; what a build misses later, it makes or fetches again
    Prune(PruneArgs),
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

/// The arguments of `fourply store prune`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply store prune                                   what was not used for 30 days
  fourply store prune --keep-bytes 20GB                 what was used longest ago, until 20 GB are left
  fourply store prune --older-than 7 --keep-bytes 5GB   both

Beside running builds only files go, and none that was used within a day.")]
pub struct PruneArgs {
    /// Remove what was not used for so many days [default: 30, without --keep-bytes]
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,
    /// Remove what was used longest ago until the store has no more than this: a number of bytes, or one with kB, MB, GB, TB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub keep_bytes: Option<u64>,
    /// Only tell what would go
    #[arg(long)]
    pub dry_run: bool,
    /// The store [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Print nothing but the result
    #[arg(short, long)]
    pub quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// Those of the lockfile, of fetching and of the registry.
pub fn run(args: &StoreArgs) -> Result<(), Error> {
    match &args.command {
        StoreCommand::Push(args) => push(args),
        StoreCommand::Pull(args) => pull(args),
        StoreCommand::Prune(args) => prune(args),
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
    let settings = Settings::resolve(&root, ".", &read_config(&root, None)?, &over)?;
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

/// How old is old, where nothing else is said.
const USUAL_DAYS: u32 = 30;

fn prune(args: &PruneArgs) -> Result<(), Error> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let folder = args.store.clone().map_or_else(default_store, Ok)?;
    if !folder.is_dir() {
        return Err(Error::user(format!("{} is no store", folder.display()), "name one: --store DIR"));
    }
    let now = SystemTime::now();
    let days = args.older_than.or(args.keep_bytes.is_none().then_some(USUAL_DAYS));
    let unused_since = days.map(|days| now.checked_sub(DAY * days).unwrap_or(SystemTime::UNIX_EPOCH));
    let request = PruneRequest { unused_since, keep: args.keep_bytes, now, pretend: args.dry_run };
    let report = Store::open(&folder)?.prune(&request)?;
    print(&pruned(&report, args))
}

/// One line for each kind, and the sums.
fn pruned(report: &PruneReport, args: &PruneArgs) -> String {
    let mut text = String::new();
    let kinds = report.gone.iter().filter(|_| !args.quiet);
    kinds
        .for_each(|(kind, gone)| text += &format!("{kind:14} {:>7}  {:>9}\n", gone.count, bytes(gone.bytes)));
    if report.spared.count > 0 && !args.quiet {
        text += &format!(
            "spared {}, {}: others use the store\n",
            report.spared.count,
            bytes(report.spared.bytes)
        );
    }
    let freed: u64 = report.gone.values().map(|gone| gone.bytes).sum();
    let verb = if args.dry_run { "would free" } else { "freed" };
    text + &format!("{verb} {}; {} left\n", bytes(freed), bytes(report.left.bytes))
}

/// Reads `20GB`. Units are those that sizes are printed in.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        unit => return Err(format!("{unit:?} is no unit: write kB, MB, GB or TB")),
    };
    let number = digits.parse::<u64>().map_err(|error| format!("{digits:?}: {error}"))?;
    number.checked_mul(unit).ok_or_else(|| "so much nobody has".to_owned())
}
