//! `fourply build`: the arguments, and what is printed at the end.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fourply_blob::Codec;
use fourply_modules::{Dialect, Workspace};
use fourply_store::Progress as _;

use crate::Error;
use crate::build::{Built, Context, build, cache, index};
use crate::cli::all;
use crate::config::Config;
use crate::registry::Reference;
use crate::report::{Terminal, bytes};
use crate::settings::{Overrides, RegistryArgs, Settings, read_config};
use crate::sink::OutputSpec;

/// The arguments of `fourply build`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply build services/auth -o type=oci-archive,dest=auth.tar
  fourply build services/auth -t 127.0.0.1:5000/erp/auth:1 --push
  fourply build --all -t 127.0.0.1:5000/erp/{service}:1 --push

Exit codes: 1 for what the user can mend, 2 for wrong arguments, 3 for the world outside.")]
pub struct BuildArgs {
    /// The service's folder, such as services/auth
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub service: Option<PathBuf>,
    /// Build every service of the workspace at the current folder; {service} in tags and outputs is the service's folder name
    #[arg(long)]
    pub all: bool,
    /// A name for the image, such as registry.example:5000/erp/auth:1; can be repeated
    #[arg(short, long = "tag", value_name = "REF")]
    pub tags: Vec<String>,
    /// Push the image to the registry that each tag names
    #[arg(long, requires = "tags")]
    pub push: bool,
    /// Write the image: type=oci,dest=DIR | type=oci-archive,dest=FILE | type=docker-archive,dest=FILE; can be repeated
    #[arg(short, long = "output", value_name = "SPEC")]
    pub outputs: Vec<OutputSpec>,
    /// What the image stands on: a reference in a registry, oci:DIR, oci-archive:FILE or docker-archive:FILE
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// The machines that the image is for, with commas between them; several give one index [default: linux/amd64]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// Take the outputs as they lie in the tree; no script runs
    #[arg(long)]
    pub prebuilt: bool,
    /// Leave nothing out of packages
    #[arg(long)]
    pub no_prune: bool,
    /// How layers are compressed
    #[arg(long, value_enum, default_value = "gzip")]
    pub compression: Compression,
    /// Ask again what the base holds, whatever the store remembers
    #[arg(long)]
    pub refresh_base: bool,
    /// Fill the store from this image of a registry first, which --cache-to made; can be repeated
    #[arg(long, value_name = "REF")]
    pub cache_from: Vec<String>,
    /// Keep what the build used as an image of a registry, so that an empty store is warm after one pull; can be repeated
    #[arg(long, value_name = "REF")]
    pub cache_to: Vec<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// Make the base of exactly what fourply.lock names, or fail and say what differs
    #[arg(long, conflicts_with_all = ["base", "refresh_base"])]
    pub locked: bool,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The arguments of every command that works on a workspace.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// The configuration [default: fourply.toml at the workspace's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where packages, layers and keys are kept [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Lay packages out as this version of pnpm does, whatever packageManager says
    #[arg(long, value_name = "MAJOR", value_enum)]
    pub pnpm: Option<Pnpm>,
    /// Take packages from this store of pnpm (see `pnpm store path`; `auto` for the usual place) where it has them; its index is trusted
    #[arg(long, value_name = "DIR", env = "FOURPLY_PNPM_STORE")]
    pub pnpm_store: Option<PathBuf>,
    /// Run no install scripts of packages
    #[arg(long)]
    pub ignore_scripts: bool,
    /// Touch no network
    #[arg(long)]
    pub offline: bool,
    /// How many threads hash and compress [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print nothing but the result
    #[arg(short, long)]
    pub quiet: bool,
}

/// `--compression`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Compression {
    /// What every engine reads
    Gzip,
    /// Smaller and faster; docker reads it from version 23 on
    Zstd,
}

/// `--pnpm`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Pnpm {
    /// pnpm 9
    #[value(name = "9")]
    V9,
    /// pnpm 10
    #[value(name = "10")]
    V10,
    /// pnpm 11
    #[value(name = "11")]
    V11,
    /// pnpm 12
    #[value(name = "12")]
    V12,
}

impl From<Pnpm> for Dialect {
    fn from(pnpm: Pnpm) -> Dialect {
        match pnpm {
            Pnpm::V9 => Dialect::V9,
            Pnpm::V10 => Dialect::V10,
            Pnpm::V11 => Dialect::V11,
            Pnpm::V12 => Dialect::V12,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Those of the stages.
pub fn run(args: &BuildArgs) -> Result<(), Error> {
    if args.outputs.is_empty() && !args.push {
        return Err(Error::usage(
            "the image would be built and thrown away",
            "add --push with a tag, or an output such as -o type=oci-archive,dest=FILE",
        ));
    }
    limit_threads(args.common.threads)?;
    match &args.service {
        Some(service) => one(args, service),
        None => all::run(args),
    }
}

fn one(args: &BuildArgs, service: &Path) -> Result<(), Error> {
    let (root, service) = locate(service)?;
    let places = Places::of(args, service.rsplit('/').next().unwrap_or(&service));
    if args.push {
        // A misspelt tag is told before anything is built.
        places.tags.iter().try_for_each(|tag| Reference::parse(tag).map(drop))?;
    }
    places.outputs.iter().try_for_each(OutputSpec::check)?;
    let config = read_config(&root, args.common.config.as_deref())?;
    let all = resolve(&root, &service, &config, &overrides(args))?;
    let terminal = Terminal::new(args.common.quiet);
    let context = open(args, &all, &terminal)?;
    let built = all.iter().map(|settings| build(settings, &context)).collect::<Result<Vec<_>, _>>()?;
    let built: Vec<&Built> = built.iter().collect();
    context.publish(&built, &places.tags, args.push, &places.outputs)?;
    cache::push(&all, &context, &built, &args.cache_to)?;
    terminal.end();
    built.iter().for_each(|built| print(built, args.common.quiet));
    println!("{}", digest(&built)?);
    Ok(())
}

/// The settings of a service, one for each platform.
pub(super) fn resolve(
    root: &Path,
    service: &str,
    config: &Config,
    over: &[Overrides],
) -> Result<Vec<Settings>, Error> {
    over.iter().map(|over| Settings::resolve(root, service, config, over)).collect()
}

/// What a build works with, its store filled from the caches. All platforms share it.
pub(super) fn open<'t>(
    args: &BuildArgs,
    all: &[Settings],
    terminal: &'t Terminal,
) -> Result<Context<'t>, Error> {
    let first = all.first().ok_or_else(|| Error::usage("there is no platform", "give --platform OS/ARCH"))?;
    let context = Context::open(first, terminal)?;
    cache::pull(&context, &args.cache_from)?;
    if !args.cache_to.is_empty() {
        cache::begin(&context);
    }
    Ok(context)
}

/// The digest of a service's image, or of the index over its images.
pub(super) fn digest(built: &[&Built]) -> Result<String, Error> {
    let alone = built.first().map(|built| built.image.digest());
    let digest = index(built)?.map(|index| index.digest()).or(alone);
    Ok(digest.map(|digest| digest.to_string()).unwrap_or_default())
}

/// Where the image of one service goes.
pub(super) struct Places {
    /// Its names.
    pub(super) tags: Vec<String>,
    /// Its files.
    pub(super) outputs: Vec<OutputSpec>,
}

impl Places {
    /// What the arguments say, with the service's name for `{service}`.
    pub(super) fn of(args: &BuildArgs, service: &str) -> Places {
        let tags = args.tags.iter().map(|tag| tag.replace(SERVICE, service)).collect();
        let outputs = args.outputs.iter().map(|output| output.filled(SERVICE, service)).collect();
        Places { tags, outputs }
    }
}

/// What stands for the service's folder name in tags and outputs.
pub(super) const SERVICE: &str = "{service}";

/// One for each platform.
pub(super) fn overrides(args: &BuildArgs) -> Vec<Overrides> {
    match args.platforms.as_slice() {
        [] => vec![overrides_for(args, None)],
        platforms => platforms.iter().map(|platform| overrides_for(args, Some(platform))).collect(),
    }
}

fn overrides_for(args: &BuildArgs, platform: Option<&String>) -> Overrides {
    Overrides {
        base: args.base.clone(),
        pnpm: args.common.pnpm.map(Dialect::from),
        platform: platform.cloned(),
        prebuilt: args.prebuilt,
        no_prune: args.no_prune,
        ignore_scripts: args.common.ignore_scripts,
        pnpm_store: args.common.pnpm_store.clone(),
        codec: Some(match args.compression {
            Compression::Gzip => Codec::Gzip,
            Compression::Zstd => Codec::Zstd,
        }),
        store: args.common.store.clone(),
        offline: args.common.offline,
        refresh_base: args.refresh_base,
        registry: args.registry.clone(),
        keep_tarballs: !args.cache_to.is_empty(),
        locked: args.locked,
    }
}

/// The workspace's root above a service's folder, and the folder relative to it.
///
/// # Errors
/// Where the folder or the workspace is not there.
pub fn locate(folder: &Path) -> Result<(PathBuf, String), Error> {
    let absolute = fs_err::canonicalize(folder).map_err(|error| {
        Error::user(error.to_string(), "name the service by its folder, such as services/auth")
    })?;
    let root = Workspace::find(&absolute)?;
    let root = fs_err::canonicalize(&root)?;
    let relative = absolute.strip_prefix(&root).unwrap_or(Path::new(""));
    let service = relative.to_string_lossy().replace('\\', "/");
    Ok((root, if service.is_empty() { ".".to_owned() } else { service }))
}

/// Hashes and compresses on so many threads from here on, whichever thread asks for it. Only before the first such work.
///
/// # Errors
/// Where the threads cannot be started.
pub fn limit_threads(threads: Option<usize>) -> Result<(), Error> {
    let Some(threads) = threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    pool.map_err(|error| Error::user(error.to_string(), "ask for fewer --threads"))
}

/// The layers and the size of an image, on standard error.
pub(super) fn print(built: &Built, quiet: bool) {
    if quiet {
        return;
    }
    for layer in &built.plies {
        let from = if layer.cached { "cached" } else { "made" };
        eprintln!("{:8} {:>9}  {}  {from:6}  {}", layer.ply, bytes(layer.size), layer.digest, layer.comment);
    }
    eprintln!("image    {:>9}", bytes(built.image.size()));
}
