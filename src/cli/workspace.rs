//! What every command on a workspace takes: its arguments, and where the workspace is.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use fourply_pnpm::{Rules, Workspace};

use crate::Error;

/// The arguments of every command that works on a workspace.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// The configuration [default: fourply.toml at the workspace's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where packages, layers and keys are kept [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Lay packages out as this version of pnpm does, whatever packageManager says
    #[arg(long, value_name = "MAJOR", value_parser = pnpm())]
    pub pnpm: Option<&'static Rules>,
    /// Take packages from this store of pnpm (see `pnpm store path`; `auto` for the usual place) where it has them; its index is trusted
    #[arg(long, value_name = "DIR", env = "FOURPLY_PNPM_STORE")]
    pub pnpm_store: Option<PathBuf>,
    /// Run no install scripts of packages
    #[arg(long)]
    pub ignore_scripts: bool,
    /// Touch no network
    #[arg(long)]
    pub offline: bool,
    /// How many threads hash and compress [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print nothing but the result
    #[arg(short, long)]
    pub quiet: bool,
}

/// The values of `--pnpm`: the major versions that have rules.
fn pnpm() -> impl TypedValueParser<Value = &'static Rules> {
    let values = Rules::majors().map(|major| PossibleValue::new(major).help(format!("pnpm {major}")));
    PossibleValuesParser::new(values)
        .try_map(|major| Rules::of_major(&major).ok_or("no rules for this version"))
}

/// The workspace's root above a service's folder, and the folder relative to it.
///
/// # Errors
/// Where the folder or the workspace is not there.
pub fn locate(folder: &Path) -> Result<(PathBuf, String), Error> {
    let absolute = fs_err::canonicalize(folder)
        .map_err(|error| Error::user(error, "name the service by its folder, such as services/auth"))?;
    let root = Workspace::find(&absolute)?;
    let root = fs_err::canonicalize(&root)?;
    let relative = absolute.strip_prefix(&root).unwrap_or(Path::new(""));
    let service = relative.to_string_lossy().replace('\\', "/");
    Ok((root, if service.is_empty() { ".".to_owned() } else { service }))
}

/// Hashes and compresses on so many threads from here on, whichever thread asks for it. Only before the first such work.
///
/// # Errors
/// Where the threads cannot be started.
pub fn limit_threads(threads: Option<usize>) -> Result<(), Error> {
    let Some(threads) = threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    pool.map_err(|error| Error::user(error, "ask for fewer --threads"))
}
