//! `fourply compare`: the image that a team has, or the Dockerfile of it, beside the one that is built here: what is missing, as lines of the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use fourply_dockerfile::{DockerImage, DockerfileError, Request};

use super::one_image::{is_image, read_image};
use super::one_service::{BuiltService, ServiceArgs, with_service};
use super::print::print;
use super::smoke::{Network, time, variables};
use super::values;
use super::workspace::{Chosen, CommonArgs, choose, limit_threads};
use crate::Error;
use crate::compare::{Image, TeamHas, compared, started};
use crate::report::{Compared, Configured, Terminal, comparison, missing_lines, tables_there};
use crate::settings::RegistryArgs;
use crate::smoke::{SmokeTest, of_base, of_build};

/// The largest Dockerfile; the reader has a bound of its own.
const LARGEST: u64 = 1 << 20;

/// The arguments of `fourply compare`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply compare auth --with docker-archive:auth.tar          # docker save erp/auth:1 -o auth.tar
  fourply compare auth --with registry.example/erp/auth:1 --env-file services/auth/.env
  fourply compare auth --with Dockerfile --build-arg SERVICE_NAME=auth --format json

Exit codes: 0 nothing is missing; 1 something is, and the lines for fourply.toml are printed, or the image does not start where the team's does;
2 for wrong arguments; 3 for external failures. docs/compare.md has more.")]
pub struct CompareArgs {
    /// The service: its folder's name, its path or its package's name
    pub service: String,
    /// The team's image: a reference in a registry with its tag, oci:DIR[:NAME], oci-archive:FILE[:NAME] or docker-archive:FILE; or a Dockerfile, whose
    /// last stage is read and not built
    #[arg(long, value_name = "IMAGE|DOCKERFILE")]
    pub with: String,
    /// Of a Dockerfile: this stage, by name or number [default: the last one]
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Start neither image
    #[arg(long)]
    pub no_smoke: bool,
    /// A variable for both when they are started, as for smoke; can be repeated
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub env: Vec<String>,
    /// Variables from a file, as for smoke; can be repeated
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Which network they have: none is a loopback interface of their own
    #[arg(long, value_enum, default_value = "none")]
    pub network: Network,
    /// How long each has to become healthy, such as 45s [default: as for smoke]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
    /// How the service is built.
    #[command(flatten)]
    pub build: ServiceArgs,
    /// How registries are reached.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// What is common to all commands on a workspace.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables, notes, and the lines that are missing
    Text,
    /// One object
    Json,
}

/// Runs the command.
///
/// # Errors
/// Those of the stages; something that is missing.
pub fn run(args: &CompareArgs) -> Result<(), Error> {
    limit_threads(args.common.threads)?;
    let terminal = Terminal::new(args.common.quiet);
    let chosen = choose(std::slice::from_ref(&args.service), args.common.config.as_deref())?;
    let Some(service) = chosen.services.first() else { return Ok(()) };
    // What is wrong with it is known before anything is built.
    let file = dockerfile(args)?;
    with_service(&chosen, service, &args.build, (&args.common, &args.registry), &terminal, |made| {
        let team = match file {
            Some(image) => TeamHas::Dockerfile(Box::new(image)),
            None => team_image(args, &terminal)?,
        };
        report(args, &chosen, made, &team)
    })
}

fn team_image(args: &CompareArgs, terminal: &Terminal) -> Result<TeamHas, Error> {
    let store = args.common.store.as_ref();
    let (outside, base) = read_image(&args.with, &args.registry, store, terminal, args.common.quiet)?;
    Ok(TeamHas::Image(Box::new(Image::read(&outside.store, of_base(&base))?)))
}

fn report(args: &CompareArgs, chosen: &Chosen, made: &BuiltService<'_>, team: &TeamHas) -> Result<(), Error> {
    let store = &made.context.store;
    let ours = Image::read(store, of_build(made.built)?)?;
    let (known, mut found) = compared(made.settings, &chosen.config, made.context, team, &ours)?;
    let test = SmokeTest {
        environment: variables(&args.env, &args.env_file)?,
        network: args.network == Network::Host,
        timeout: args.timeout,
        healthy: false,
        told: true,
    };
    let start = |image: &Image| match args.no_smoke {
        true => Ok(None),
        false => started(&test, store, &image.image).map(Some),
    };
    let theirs = match team {
        TeamHas::Image(image) => start(image)?,
        TeamHas::Dockerfile(_) => None,
    };
    let ours = start(&ours)?;
    found.judge_port(ours.as_ref().map(|ours| (ours.outcome == "well", ours.silent)));
    let configured = Configured { config: &chosen.config, settings: made.settings, known: &known };
    let lines = missing_lines(&found.missing, &configured);
    let compared = Compared {
        with: &args.with,
        service: made.service,
        is_image: matches!(team, TeamHas::Image(_)),
        found: &found,
        theirs,
        ours,
        tables: tables_there(&lines, &chosen.config, &made.settings.workspace.service),
        lines,
    };
    print(&match args.format {
        Format::Text => comparison(&compared),
        Format::Json => compared.json()? + "\n",
    })?;
    match compared.lacks() {
        None => Ok(()),
        Some(what) => Err(Error::user(
            format!("the image of {} lacks what {} has: {what}", made.service, args.with),
            match compared.lines.is_empty() {
                true => {
                    "see the lines above that begin with \"missing:\" or \"started\"; docs/compare.md says what they mean"
                }
                false => {
                    "put the lines into fourply.toml and compare again; docs/compare.md says what each means"
                }
            },
        )),
    }
}

/// The Dockerfile that `--with` names; nothing where it names an image.
fn dockerfile(args: &CompareArgs) -> Result<Option<DockerImage>, Error> {
    let path = Path::new(&args.with);
    if !path.is_file() {
        return match is_image(&args.with) {
            true if args.target.is_some() => Err(Error::usage(
                "--target is for a Dockerfile, and --with names an image",
                "leave --target out",
            )),
            true => Ok(None),
            false => Err(Error::usage(
                format!("{} is neither a Dockerfile nor an image", args.with),
                "name a file, write NAME:TAG, or docker-archive:FILE for what docker save wrote",
            )),
        };
    }
    let text = text(path)?;
    let given = values::build_args(&args.common.build_args);
    let request = Request { text: &text, args: &given, target: args.target.as_deref() };
    DockerImage::read(&request).map(Some).map_err(|error| {
        let hint = match &error {
            DockerfileError::UnknownStage { .. } => "name one of its stages with --target",
            DockerfileError::Value { .. } => {
                "give the variable a value with --build-arg, or correct the line"
            }
            _ => "name a Dockerfile, or docker-archive:FILE for what docker save wrote",
        };
        Error::user(format!("{}: {error}", args.with), hint)
    })
}

fn text(path: &Path) -> Result<String, Error> {
    let wrong = |reason: &str| {
        Err(Error::user(
            format!("{}: {reason}", path.display()),
            "name a Dockerfile, or write docker-archive:FILE or oci-archive:FILE for an image in a file",
        ))
    };
    if fs_err::metadata(path)?.len() > LARGEST {
        return wrong("it is too large for a Dockerfile");
    }
    match String::from_utf8(fourply_store::read_file(path, fourply_store::InputKind::Other)?) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => wrong("it is no text"),
    }
}
