//! `fourply smoke`: whether an image lives. A service of the workspace is built into the store first; any other image is read from where it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use fourply_base::BaseError;
use fourply_pnpm::{Workspace, services};
use fourply_store::{InputKind, read_named};

use super::image_word;
use super::one_image::{is_image, read_image};
use super::one_service::{ServiceArgs, with_service};
use super::print::print;
use super::workspace::{Chosen, CommonArgs, choose, limit_threads};
use crate::Error;
use crate::report::{Terminal, say};
use crate::settings::RegistryArgs;
use crate::smoke::{SmokeTest, of_base, of_build, of_service, start};

/// The arguments of `fourply smoke`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply smoke auth --env-file services/auth/.env
  fourply smoke auth finance
  fourply smoke oci-archive:auth.tar
  fourply smoke 127.0.0.1:5000/erp/auth:1 --network host --healthy

Exit codes: 0 the health check passes, or without one it still runs; 1 the image is at fault; 2 for wrong arguments; 3 for external failures;
4 it cannot be told, because something outside does not answer or a variable is missing. Of several the worst decides.
`fourply smoke --all` builds every service and starts each; `fourply build --all --smoke` does so before it writes them. docs/smoke.md has more.")]
pub struct SmokeArgs {
    /// A service of the workspace, which is built first; or an image: a reference in a registry with its tag, oci:DIR[:NAME], oci-archive:FILE[:NAME] or
    /// docker-archive:FILE; several are started one after the other
    #[arg(value_name = "SERVICE|IMAGE", required_unless_present = "all")]
    pub images: Vec<String>,
    /// Every service of the workspace
    #[arg(long, conflicts_with = "images")]
    pub all: bool,
    /// A variable besides the image's; without a value, the environment's; can be repeated
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,
    /// Variables from a file, as docker reads it: NAME=VALUE, NAME and # lines; can be repeated
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Which network it has: none is a loopback interface of its own
    #[arg(long, value_enum, default_value = "none")]
    pub network: Network,
    /// How long its health check has to pass, or without one how long it has to run, such as 45s [default: 30s, or 10s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
    /// Take what cannot be told for a fault
    #[arg(long)]
    pub healthy: bool,
    /// How a service is built.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// How registries are reached.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `--network`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// A loopback interface of its own, and nothing else
    None,
    /// This machine's
    Host,
}

/// Runs the command: prints why the image is well.
///
/// # Errors
/// Those of the stages, and an image that is not well.
pub fn run(args: &SmokeArgs) -> Result<(), Error> {
    limit_threads(args.common.threads)?;
    for image in &args.images {
        image_word::check(image)?;
    }
    let test = SmokeTest {
        environment: variables(&args.env, &args.env_file)?,
        network: args.network == Network::Host,
        timeout: args.timeout,
        healthy: args.healthy,
        told: true,
    };
    let terminal = Terminal::new(args.common.quiet);
    let mut unwell = Vec::new();
    let images = match args.all {
        true => all_services(&args.common)?,
        false => args.images.clone(),
    };
    for name in &images {
        let started = match is_image(name) {
            true => image(args, name, &test, &terminal),
            false => service(args, name, &test, &terminal),
        };
        match started {
            Ok(why) => print(&format!("{name}\t{why}\n"))?,
            // The others are started all the same.
            Err(error @ Error::Unwell { .. }) => unwell.push(error),
            Err(error) => return Err(error),
        }
    }
    // What is at fault says more than what cannot be told.
    unwell.sort_by_key(|error| matches!(error, Error::Unwell { inconclusive: true, .. }));
    let mut unwell = unwell.into_iter();
    let Some(first) = unwell.next() else { return Ok(()) };
    unwell.for_each(|error| say(with_hint(&error)));
    Err(first)
}

/// What is told of one of several images.
pub(super) fn with_hint(error: &Error) -> String {
    let hint = error.hint().map(|hint| format!("\n  hint: {hint}"));
    format!("{error}{}", hint.unwrap_or_default())
}

/// The folders of all services of the workspace around the current folder.
fn all_services(common: &CommonArgs) -> Result<Vec<String>, Error> {
    let Chosen { root, config, .. } = choose(&[], common.config.as_deref())?;
    let workspace = Workspace::read(&root, common.pnpm)?;
    let all = services(&workspace, config.workspace.services.as_deref())?;
    Ok(all.iter().map(ToString::to_string).collect())
}

fn service(args: &SmokeArgs, name: &str, test: &SmokeTest, terminal: &Terminal) -> Result<String, Error> {
    let chosen = choose(&[name.to_owned()], args.common.config.as_deref())?;
    let Some(service) = chosen.services.first() else { return Err(unknown(name)) };
    with_service(&chosen, service, &args.service, (&args.common, &args.registry), terminal, |made| {
        let name = (made.service, Some(of_service(made.settings)));
        start(test, &made.context.store, &of_build(made.built)?, name, terminal)
    })
}

fn unknown(word: &str) -> Error {
    Error::usage(
        format!("{word} is neither a service nor an image"),
        "write NAME:TAG, or oci:DIR for a layout",
    )
}

fn image(args: &SmokeArgs, name: &str, test: &SmokeTest, terminal: &Terminal) -> Result<String, Error> {
    let store = args.common.store.as_ref();
    let read = read_image(name, &args.registry, store, terminal, args.common.quiet);
    let (outside, base) = read.map_err(|error| foreign(test, error))?;
    start(test, &outside.store, &of_base(&base), (name, None), terminal)
}

/// An image for other machines may live there.
fn foreign(test: &SmokeTest, error: Error) -> Error {
    match &error {
        Error::Base(BaseError::NoPlatform { .. }) => {}
        Error::Base(BaseError::OtherPlatform { evidence, .. }) if !evidence.contains("programs") => {}
        _ => return error,
    }
    Error::Unwell {
        message: format!("it cannot be told here whether the image lives: {error}"),
        hint: "start it on a machine of its platform".to_owned(),
        inconclusive: !test.healthy,
    }
}

/// Variables of `--env-file`, then those of `--env`. Source of the file's form: docker's cli, `opts/envfile`: no quotes, no expansion.
pub(super) fn variables(env: &[String], env_file: &[PathBuf]) -> Result<BTreeMap<String, String>, Error> {
    let mut all = BTreeMap::new();
    for file in env_file {
        let text = read_named(file, InputKind::Project)
            .map_err(|error| Error::user(error, "name a file of variables, one NAME=VALUE a line"))?;
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start).enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            add(&mut all, line, &format!("line {} of {}", number + 1, file.display()))?;
        }
    }
    env.iter().try_for_each(|text| add(&mut all, text, "--env"))?;
    Ok(all)
}

fn add(all: &mut BTreeMap<String, String>, text: &str, place: &str) -> Result<(), Error> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text.trim_end(), std::env::var(text.trim_end()).ok()),
    };
    if let Some(rest) = name.strip_prefix("export ") {
        return Err(Error::usage(
            format!("{place} begins with export, which is a shell's word and no part of a variable's name"),
            format!("leave the word out: {}=VALUE", rest.trim()),
        ));
    }
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(Error::usage(
            format!("{place} has no name of a variable"),
            "write NAME=VALUE, or NAME for the environment's value",
        ));
    }
    all.extend(value.map(|value| (name.to_owned(), value)));
    Ok(())
}

/// `45s`, `1m`, or seconds alone.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write it as 45s or 2m, from 100ms to 1h";
    let seconds = text.parse::<u32>().ok().map(|seconds| Duration::from_secs(seconds.into()));
    let parsed = || text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    let time = seconds.or_else(parsed).ok_or(FORM)?;
    let bounds = Duration::from_millis(100)..=Duration::from_secs(3600);
    if bounds.contains(&time) { Ok(time) } else { Err(FORM.to_owned()) }
}

#[cfg(test)]
mod tests;
