//! `fourply tree`: the node_modules that a service gets, without building its image.

use clap::{Args, ValueEnum};
use fourply_modules::{PlanRequest, Prune, entries, plan, removals};
use fourply_platform::Libc;
use fourply_pnpm::{Include, Target, Tree, closure};
use fourply_scripts::pack_folders;

use super::print::print;
use super::values;
use super::workspace::{CommonArgs, choose, limit_threads};
use crate::Error;
use crate::build_root::{Toolchain, with_root};
use crate::context::{Context, workspace};
use crate::report::Terminal;
use crate::settings::{Overrides, ROOT_IN_IMAGE, Settings};

/// The arguments of `fourply tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// The service: its folder's name, its path or its package's name
    pub service: String,
    /// The platform that the image is for [default: linux/amd64]
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
    let chosen = choose(std::slice::from_ref(&args.service), args.common.config.as_deref())?;
    let Some(service) = chosen.services.first() else { return Ok(()) };
    let over = Overrides {
        pnpm: args.common.pnpm,
        platform: args.platform.clone(),
        ignore_scripts: args.common.ignore_scripts,
        pnpm_store: args.common.pnpm_store.clone(),
        store: args.common.store.clone(),
        offline: args.common.offline,
        build_args: values::build_args(&args.common.build_args),
        trusted: args.common.trusted.clone(),
        ..Overrides::default()
    };
    let settings = Settings::resolve(&chosen.root, service, &chosen.config, &over)?;
    let terminal = Terminal::new(args.common.quiet);
    let context = Context::open(&settings, &terminal)?;
    let libc = if args.libc == "musl" { Libc::Musl } else { Libc::Glibc };
    let target = Target::new(&settings.base.platform.architecture, libc, args.node.as_deref())?;
    let tree = planned(&settings, &context, &target)?;
    let text = match (args.pruned, &settings.layers.prune) {
        (false, _) => lines(&entries(&tree, &context.store)?),
        (true, Some(options)) => lines(&removals(&tree, &context.store, &Prune::new(options, &target)?)?),
        (true, None) => String::new(),
    };
    print(&text)
}

/// One line for each path, or for each file that the image leaves out: its path, the rule, its size in bytes, between tabs.
fn lines(entries: &[impl std::fmt::Display]) -> String {
    entries.iter().map(|entry| format!("{entry}\n")).collect()
}

/// The node_modules of the service's image as pnpm lays it out.
fn planned(settings: &Settings, context: &Context<'_>, target: &Target) -> Result<Tree, Error> {
    let workspace = workspace(settings)?;
    let service = workspace.importer(&settings.workspace.service)?;
    let production = closure(&workspace, std::slice::from_ref(&service), Include::Production, target)?;
    let rules = &workspace.rules.packing;
    let folders = pack_folders(&context.store, &workspace.root, &production, rules, &|_, _| false)?;
    let toolchain = match settings.build.toolchain.is_empty() {
        true => None,
        false => Toolchain::of(settings, context, &context.base(settings)?)?,
    };
    let planned = with_root(context, toolchain.as_ref(), |host| {
        let request = PlanRequest {
            host,
            workspace: &workspace,
            settings: &settings.install,
            target,
            root_in_image: ROOT_IN_IMAGE,
            strict: false,
            built: None,
        };
        plan(&request, &production, ROOT_IN_IMAGE, &folders)
    })?;
    Ok(planned.tree)
}
