//! `fourply affected`: the services whose images a change concerns, and why.

mod written;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::print::print;
use super::service::{BuildArgs, overrides};
use super::values::{self, BuildArg};
use super::workspace::{Chosen, choose};
use crate::Error;
use crate::affected::{Affected, AffectedRequest, AffectedService, Reason, affected};
use crate::report::say;
use crate::settings::Overrides;

/// The arguments of `fourply affected`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply affected --since HEAD~1
  fourply affected --since \"$(git merge-base origin/main HEAD)\" --format github

Nothing is built or fetched. docs/affected.md has the formats and the rule.")]
pub struct AffectedArgs {
    /// Of these services alone; each as for build
    #[arg(value_name = "SERVICE")]
    pub services: Vec<String>,
    /// The commit to compare with: a hash, a branch, a tag, HEAD~1
    #[arg(long, value_name = "REV")]
    pub since: String,
    /// Compare with this commit in place of the files as they lie here, which count whether committed or not
    #[arg(long, value_name = "REV")]
    pub until: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The configuration [default: fourply.toml at the workspace's root]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The platforms that the images are for, with commas between them; a service counts if one of its images does [default: linux/amd64]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// The outputs are taken as they lie in the tree, as by build --prebuilt
    #[arg(long)]
    pub prebuilt: bool,
    /// As for build
    #[arg(long = "build-arg", value_name = "NAME[=VALUE]")]
    pub build_args: Vec<BuildArg>,
    /// Print nothing but the result and errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Each service with its reasons
    Text,
    /// One object with all services and reasons
    Json,
    /// One line for the matrix of a GitHub workflow
    Github,
    /// Lines of a dotenv report of GitLab
    Gitlab,
}

/// Runs the command.
///
/// # Errors
/// Those of the repository and the workspace.
pub fn run(args: &AffectedArgs) -> Result<(), Error> {
    let chosen = choose(&args.services, args.config.as_deref())?;
    let over = Overrides {
        prebuilt: args.prebuilt,
        build_args: values::build_args(&args.build_args),
        written: args.config.clone().into_iter().collect(),
        ..Overrides::default()
    };
    let of_platform = |platform: Option<String>| Overrides { platform, ..over.clone() };
    let overs = match args.platforms.as_slice() {
        [] => vec![over.clone()],
        platforms => platforms.iter().cloned().map(Some).map(of_platform).collect(),
    };
    let request = |over| AffectedRequest {
        root: &chosen.root,
        config: args.config.as_deref(),
        over,
        since: &args.since,
        until: args.until.as_deref(),
    };
    let found = overs.iter().map(|over| of(&request(over), &chosen)).collect::<Result<Vec<_>, _>>()?;
    let found = union(found)?;
    if !args.quiet {
        tell(&found);
    }
    print(&match args.format {
        Format::Text => written::text(&found),
        Format::Json => written::json(&found)?,
        Format::Github => written::github(&found)?,
        Format::Gitlab => written::gitlab(&found)?,
    })
}

/// The services that `build --since` builds.
///
/// # Errors
/// As [`run`].
pub(super) fn since(args: &BuildArgs, chosen: &Chosen, since: &str) -> Result<Vec<String>, Error> {
    let config = args.common.config.as_deref();
    let overs = overrides(args, &chosen.config)?;
    let request = |over| AffectedRequest { root: &chosen.root, config, over, since, until: None };
    let found = overs.iter().map(|over| of(&request(over), chosen)).collect::<Result<Vec<_>, _>>()?;
    let found = union(found)?;
    if !args.common.quiet {
        tell(&found);
        let reason = written::first_reason;
        found.services.iter().for_each(|one| say(format_args!("{}: {}", one.service, reason(one))));
    }
    Ok(found.services.into_iter().map(|service| service.service).collect())
}

/// What is affected for at least one of the platforms.
fn union(found: Vec<Affected>) -> Result<Affected, Error> {
    let mut all = found.into_iter();
    let mut union =
        all.next().ok_or_else(|| Error::usage("there is no platform", "give --platform OS/ARCH"))?;
    let mut services: BTreeMap<String, AffectedService> = BTreeMap::new();
    let mut removed: BTreeSet<String> = std::mem::take(&mut union.removed).into_iter().collect();
    let mut first = std::mem::take(&mut union.services);
    for one in all {
        removed.extend(one.removed);
        first.extend(one.services);
        union.unreadable = union.unreadable.or(one.unreadable);
    }
    for service in first {
        match services.entry(service.service.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(service);
            }
            Entry::Occupied(mut entry) => {
                let known: BTreeSet<Reason> = entry.get().reasons.iter().cloned().collect();
                let more = service.reasons.into_iter().filter(|reason| !known.contains(reason));
                entry.get_mut().reasons.extend(more);
            }
        }
    }
    union.services = services.into_values().collect();
    union.removed = removed.into_iter().collect();
    Ok(union)
}

/// What is affected of the services that are named.
fn of(request: &AffectedRequest<'_>, chosen: &Chosen) -> Result<Affected, Error> {
    let mut found = affected(request)?;
    let named = |service: &String| chosen.services.is_empty() || chosen.services.contains(service);
    found.services.retain(|service| named(&service.service));
    found.removed.retain(named);
    if !chosen.services.is_empty() {
        found.all = chosen.services.len();
    }
    Ok(found)
}

fn tell(found: &Affected) {
    if let Some(reason) = &found.unreadable {
        say(format_args!(
            "warning: the workspace of {} cannot be read, so all counts as changed: {reason}",
            short(&found.since)
        ));
    }
    let count = found.services.len();
    let since = short(&found.since);
    match count {
        0 => say(format_args!("none of {} is affected since {since}", services(found.all))),
        _ => say(format_args!("{count} of {} affected since {since}", services(found.all))),
    }
}

fn services(count: usize) -> String {
    fourply_blob::counted(count, "service")
}

/// A hash as git shows it.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests;
