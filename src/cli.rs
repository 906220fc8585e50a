//! The command line: raw arguments, and one file for each command.

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::report::{Console, say};
use crate::{Error, environment, healing, timings};
pub use shown::{named, usage};
use smoke::with_hint;

pub mod affected;
pub mod build;
pub mod bundle;
pub mod compare;
pub mod config;
pub mod copy;
mod described;
pub mod hints;
mod image_word;
pub mod index;
pub mod inspect;
pub mod lock;
pub mod media_types;
mod one_image;
pub mod one_service;
pub mod outside;
mod place;
mod print;
pub mod publish;
pub mod sbom;
pub mod service;
mod several;
pub mod shell;
mod shown;
pub mod smoke;
pub mod store;
pub mod tree;
pub mod values;
pub mod workspace;

/// Builds OCI images for services of pnpm monorepos, with no Docker, no daemon and no privileges.
#[derive(Debug, Parser)]
#[command(name = "fourply", version, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build images of services and write them to a registry, a layout or an archive
    Build(service::BuildArgs),
    /// List the services whose images a change concerns, each with the reason
    Affected(affected::AffectedArgs),
    /// Start an image with no Docker and no privileges, and tell whether it lives
    Smoke(smoke::SmokeArgs),
    /// Compare a service's image with the one that the team has, or with its Dockerfile, and print the lines that are missing
    Compare(compare::CompareArgs),
    /// Resolve the base and write fourply.lock, which build --locked enforces
    Lock(lock::LockArgs),
    /// Print a service's node_modules as pnpm lays it out, or what its image leaves out of it
    Tree(tree::TreeArgs),
    /// Copy an image into registries, for all its platforms and with what refers to it
    Copy(copy::CopyArgs),
    /// Show an image: platforms, layers, sizes, configuration, what refers to it
    Inspect(inspect::InspectArgs),
    /// Print what an image holds, in CycloneDX or SPDX: of a service as it is built, of an image as it is attached or as its layers tell
    Sbom(sbom::SbomArgs),
    /// Write images, or all that a build needs, as one archive for a site without a network
    Bundle(bundle::BundleArgs),
    /// Push the images of a bundle to a registry, with their digests, tags and what refers to them
    Publish(publish::PublishArgs),
    /// Join images for different platforms, which separate runners pushed, under one name
    Index(index::IndexArgs),
    /// List the store, verify it, clean it up, push its packages to a registry or fill it from there
    Store(store::StoreArgs),
    /// Print the schema of fourply.toml
    Config(config::ConfigArgs),
    /// Print the script by which a shell completes words
    Completions(shell::CompletionsArgs),
    /// Write a man page for each command
    Man(shell::ManArgs),
}

impl Cli {
    /// Decides how lines are written, before the first of them.
    pub fn begin(&mut self) {
        let common = match &mut self.command {
            Command::Build(args) => Some(&mut args.common),
            Command::Smoke(args) => Some(&mut args.common),
            Command::Compare(args) => Some(&mut args.common),
            Command::Lock(args) => Some(&mut args.common),
            Command::Tree(args) => Some(&mut args.common),
            _ => None,
        };
        let usual =
            Console { colours: environment::colours(), runner: environment::runner(), ..Console::default() };
        let console = common.as_ref().map_or(usual, |common| common.console());
        common.into_iter().for_each(|common| common.quiet |= common.progress == workspace::Progress::Quiet);
        console.set();
    }
}

/// Runs the command.
///
/// # Errors
/// Those of the command.
pub fn run(cli: &Cli) -> Result<(), Error> {
    let Some(path) = cli.command.timings() else { return healing::run(|| once(cli)) };
    timings::begin(path)?;
    let done = tracing::info_span!("fourply").in_scope(|| healing::run(|| once(cli)));
    let written = timings::write();
    match (done, written) {
        // What went wrong first says more.
        (Err(error), Err(lost)) => {
            say(with_hint(&lost));
            Err(error)
        }
        (done, written) => done.and(written),
    }
}

fn once(cli: &Cli) -> Result<(), Error> {
    match &cli.command {
        Command::Build(args) => build::run(args),
        Command::Affected(args) => affected::run(args),
        Command::Smoke(args) => smoke::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Lock(args) => lock::run(args),
        Command::Tree(args) => tree::run(args),
        Command::Copy(args) => copy::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Sbom(args) => sbom::run(args),
        Command::Bundle(args) => bundle::run(args),
        Command::Publish(args) => publish::run(args),
        Command::Index(args) => index::run(args),
        Command::Store(args) => store::run(args),
        Command::Config(args) => config::run(args),
        Command::Completions(args) => shell::completions(args, Cli::command()),
        Command::Man(args) => shell::man(args, Cli::command()),
    }
}
