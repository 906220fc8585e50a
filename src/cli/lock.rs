//! `fourply lock`: resolves the base again and writes what it found into `fourply.lock`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use clap::Args;
use fourply_pnpm::{ReadOptions, Workspace};
use fourply_scripts::{DownloadLines, Downloads};

use super::values;
use super::workspace::{CommonArgs, limit_threads, locate};
use crate::Error;
use crate::build_node;
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
    /// A platform that images are built for, beside those of the lock; several with commas, or repeated [default: linux/amd64]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
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
    let kept = kept(&path, &terminal)?;
    for platform in platforms(args, &kept) {
        let over = Overrides {
            platform: Some(platform),
            store: args.common.store.clone(),
            store_from: args.common.store_from.clone(),
            offline: args.common.offline,
            trusted: args.common.trusted.clone(),
            registry: args.registry.clone(),
            refresh_base: true,
            build_args: values::build_args(&args.common.build_args),
            // No script runs, and the lock may be one that nobody can read.
            downloads: Arc::new(OnceLock::from(Downloads::default())),
            ..Overrides::default()
        };
        let settings = Settings::resolve(&root, &service, &config, &over)?;
        let context = Context::open(&settings, &terminal)?;
        let (base, pins) = context.resolve_base(&settings)?;
        let toolchain = Toolchain::of(&settings, &context, &base)?;
        let toolchain = toolchain.as_ref().map(|toolchain| &toolchain.pins);
        let locked = Locked::new(&base, &pins, toolchain, &root, &settings.base.lock.asked);
        let locked = Locked { build_node: build_node::resolve_all(&settings, &context, &base)?, ..locked };
        lock.platform.insert(settings.base.platform.to_string(), locked);
    }
    lock.set_downloads(&of_workspace(kept.downloads, &root, args))?;
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

/// What of the lock that is there stays.
#[derive(Default)]
struct Kept {
    platforms: Vec<String>,
    downloads: DownloadLines,
}

/// Reads the lock that is there. One that cannot be read is written again, with what of it can.
fn kept(path: &std::path::Path, terminal: &Terminal) -> Result<Kept, Error> {
    if !path.exists() {
        return Ok(Kept::default());
    }
    let bytes = fourply_store::read_file(path, fourply_store::InputKind::OwnLockfile)?;
    let text = String::from_utf8_lossy(&bytes);
    let read = Lock::parse(&text).and_then(|lock| Ok((lock.downloads()?, lock)));
    let error = match read {
        Ok((downloads, lock)) => {
            return Ok(Kept { platforms: lock.platform.into_keys().collect(), downloads });
        }
        Err(error) => error,
    };
    let (platforms, downloads, lost) = Lock::salvaged(&text);
    let count: usize = downloads.values().map(|of| of.len()).sum();
    let rest = match lost {
        0 => String::new(),
        lost => format!("; {lost} could not be read, and the next build downloads and locks them again"),
    };
    terminal.warn(&format!("{error}: it is written again, with {count} downloads of scripts{rest}"));
    Ok(Kept { platforms, downloads })
}

/// Those that were named, and those of the lock that was there.
fn platforms(args: &LockArgs, kept: &Kept) -> BTreeSet<String> {
    let all: BTreeSet<String> = args.platforms.iter().chain(&kept.platforms).cloned().collect();
    if all.is_empty() { BTreeSet::from(["linux/amd64".to_owned()]) } else { all }
}
