//! The arguments of `fourply tree`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::workspace::CommonArgs;

/// The arguments of `fourply tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// The service: its folder's name, its path or its package's name
    pub service: String,
    /// The platform that the image is for [default: linux/amd64]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,
    /// The image's base, whatever [base] says
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// The C library that packages are for [default: the base's]
    #[arg(long, value_parser = ["glibc", "musl"])]
    pub libc: Option<String>,
    /// The version of node, or a range such as 22, for packages that only some versions can use [default: the base's, any with --libc]
    #[arg(long, value_name = "VERSION")]
    pub node: Option<String>,
    /// How the tree is printed
    #[arg(long, value_enum, default_value = "tsv")]
    pub format: Format,
    /// List what the image leaves out: path, rule, and size in bytes
    #[arg(long, conflicts_with = "diff")]
    pub pruned: bool,
    /// Compare with the node_modules in this folder, which stands for the workspace's root or is a node_modules: what differs and, where it can be told, why
    #[arg(long, value_name = "DIR")]
    pub diff: Option<PathBuf>,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line for each path, its parts between tabs: path, type (d, f, l), mode, and SHA-256 or target
    Tsv,
    /// One array with an object for each path
    Json,
}
