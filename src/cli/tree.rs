//! `fourply tree`: the node_modules that a service gets, without building its image; and how one on disk differs from it.

mod args;
mod difference;
mod service;
mod target;
mod written;

use fourply_blob::counted;
use fourply_modules::entries;
use fourply_pnpm::Tree;

use super::print::print;
use super::values;
use super::workspace::{Chosen, choose, limit_threads};
use crate::Error;
use crate::context::Context;
use crate::downloads;
use crate::report::Terminal;
use crate::settings::{Overrides, Settings};
pub use args::{Format, TreeArgs};
use service::Service;

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
    downloads::keep(&settings, &context)?;
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
        store_from: args.common.store_from.clone(),
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
        count => Err(difference::found(folder, &format!("{} differ", counted(count, "path")))),
    }
}
