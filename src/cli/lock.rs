//! `fourply lock`: resolves the base again and writes what it found into `fourply.lock`.

use std::path::PathBuf;

use clap::Args;
use fourply_pnpm::{ReadOptions, Workspace};
use fourply_scripts::DownloadLines;

use super::values;
use super::workspace::{CommonArgs, limit_threads, locate};
use crate::Error;
use crate::build_root::Toolchain;
use crate::context::Context;
use crate::downloads;
use crate::lock::{FILE_NAME, Lock, Locked};
use crate::report::Terminal;
use crate::settings::{Overrides, RegistryArgs, Settings, read_config};

/// The arguments of `fourply lock`.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// The workspace's folder, or any folder in it
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// A platform that images are built for; can be repeated [default: those of the lock, else linux/amd64]
    #[arg(long = "platform", value_name = "OS/ARCH")]
    pub platforms: Vec<String>,
    /// How registries are reached.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Runs the command.
///
/// # Errors
/// Those of the base.
pub fn run(args: &LockArgs) -> Result<(), Error> {
    limit_threads(args.common.threads)?;
    let (root, service) = locate(&args.folder)?;
    let config = read_config(&root, args.common.config.as_deref())?;
    let path = root.join(FILE_NAME);
    let mut lock = Lock::new(&config);
    let terminal = Terminal::new(args.common.quiet);
    for platform in platforms(args, &path) {
        let over = Overrides {
            platform: Some(platform),
            store: args.common.store.clone(),
            offline: args.common.offline,
            trusted: args.common.trusted.clone(),
            registry: args.registry.clone(),
            refresh_base: true,
            build_args: values::build_args(&args.common.build_args),
            ..Overrides::default()
        };
        let settings = Settings::resolve(&root, &service, &config, &over)?;
        let context = Context::open(&settings, &terminal)?;
        let (base, pins) = context.resolve_base(&settings)?;
        let toolchain = Toolchain::of(&settings, &context, &base)?;
        let toolchain = toolchain.as_ref().map(|toolchain| &toolchain.pins);
        let locked = Locked::new(&base, &pins, toolchain, &root, &settings.base.lock.asked);
        lock.platform.insert(settings.base.platform.to_string(), locked);
    }
    let kept = Lock::read(&root).ok().flatten();
    if let Some(all) = kept.and_then(|kept| kept.downloads().ok()) {
        lock.set_downloads(&of_workspace(all, &root, args))?;
    }
    downloads::write(&root, &lock)?;
    super::print::print(&format!("{}\n", path.display()))
}

/// The downloads of packages that the workspace still has; all where it cannot be read, which is no matter of the base.
fn of_workspace(all: DownloadLines, root: &std::path::Path, args: &LockArgs) -> DownloadLines {
    let options = ReadOptions { rules: args.common.pnpm, ..ReadOptions::default() };
    match Workspace::read_with(root, &options) {
        Ok(workspace) => downloads::in_use(all, &workspace),
        Err(_) => all,
    }
}

/// Those that were named, else those of the lock that is there.
fn platforms(args: &LockArgs, path: &std::path::Path) -> Vec<String> {
    if !args.platforms.is_empty() {
        return args.platforms.clone();
    }
    let known = std::fs::read_to_string(path).ok().and_then(|text| Lock::parse(&text).ok());
    let known: Vec<String> = known.into_iter().flat_map(|lock| lock.platform.into_keys()).collect();
    if known.is_empty() { vec!["linux/amd64".to_owned()] } else { known }
}
