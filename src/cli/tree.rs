//! `fourply tree`: the node_modules that a service gets, without building its image; and how one on disk differs from it.

mod difference;
mod target;
mod written;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fourply_modules::{PlanRequest, Prune, Removal, entries, plan, removals};
use fourply_pnpm::{Closure, Target, Tree, Workspace, image_closure};
use fourply_scripts::pack_folders;

use super::print::print;
use super::values;
use super::workspace::{Chosen, CommonArgs, choose, limit_threads};
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
    /// The image's base, whatever [base] says
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
    /// The C library that packages are for [default: the base's]
    #[arg(long, value_parser = ["glibc", "musl"])]
    pub libc: Option<String>,
    /// The version of node, for packages that only some versions can use [default: the base's, any with --libc]
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

/// What a service's tree is made from.
struct Service<'a> {
    settings: &'a Settings,
    context: &'a Context<'a>,
    target: Target,
    workspace: Workspace,
    /// What the image needs.
    production: Closure,
}

/// Runs the command: one line for each path, `path`, `type` (d, f, l), `mode`, and SHA-256 or target, between tabs. With `--pruned`, one
/// for each file that is left out. With `--diff`, one for each path that differs.
///
/// # Errors
/// Those of the stages; with `--diff`, a difference.
pub fn run(args: &TreeArgs) -> Result<(), Error> {
    limit_threads(args.common.threads)?;
    let chosen = choose(std::slice::from_ref(&args.service), args.common.config.as_deref())?;
    let Some(service) = chosen.services.first() else { return Ok(()) };
    let settings = Settings::resolve(&chosen.root, service, &chosen.config, &overrides(args))?;
    let terminal = Terminal::new(args.common.quiet);
    let context = Context::open(&settings, &terminal)?;
    let target = target::target(args, &settings, &context)?;
    let service = Service::read(&settings, &context, target)?;
    let tree = service.tree()?;
    if let Some(folder) = &args.diff {
        return differences(args, &chosen, &service, &tree, folder);
    }
    let text = match args.pruned {
        true => written::list(&service.removals(&tree)?, args.format, written::removal),
        false => written::list(&entries(&tree, &context.store)?, args.format, written::entry),
    };
    print(&text)
}

fn overrides(args: &TreeArgs) -> Overrides {
    Overrides {
        pnpm: args.common.pnpm,
        platform: args.platform.clone(),
        base: args.base.clone(),
        ignore_scripts: args.common.ignore_scripts,
        pnpm_store: args.common.pnpm_store.clone(),
        store: args.common.store.clone(),
        offline: args.common.offline,
        build_args: values::build_args(&args.common.build_args),
        trusted: args.common.trusted.clone(),
        ..Overrides::default()
    }
}

fn differences(
    args: &TreeArgs,
    chosen: &Chosen,
    service: &Service<'_>,
    tree: &Tree,
    folder: &std::path::Path,
) -> Result<(), Error> {
    let differences = difference::find(service, tree, &chosen.root, folder)?;
    print(&written::list(&differences, args.format, written::difference))?;
    match differences.len() {
        0 => Ok(()),
        1 => Err(difference::found(folder, "1 path differs")),
        count => Err(difference::found(folder, &format!("{count} paths differ"))),
    }
}

impl<'a> Service<'a> {
    fn read(settings: &'a Settings, context: &'a Context<'a>, target: Target) -> Result<Service<'a>, Error> {
        let workspace = workspace(settings)?;
        let service = workspace.importer(&settings.workspace.service)?;
        let production = image_closure(&workspace, &service, &target)?;
        Ok(Service { settings, context, target, workspace, production })
    }

    /// The node_modules of the service's image as pnpm lays it out.
    fn tree(&self) -> Result<Tree, Error> {
        let (workspace, context) = (&self.workspace, self.context);
        let rules = &workspace.rules.packing;
        let folders = pack_folders(&context.store, &workspace.root, &self.production, rules, &|_, _| false)?;
        let toolchain = match self.settings.build.toolchain.is_empty() {
            true => None,
            false => Toolchain::of(self.settings, context, &context.base(self.settings)?)?,
        };
        let planned = with_root(context, toolchain.as_ref(), |host| {
            let request = PlanRequest {
                host,
                workspace,
                settings: &self.settings.install,
                target: &self.target,
                root_in_image: ROOT_IN_IMAGE,
                strict: false,
                built: None,
            };
            plan(&request, &self.production, ROOT_IN_IMAGE, &folders)
        })?;
        Ok(planned.tree)
    }

    /// What the image leaves out of it.
    fn removals(&self, tree: &Tree) -> Result<Vec<Removal>, Error> {
        match &self.settings.layers.prune {
            Some(options) => Ok(removals(tree, &self.context.store, &Prune::new(options, &self.target)?)?),
            None => Ok(Vec::new()),
        }
    }
}
