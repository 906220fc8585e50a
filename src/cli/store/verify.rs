//! `fourply store verify`: reads all of a store. Out: how much of each kind is sound; what is damaged is gone, and the exit code is 1.

use std::path::PathBuf;

use clap::Args;
use fourply_blob::counted;
use fourply_store::Verified;

use super::existing::existing;
use crate::Error;
use crate::cli::print::print;
use crate::report::Terminal;

/// The arguments of `fourply store verify`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 1 if something was damaged. It is gone then, and the next build makes or fetches it again."
)]
pub struct VerifyArgs {
    /// The store [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
    /// Print nothing but the result, warnings and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A folder that is no store; something that was damaged.
pub(super) fn run(args: &VerifyArgs) -> Result<(), Error> {
    let store = existing(args.store.as_ref())?;
    let terminal = Terminal::new(args.quiet);
    let verified = store.verify(&terminal)?;
    print(&verdict(&verified, args.quiet))?;
    let Some(first) = verified.damaged.values().next() else { return Ok(()) };
    let count: u64 = verified.damaged.values().map(|damage| damage.count).sum();
    let message = format!(
        "{} of the store {} damaged, {} first",
        counted(usize::try_from(count).unwrap_or(usize::MAX), "file"),
        if count == 1 { "was" } else { "were" },
        first.first.display()
    );
    Err(Error::user(message, "build again: what is missing is made or fetched"))
}

/// One line for each kind, and the sum.
fn verdict(verified: &Verified, quiet: bool) -> String {
    let mut text = String::new();
    let mut kinds: Vec<&String> = verified.sound.keys().chain(verified.damaged.keys()).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds.into_iter().filter(|_| !quiet) {
        let sound = verified.sound.get(kind).copied().unwrap_or_default();
        text += &format!("{kind:28} {sound:>7} sound");
        if let Some(damage) = verified.damaged.get(kind) {
            text += &format!(", {} damaged", damage.count);
        }
        text += "\n";
    }
    for (kind, count) in verified.unread.iter().filter(|_| !quiet) {
        text +=
            &format!("{kind:28} {count:>7} not read: each build compares its own with what was put there\n");
    }
    let (sound, damaged): (u64, u64) =
        (verified.sound.values().sum(), verified.damaged.values().map(|damage| damage.count).sum());
    text + &format!("{sound} sound, {damaged} damaged\n")
}
