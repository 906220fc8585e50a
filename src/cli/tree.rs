//! `fourply tree`: the node_modules that a service gets, without building its image.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fourply_pnpm::Libc;

use super::workspace::{CommonArgs, limit_threads, locate};
use crate::Error;
use crate::build::{Context, pruned, target_for, tree};
use crate::report::Terminal;
use crate::settings::{Overrides, Settings, read_config};

/// The arguments of `fourply tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// The service's folder, such as services/auth
    pub service: PathBuf,
    /// The machine that the image is for [default: linux/amd64]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// The C library that the base has
    #[arg(long, value_parser = ["glibc", "musl"], default_value = "glibc")]
    pub libc: String,
    /// The version of node, for packages that only some versions can use
    #[arg(long, value_name = "VERSION")]
    pub node: Option<String>,
    /// How the tree is printed
    #[arg(long, value_enum, default_value = "tsv")]
    pub format: Format,
    /// List what the image leaves out: path, rule, and size in bytes
    #[arg(long)]
    pub pruned: bool,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// path, type (d, f, l), mode, and SHA-256 or target, between tabs
    Tsv,
}

/// Runs the command: one line for each path, `path`, `type` (d, f, l), `mode`, and SHA-256 or target, between tabs. With `--pruned`, one
/// for each file that is left out.
///
/// # Errors
/// Those of the stages.
pub fn run(args: &TreeArgs) -> Result<(), Error> {
    limit_threads(args.common.threads)?;
    let (root, service) = locate(&args.service)?;
    let config = read_config(&root, args.common.config.as_deref())?;
    let over = Overrides {
        pnpm: args.common.pnpm,
        platform: args.platform.clone(),
        ignore_scripts: args.common.ignore_scripts,
        pnpm_store: args.common.pnpm_store.clone(),
        store: args.common.store.clone(),
        offline: args.common.offline,
        ..Overrides::default()
    };
    let settings = Settings::resolve(&root, &service, &config, &over)?;
    let terminal = Terminal::new(args.common.quiet);
    let context = Context::open(&settings, &terminal)?;
    let libc = if args.libc == "musl" { Libc::Musl } else { Libc::Glibc };
    let target = target_for(&settings, libc, args.node.as_deref())?;
    let list = if args.pruned { pruned } else { tree };
    let text = list(&settings, &context, &target)?;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).or_else(ignore_closed_pipe)?;
    Ok(())
}

fn ignore_closed_pipe(error: std::io::Error) -> Result<(), std::io::Error> {
    if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}
