//! `fourply store ls`: what lies in a store, by kind, and which workspaces used how much of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use fourply_store::{Listed, UsedBy};
use serde_json::json;

use super::existing::existing;
use crate::Error;
use crate::cli::print::print;
use crate::report::bytes;

/// The arguments of `fourply store ls`.
#[derive(Debug, Args)]
pub struct LsArgs {
    /// How it is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The store [default: ~/.cache/fourply]
    #[arg(long, value_name = "DIR", env = "FOURPLY_STORE")]
    pub store: Option<PathBuf>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// So much of something.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    bytes: u64,
    used: Option<SystemTime>,
}

impl Sum {
    fn add(&mut self, listed: &Listed) {
        self.count += 1;
        self.bytes += listed.bytes;
        self.used = self.used.max(Some(listed.used));
    }
}

/// What a workspace used: alone, and with others.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    own: Sum,
    shared: Sum,
}

/// Runs the command.
///
/// # Errors
/// A folder that is no store or cannot be read.
pub(super) fn run(args: &LsArgs) -> Result<(), Error> {
    let store = existing(args.store.as_ref())?;
    let (listed, uses) = (store.listed()?, store.used_by()?);
    let mut kinds: BTreeMap<&str, Sum> = BTreeMap::new();
    listed.iter().for_each(|one| kinds.entry(&one.kind).or_default().add(one));
    let (shares, nobodys) = shares(&listed, &uses);
    print(&match args.format {
        Format::Text => text(&kinds, &shares, nobodys),
        Format::Json => format!("{}\n", as_json(&kinds, &shares, nobodys)),
    })
}

/// What each workspace used, and what none did that is known.
fn shares<'u>(listed: &[Listed], uses: &'u [UsedBy]) -> (Vec<(&'u str, Share)>, Sum) {
    let mut shares: Vec<(&str, Share)> =
        uses.iter().map(|uses| (uses.workspace.as_str(), Share::default())).collect();
    let mut nobodys = Sum::default();
    for one in listed {
        let users: Vec<usize> = (0..uses.len())
            .filter(|at| uses.get(*at).is_some_and(|uses| uses.has(&one.kind, &one.name)))
            .collect();
        if users.is_empty() {
            nobodys.add(one);
        }
        for at in &users {
            if let Some((_, share)) = shares.get_mut(*at) {
                if users.len() == 1 { share.own.add(one) } else { share.shared.add(one) }
            }
        }
    }
    (shares, nobodys)
}

fn text(kinds: &BTreeMap<&str, Sum>, shares: &[(&str, Share)], nobodys: Sum) -> String {
    let row = |name: &str, sum: &Sum| {
        format!("{name:28} {:>7}  {:>9}  {}\n", sum.count, bytes(sum.bytes), age(sum.used))
    };
    let mut text = format!("{:28} {:>7}  {:>9}  {}\n", "kind", "count", "size", "last used");
    kinds.iter().for_each(|(kind, sum)| text += &row(kind, sum));
    let (count, size) =
        kinds.values().fold((0, 0), |(count, size), sum| (count + sum.count, size + sum.bytes));
    text += &row("all", &Sum { count, bytes: size, used: kinds.values().filter_map(|sum| sum.used).max() });
    if shares.is_empty() {
        return text;
    }
    text += &format!("\n{:>9}  {:>9}  {:14}  {}\n", "alone", "shared", "last used", "workspace");
    for (workspace, share) in shares {
        let used = age(share.own.used.max(share.shared.used));
        text += &format!(
            "{:>9}  {:>9}  {used:14}  {workspace}\n",
            bytes(share.own.bytes),
            bytes(share.shared.bytes)
        );
    }
    text + &format!(
        "{:>9}  {:>9}  {:14}  no workspace that is known\n",
        bytes(nobodys.bytes),
        "",
        age(nobodys.used)
    )
}

/// `3 days ago`.
fn age(used: Option<SystemTime>) -> String {
    let Some(used) = used else { return String::new() };
    let seconds = SystemTime::now().duration_since(used).unwrap_or_default().as_secs();
    match (seconds / 86_400, seconds / 3_600, seconds / 60) {
        (0, 0, 0) => "now".to_owned(),
        (0, 0, minutes) => format!("{minutes} min ago"),
        (0, hours, _) => format!("{hours} h ago"),
        (1, ..) => "1 day ago".to_owned(),
        (days, ..) => format!("{days} days ago"),
    }
}

fn as_json(kinds: &BTreeMap<&str, Sum>, shares: &[(&str, Share)], nobodys: Sum) -> serde_json::Value {
    let seconds = |used: Option<SystemTime>| {
        used.and_then(|used| used.duration_since(SystemTime::UNIX_EPOCH).ok()).map(|since| since.as_secs())
    };
    let sum = |sum: &Sum| json!({ "count": sum.count, "bytes": sum.bytes, "lastUsed": seconds(sum.used) });
    let kinds: BTreeMap<&str, _> = kinds.iter().map(|(kind, found)| (*kind, sum(found))).collect();
    let shares = shares.iter().map(|(workspace, share)| {
        json!({ "workspace": workspace, "alone": sum(&share.own), "shared": sum(&share.shared) })
    });
    json!({ "kinds": kinds, "workspaces": shares.collect::<Vec<_>>(), "unknown": sum(&nobodys) })
}
