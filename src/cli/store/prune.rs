//! `fourply store prune`: what was used longest ago goes.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use fourply_store::{PruneReport, PruneRequest};

use super::existing::existing;
use crate::Error;
use crate::cli::print::print;
use crate::report::bytes;
use crate::settings::store_size::size;

/// The arguments of `fourply store prune`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply store prune                                   what was not used for 30 days
  fourply store prune --keep-bytes 20GB                 what was used longest ago, until 20 GB are left
  fourply store prune --older-than 7 --keep-bytes 5GB   both

What running builds use stays.")]
pub struct PruneArgs {
    /// Remove what was not used for so many days [default: 30, without --keep-bytes]
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,
    /// Remove what was used longest ago until the store has no more than this: a number of bytes, or one with kB, MB, GB, TB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub keep_bytes: Option<u64>,
    /// Only tell what would go
    #[arg(long)]
    pub dry_run: bool,
    /// The store [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Print nothing but the result, warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// How old is old, where nothing else is said.
const USUAL_DAYS: u32 = 30;

/// Runs the command.
///
/// # Errors
/// A folder that is no store, a file that cannot be removed.
pub(super) fn run(args: &PruneArgs) -> Result<(), Error> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let now = SystemTime::now();
    let days = args.older_than.or(args.keep_bytes.is_none().then_some(USUAL_DAYS));
    let unused_since = days.map(|days| now.checked_sub(DAY * days).unwrap_or(SystemTime::UNIX_EPOCH));
    let request = PruneRequest { unused_since, keep: args.keep_bytes, now, pretend: args.dry_run };
    let report = existing(args.store.as_ref())?.prune(&request)?;
    print(&pruned(&report, args))
}

/// One line for each kind, and the sums.
fn pruned(report: &PruneReport, args: &PruneArgs) -> String {
    let mut text = String::new();
    let kinds = report.gone.iter().filter(|_| !args.quiet);
    kinds
        .for_each(|(kind, gone)| text += &format!("{kind:14} {:>7}  {:>9}\n", gone.count, bytes(gone.bytes)));
    if report.spared.count > 0 && !args.quiet {
        text += &format!(
            "spared {}, {}: running builds use them\n",
            report.spared.count,
            bytes(report.spared.bytes)
        );
    }
    let freed: u64 = report.gone.values().map(|gone| gone.bytes).sum();
    let verb = if args.dry_run { "would free" } else { "freed" };
    text + &format!("{verb} {}; {} left\n", bytes(freed), bytes(report.left.bytes))
}
