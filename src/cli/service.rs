//! What building one service and building several have in common: the arguments, the settings that come of them, what is printed of an image.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use fourply_blob::{Codec, LayerFormat, counted};
use fourply_oci::{Layer, MediaTypes, OciError};
use fourply_scripts::Secrets;
use fourply_scripts::twice::ComparedRun;
use fourply_store::BuiltLayer;

use super::described::{Annotation, Label};
use super::media_types::MediaTypesWord;
use super::smoke::variables;
use super::values::{self, SecretArg};
use super::workspace::CommonArgs;
use crate::Error;
use crate::cache;
use crate::config::{Config, ProvenanceWord, SbomWord};
use crate::context::Context;
use crate::delivery::image_tree;
use crate::names::folder_name;
use crate::pipeline::BuiltImage;
use crate::report::{Terminal, bytes, say};
use crate::settings::{EngineKind, OutputKind, OutputSpec};
use crate::settings::{Overrides, RegistryArgs, Settings};
use crate::smoke::SmokeTest;

/// The arguments of `fourply build`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply build services/auth -o type=oci-archive,dest=auth.tar
  fourply build auth -t 127.0.0.1:5000/erp/auth:1 --push
  fourply build auth finance -t 127.0.0.1:5000/erp/{service}:1 --push
  fourply build --all -t 127.0.0.1:5000/erp/{service}:1 --push
  fourply build --since origin/main -t 127.0.0.1:5000/erp/{service}:1 --push

Exit codes: 1 for what the user can fix, 2 for wrong arguments, 3 for external failures.")]
pub struct BuildArgs {
    /// Services: each by its folder's name, its path or its package's name, such as auth, services/auth or @erp/auth-service; {service} in tags and
    /// outputs is the folder's name, {path} its path
    #[arg(value_name = "SERVICE", required_unless_present_any = ["all", "since"], conflicts_with = "all")]
    pub services: Vec<String>,
    /// Build every service of the workspace around the current folder
    #[arg(long)]
    pub all: bool,
    /// Build only what changed since this commit, of the services that are named or of all: what `fourply affected --since` lists
    #[arg(long, value_name = "REV", conflicts_with = "all")]
    pub since: Option<String>,
    /// A name for the image, such as registry.example:5000/erp/auth:1; can be repeated
    #[arg(short, long = "tag", value_name = "REF")]
    pub tags: Vec<String>,
    /// Push the image to the registry that each tag names
    #[arg(long, requires = "tags")]
    pub push: bool,
    /// Write what was built and where it went as JSON, with the keys of docker buildx and more: docs/reports.md
    #[arg(long, value_name = "FILE")]
    pub metadata_file: Option<PathBuf>,
    /// A label of the image's configuration, beside those of fourply.toml; can be repeated
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<Label>,
    /// An annotation of the image's manifest, likewise
    #[arg(long = "annotation", value_name = "NAME=VALUE")]
    pub annotations: Vec<Annotation>,
    /// By whose media types the manifests are written that are pushed
    #[arg(long, value_enum, value_name = "KIND", requires = "push")]
    pub media_types: Option<MediaTypesWord>,
    /// Where the image is written.
    #[arg(short, long = "output", value_name = "SPEC")]
    #[arg(help = format!("Write the image: {}; an archive with dest=- goes to standard output; can be repeated", OutputKind::forms(" | ")))]
    pub outputs: Vec<OutputSpec>,
    /// What the image stands on: a reference in a registry, oci:DIR, oci-archive:FILE or docker-archive:FILE
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// The platforms that the image is for, with commas between them; several give one index [default: linux/amd64]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// Take the outputs as they lie in the tree; no script runs
    #[arg(long)]
    pub prebuilt: bool,
    /// Hand the image to docker or podman of this machine, under -t, else the name that the compose file has for the service, else its
    /// folder's; without a value, to the first whose socket answers
    #[arg(long, value_enum, value_name = "ENGINE", num_args = 0..=1, require_equals = true, default_missing_value = "any")]
    pub load: Option<EngineKind>,
    /// Run every script twice, in two folders, and fail if the images differ: the files and the usual causes are named
    #[arg(long)]
    pub twice: bool,
    /// A secret of [build] secrets, for the service's own script alone: its value is in no key, log or image; can be repeated
    #[arg(long = "secret", value_name = "id=NAME[,env=VAR|,src=FILE]")]
    pub secrets: Vec<SecretArg>,
    /// Leave nothing out of packages
    #[arg(long)]
    pub no_prune: bool,
    /// Start each image before it is written or pushed, and write none that is at fault: docs/smoke.md. Where it cannot be told, it is written
    /// with a warning, but not with --push; =started pushes it as well, =healthy never writes it
    #[arg(long, value_name = "WHAT", value_enum, num_args = 0..=1, require_equals = true)]
    pub smoke: Option<Option<SmokeMode>>,
    /// A variable for --smoke besides the image's; without a value, the environment's; can be repeated
    #[arg(short, long = "env", value_name = "NAME[=VALUE]", requires = "smoke")]
    pub env: Vec<String>,
    /// Variables for --smoke from a file, as docker reads it: NAME=VALUE, NAME and # lines; can be repeated
    #[arg(long, value_name = "FILE", requires = "smoke")]
    pub env_file: Vec<PathBuf>,
    /// How layers are compressed
    #[arg(long, value_enum, default_value = "gzip")]
    pub compression: Compression,
    /// Write each layer as a single gzip member or zstd frame, for readers that stop after the first: docs/readers.md
    #[arg(long)]
    pub single_stream: bool,
    /// The format of layers and images, 1 or 2: the same inputs give the same bytes as they gave in that format [default: 2]
    #[arg(long, value_name = "NUMBER")]
    pub layer_format: Option<LayerFormat>,
    /// Ask again what the base holds, whatever the store remembers
    #[arg(long)]
    pub refresh_base: bool,
    /// Fill the store from this image of a registry first, which --cache-to made; can be repeated
    #[arg(long, value_name = "REF")]
    pub cache_from: Vec<String>,
    /// Keep what the build used as an image of a registry, so that an empty store is warm after one pull; can be repeated
    #[arg(long, value_name = "REF")]
    pub cache_to: Vec<String>,
    /// Write an SBOM that refers to the image, into registries, layouts and archives; the image's digest stays: docs/attest.md
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "cyclonedx")]
    pub sbom: Option<SbomWord>,
    /// Write likewise what the image was made of and how; =max names each source file and the values of variables
    #[arg(long, value_enum, value_name = "DETAIL", num_args = 0..=1, require_equals = true, default_missing_value = "min")]
    pub provenance: Option<ProvenanceWord>,
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

/// `build --smoke`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SmokeMode {
    /// Nothing that is at fault; what cannot be told is a warning, with --push too
    Started,
    /// Nothing but what is well
    Healthy,
}

/// `--compression`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Compression {
    /// What every engine reads
    Gzip,
    /// Smaller and faster; docker reads it from version 23 on
    Zstd,
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

/// The settings for the first of the platforms.
pub(super) fn first(all: &[Settings]) -> Result<&Settings, Error> {
    all.first().ok_or_else(|| Error::usage("there is no platform", "give --platform OS/ARCH"))
}

/// What a build works with, its store filled from the caches. All platforms share it.
pub(super) fn open<'t>(
    args: &BuildArgs,
    all: &[Settings],
    terminal: &'t Terminal,
) -> Result<Context<'t>, Error> {
    let first = first(all)?;
    values::warn_of_unset(&args.common.build_args, terminal);
    let context = Context::open(first, terminal)?;
    context.store.check_writable()?;
    let context = if args.twice { context.for_comparison(ComparedRun::first(), None) } else { context };
    cache::pull(&context, &args.cache_from)?;
    if args.twice {
        context.store.recorded().begin();
    }
    if !args.cache_to.is_empty() {
        cache::begin(&context);
    }
    Ok(context)
}

/// The digest of a service's image, or of the index over its images, as it is pushed.
pub(super) fn digest(args: &BuildArgs, built: &[&BuiltImage]) -> Result<String, Error> {
    let Some(tree) = image_tree(built)? else { return Ok(String::new()) };
    Ok(args.types().of(tree).map_err(OciError::from)?.0.root.to_string())
}

impl BuildArgs {
    /// How the images are started, if they are.
    ///
    /// # Errors
    /// Variables that cannot be read.
    pub(super) fn smoke_test(&self) -> Result<Option<SmokeTest>, Error> {
        let Some(mode) = self.smoke else { return Ok(None) };
        Ok(Some(SmokeTest {
            environment: variables(&self.env, &self.env_file)?,
            healthy: mode == Some(SmokeMode::Healthy),
            told: mode.is_none() && self.push,
            ..SmokeTest::default()
        }))
    }

    /// The media types of what is pushed.
    pub(super) fn types(&self) -> MediaTypes {
        self.media_types.unwrap_or_default().into()
    }
}

/// Where the image of one service goes.
pub(super) struct Destinations {
    /// Its names.
    pub(super) tags: Vec<String>,
    /// Its files.
    pub(super) outputs: Vec<OutputSpec>,
}

impl Destinations {
    /// What the arguments say, with the name of the service's folder for `{service}`, and its path for `{path}`.
    pub(super) fn of(args: &BuildArgs, service: &str) -> Destinations {
        let name = folder_name(service);
        let tags = args.tags.iter().map(|tag| tag.replace(SERVICE, name).replace(PATH, service)).collect();
        let outputs = args.outputs.iter().map(|output| output.filled(SERVICE, name).filled(PATH, service));
        Destinations { tags, outputs: outputs.collect() }
    }
}

/// What stands for the name of the service's folder in tags and outputs.
pub(super) const SERVICE: &str = "{service}";
/// What stands for its path.
pub(super) const PATH: &str = "{path}";

/// Whether a text differs from service to service.
pub(super) fn varies(text: &str) -> bool {
    text.contains(SERVICE) || text.contains(PATH)
}

/// One for each platform.
///
/// # Errors
/// Secrets that cannot be read, or that no build of the workspace asks for.
pub(super) fn overrides(args: &BuildArgs, config: &Config) -> Result<Vec<Overrides>, Error> {
    let secrets = values::secrets(&args.secrets)?;
    values::check_declared(&secrets, config)?;
    Ok(match args.platforms.as_slice() {
        [] => vec![overrides_for(args, &secrets)],
        platforms => {
            let first = overrides_for(args, &secrets);
            let of = |platform: &String| Overrides { platform: Some(platform.clone()), ..first.clone() };
            platforms.iter().map(of).collect()
        }
    })
}

fn overrides_for(args: &BuildArgs, secrets: &Secrets) -> Overrides {
    Overrides {
        base: args.base.clone(),
        pnpm: args.common.pnpm,
        platform: None,
        prebuilt: args.prebuilt,
        no_prune: args.no_prune,
        ignore_scripts: args.common.ignore_scripts,
        pnpm_store: args.common.pnpm_store.clone(),
        codec: Some(match args.compression {
            Compression::Gzip => Codec::Gzip,
            Compression::Zstd => Codec::Zstd,
        }),
        single_stream: args.single_stream,
        layer_format: args.layer_format,
        store: args.common.store.clone(),
        store_from: args.common.store_from.clone(),
        offline: args.common.offline,
        trusted: args.common.trusted.clone(),
        refresh_base: args.refresh_base,
        registry: args.registry.clone(),
        keep_tarballs: !args.cache_to.is_empty(),
        locked: args.locked,
        sbom: args.sbom,
        provenance: args.provenance,
        contents: false,
        build_args: values::build_args(&args.common.build_args),
        labels: args.labels.iter().map(|Label(name, value)| (name.clone(), value.clone())).collect(),
        annotations: args
            .annotations
            .iter()
            .map(|Annotation(name, value)| (name.clone(), value.clone()))
            .collect(),
        secrets: secrets.clone(),
        written: args
            .outputs
            .iter()
            .map(|output| output.dest.clone())
            .chain(args.common.config.clone())
            .chain(args.common.timings.clone())
            .chain(args.metadata_file.clone())
            .collect(),
        downloads: Arc::default(),
    }
}

/// The layers of an image, on standard error: those of packages in one line where they are many.
pub(super) fn print_layers(built: &BuiltImage, quiet: bool) {
    if quiet {
        return;
    }
    let all = &built.image.layers;
    let of_base = all.get(..all.len().saturating_sub(built.layers.len())).unwrap_or_default();
    print_sum("base", of_base, "  as the base has them");
    for layers in built.layers.chunk_by(|one, next| one.stage == next.stage) {
        match layers {
            [first, ..] if layers.len() > MOST_LISTED => print_many(first.stage, layers),
            few => few.iter().for_each(print_layer),
        }
    }
    print_sum("total", all, "");
}

fn print_sum(what: &str, layers: &[Layer], note: &str) {
    let size = bytes(layers.iter().map(|layer| layer.blob.descriptor.size).sum());
    say(format_args!("{what:8} {size:>9}  {}{note}", counted(layers.len(), "layer")));
}

/// How many layers of one stage are listed one by one.
const MOST_LISTED: usize = 5;

fn print_layer(layer: &BuiltLayer) {
    let (stage, size, digest) = (layer.stage, bytes(layer.blob.size), layer.blob.digest);
    say(format_args!("{stage:8} {size:>9}  {digest}  {:6}  {}", from(layer.cached), layer.comment));
}

/// `fourply inspect` lists each of them.
fn print_many(stage: &str, layers: &[BuiltLayer]) {
    let size = bytes(layers.iter().map(|layer| layer.blob.size).sum());
    let new: Vec<&BuiltLayer> = layers.iter().filter(|layer| !layer.cached).collect();
    let new_size = bytes(new.iter().map(|layer| layer.blob.size).sum());
    let (count, cached) = (counted(layers.len(), "layer"), from(new.is_empty()));
    match new.len() {
        0 => say(format_args!("{stage:8} {size:>9}  {count}  {cached}")),
        some => say(format_args!("{stage:8} {size:>9}  {count}  {cached}: {some} of them, {new_size}")),
    }
}

fn from(cached: bool) -> &'static str {
    if cached { "cached" } else { "made" }
}
