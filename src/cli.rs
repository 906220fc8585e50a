//! The command line: raw arguments, one file for each command, and the step from arguments to resolved settings.
//! Only here are the environment and the clock read.

use clap::{Parser, Subcommand};

use crate::Error;

mod all;
pub mod build;
pub mod environment;
pub mod registry;
pub mod settings;
pub mod tree;

pub use settings::Settings;

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
    /// Build the image of one service and write it to a registry, a layout or an archive
    Build(build::BuildArgs),
    /// Print a service's node_modules as pnpm lays it out, or what its image leaves out of it
    Tree(tree::TreeArgs),
}

/// Runs the command.
///
/// # Errors
/// Those of the command.
pub fn run(cli: &Cli) -> Result<(), Error> {
    match &cli.command {
        Command::Build(args) => build::run(args),
        Command::Tree(args) => tree::run(args),
    }
}
