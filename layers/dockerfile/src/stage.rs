//! One stage, instruction by instruction. In: the output of parse-dockerfile, the state of the stage that it starts
//! from. Out: the final state.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use parse_dockerfile::{
    Command, Flag, HealthcheckArguments, HealthcheckInstruction, Instruction, JsonOrStringArray, Source,
    UnescapedString,
};

use crate::copied::Copied;
use crate::error::{DockerfileError, Result};
use crate::expand::Variables;
use crate::paths::absolute;
use crate::run::{Ran, ran};
use crate::words::{joined, pairs, words};

/// The most variables and labels of one stage.
const MOST_VARIABLES: usize = 1_000;
/// The most bytes of all of them.
const MOST_VALUES: usize = 1 << 20;

/// A health check in the form of an image's configuration. Absent times are the engine's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthCheck {
    /// `CMD` and words, `CMD-SHELL` and a text, or `NONE`.
    pub test: Vec<String>,
    pub interval: Option<Duration>,
    pub timeout: Option<Duration>,
    pub start_period: Option<Duration>,
    pub retries: Option<u32>,
}

/// The state after some instructions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stage {
    pub name: Option<String>,
    /// The base image.
    pub image: String,
    pub env: BTreeMap<String, String>,
    /// Values of ARG; a variable of ENV wins.
    pub args: BTreeMap<String, String>,
    pub user: Option<String>,
    /// Absolute; `None` means the image's own.
    pub folder: Option<String>,
    /// The first folder, which usually contains the workspace.
    pub first_folder: Option<String>,
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    pub shell: Option<Vec<String>>,
    pub ports: BTreeSet<u16>,
    pub volumes: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: Option<String>,
    pub health: Option<HealthCheck>,
    pub copies: Vec<Copied>,
    pub ran: Ran,
    /// Variables without a value.
    pub unknown: BTreeSet<String>,
}

/// Inputs shared by all stages.
pub(crate) struct Context<'a> {
    pub text: &'a str,
    pub escape: char,
    /// ARG values before the first FROM.
    pub global: &'a BTreeMap<String, String>,
    /// The user's values.
    pub given: &'a BTreeMap<String, String>,
    /// The stages before this one.
    pub stages: &'a [Stage],
}

impl Context<'_> {
    fn line(&self, at: usize) -> usize {
        self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
    }

    pub(crate) fn failed(&self, text: &UnescapedString<'_>, reason: &'static str) -> DockerfileError {
        let shown = text.value.chars().take(100).collect();
        DockerfileError::Value { line: self.line(text.span.start), text: shown, reason }
    }
}

impl Stage {
    /// Applies one instruction.
    ///
    /// # Errors
    /// A value that cannot be expanded.
    pub(crate) fn apply(&mut self, instruction: &Instruction<'_>, context: &Context<'_>) -> Result<()> {
        match instruction {
            Instruction::Arg(arg) => self.arg(&arg.arguments, context)?,
            Instruction::Env(env) => {
                // Within one instruction, all variables have their values from before it.
                let mut new = Vec::new();
                for (name, value) in pairs(&env.arguments.value, context.escape) {
                    let name = self.expanded(&name, &env.arguments, context)?;
                    if name.is_empty() {
                        return Err(context.failed(&env.arguments, "a variable has no name"));
                    }
                    new.push((name, self.expanded(&value, &env.arguments, context)?));
                }
                self.env.extend(new);
                self.bounds()?;
            }
            Instruction::User(user) => {
                let user = self.text(&user.arguments, context)?;
                self.user = (!user.is_empty()).then_some(user);
            }
            Instruction::Workdir(workdir) => {
                let path = self.text(&workdir.arguments, context)?;
                let folder = self.absolute(&path);
                self.first_folder.get_or_insert_with(|| folder.clone());
                self.folder = Some(folder);
            }
            Instruction::Shell(shell) => {
                self.shell = Some(shell.arguments.iter().map(|word| word.value.to_string()).collect());
            }
            Instruction::Entrypoint(entrypoint) => {
                self.entrypoint = Some(self.command(&entrypoint.arguments, context));
                // docker resets the command of the base image.
                self.cmd = None;
            }
            Instruction::Cmd(cmd) => self.cmd = Some(self.command(&cmd.arguments, context)),
            Instruction::Expose(expose) => {
                for port in &expose.arguments {
                    let text = self.text(port, context)?;
                    let ports = words(&text, context.escape);
                    self.ports.extend(ports.iter().filter_map(|port| tcp(port)));
                }
            }
            Instruction::Volume(volume) => {
                let (JsonOrStringArray::Json(parse_dockerfile::Spanned { value: paths, .. })
                | JsonOrStringArray::String(paths)) = &volume.arguments;
                for path in paths {
                    let path = self.text(path, context)?;
                    let path = self.absolute(&path);
                    self.volumes.insert(path);
                }
            }
            Instruction::Label(label) => {
                for (name, value) in pairs(&label.arguments.value, context.escape) {
                    let name = self.expanded(&name, &label.arguments, context)?;
                    let value = self.expanded(&value, &label.arguments, context)?;
                    self.labels.insert(name, value);
                    self.bounds()?;
                }
            }
            Instruction::Stopsignal(signal) => {
                self.stop_signal = Some(self.text(&signal.arguments, context)?)
            }
            Instruction::Healthcheck(health) => self.health = Some(self.health(health, context)?),
            Instruction::Copy(copy) => self.copy(&copy.options, &copy.src, &copy.dest, context)?,
            Instruction::Add(add) => self.copy(&add.options, &add.src, &add.dest, context)?,
            Instruction::Run(run) => self.run(run, context),
            _ => {}
        }
        Ok(())
    }

    /// `ARG NAME=VALUE NAME`: the user's value wins, then, for a name without a value, the one before the first FROM.
    fn arg(&mut self, arguments: &UnescapedString<'_>, context: &Context<'_>) -> Result<()> {
        for word in words(&arguments.value, context.escape) {
            let (name, value) =
                word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            let value = match (context.given.get(name), value) {
                (Some(given), _) => Some(given.clone()),
                (None, Some(value)) => Some(self.expanded(value, arguments, context)?),
                (None, None) => context.global.get(name).cloned(),
            };
            self.args.extend(value.map(|value| (name.to_owned(), value)));
            self.bounds()?;
        }
        Ok(())
    }

    /// Each stage may repeat all variables of the stage before it.
    fn bounds(&self) -> Result<()> {
        let all = || self.env.iter().chain(&self.args).chain(&self.labels);
        if all().count() > MOST_VARIABLES {
            return Err(DockerfileError::TooLarge { what: "variables and labels", most: MOST_VARIABLES });
        }
        match all().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MOST_VALUES {
            true => {
                Err(DockerfileError::TooLarge { what: "bytes of variables and labels", most: MOST_VALUES })
            }
            false => Ok(()),
        }
    }

    fn text(&mut self, text: &UnescapedString<'_>, context: &Context<'_>) -> Result<String> {
        self.expanded(text.value.trim(), text, context)
    }

    fn expanded(&mut self, word: &str, shown: &UnescapedString<'_>, context: &Context<'_>) -> Result<String> {
        let mut variables = Variables::new(&self.env, &self.args);
        let value = variables.expand(word, context.escape);
        self.unknown.extend(variables.unknown);
        value.map_err(|reason| context.failed(shown, reason))
    }

    /// Relative to the working folder.
    fn absolute(&self, path: &str) -> String {
        absolute(self.folder.as_deref().unwrap_or_default(), path)
    }

    /// In exec form, variables stay; in shell form, the shell replaces them at start.
    fn command(&self, command: &Command<'_>, context: &Context<'_>) -> Vec<String> {
        match command {
            Command::Exec(words) => words.value.iter().map(|word| word.value.to_string()).collect(),
            Command::Shell(text) => {
                let usual = || ["/bin/sh", "-c"].map(str::to_owned).to_vec();
                let mut words = self.shell.clone().unwrap_or_else(usual);
                words.push(joined(text.value, context.escape).trim().to_owned());
                words
            }
            _ => Vec::new(),
        }
    }

    fn health(&mut self, health: &HealthcheckInstruction<'_>, context: &Context<'_>) -> Result<HealthCheck> {
        let mut check = HealthCheck {
            test: match &health.arguments {
                HealthcheckArguments::Cmd { arguments: Command::Shell(text), .. } => {
                    vec!["CMD-SHELL".to_owned(), joined(text.value, context.escape).trim().to_owned()]
                }
                HealthcheckArguments::Cmd { arguments, .. } => {
                    std::iter::once("CMD".to_owned()).chain(self.command(arguments, context)).collect()
                }
                _ => vec!["NONE".to_owned()],
            },
            ..HealthCheck::default()
        };
        for flag in &health.options {
            let Some(value) = &flag.value else { continue };
            let text = self.text(value, context)?;
            let time =
                || text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
            match flag.name.value.as_ref() {
                "interval" => check.interval = time(),
                "timeout" => check.timeout = time(),
                "start-period" => check.start_period = time(),
                "retries" => check.retries = text.parse().ok(),
                _ => {}
            }
        }
        Ok(check)
    }

    fn copy(
        &mut self,
        flags: &[Flag<'_>],
        sources: &[Source<'_>],
        to: &UnescapedString<'_>,
        context: &Context<'_>,
    ) -> Result<()> {
        let mut option = |name: &str| -> Result<Option<String>> {
            let value =
                flags.iter().filter(|flag| flag.name.value == name).find_map(|flag| flag.value.as_ref());
            value.map(|value| self.text(value, context)).transpose()
        };
        let (from, owner) = (option("from")?, option("chown")?);
        let parents = flags.iter().any(|flag| flag.name.value == "parents");
        let to = self.text(to, context)?;
        let into = to.ends_with('/') || to == "." || to == ".." || sources.len() > 1;
        let stage = from.as_ref().and_then(|from| find(context.stages, from));
        for source in sources {
            let (source, elsewhere) = match source {
                Source::Path(path) => {
                    let source = self.text(path, context)?;
                    let elsewhere = (from.is_some() && stage.is_none()) || is_remote(&source);
                    (source, elsewhere)
                }
                // The text is part of the Dockerfile, not of a workspace file.
                _ => ("<<text of the Dockerfile>>".to_owned(), true),
            };
            self.copies.push(Copied {
                other_image: elsewhere,
                stage,
                source,
                to: self.absolute(&to),
                into,
                parents,
                owner: owner.clone(),
            });
        }
        Ok(())
    }

    fn run(&mut self, run: &parse_dockerfile::RunInstruction<'_>, context: &Context<'_>) {
        let script = match &run.arguments {
            Command::Shell(text) if run.here_docs.is_empty() => joined(text.value, context.escape),
            Command::Shell(_) => run.here_docs.iter().map(|doc| doc.value.as_ref()).collect(),
            Command::Exec(words) => {
                let quoted = words.value.iter().map(|word| format!("'{}'", word.value.replace('\'', "")));
                quoted.collect::<Vec<_>>().join(" ")
            }
            _ => String::new(),
        };
        let values = self.args.iter().chain(&self.env).map(|(name, value)| (name.clone(), value.clone()));
        let values: BTreeMap<String, String> = values.collect();
        let mut left = ran(&replaced(&script, &values));
        let folders = std::mem::take(&mut left.folders);
        left.folders = folders.into_iter().map(|(path, folder)| (self.absolute(&path), folder)).collect();
        let deployed = std::mem::take(&mut left.deployed);
        left.deployed = deployed.into_iter().map(|(path, filter)| (self.absolute(&path), filter)).collect();
        self.ran.extend(left);
    }
}

/// A script with known variables replaced; quotes and unknown variables are left to the shell.
fn replaced(script: &str, values: &BTreeMap<String, String>) -> String {
    let mut script = script.to_owned();
    // The longest names first: `$PORT` is a prefix of `$PORTS`.
    let mut names: Vec<&String> = values.keys().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        let value = values.get(name).map(String::as_str).unwrap_or_default();
        if value.len() < 1000 && script.len() < 1 << 20 && script.contains(name.as_str()) {
            script = script.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
        }
    }
    script
}

/// The index of a stage by its name or number; of equal names, the last counts.
pub(crate) fn find(stages: &[Stage], name: &str) -> Option<usize> {
    let by_name = stages
        .iter()
        .rposition(|stage| stage.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name)));
    by_name.or_else(|| name.parse().ok().filter(|number| *number < stages.len()))
}

/// Sources that ADD downloads: a URL, or a git repository. Source: docs.docker.com/reference/dockerfile/#add.
fn is_remote(source: &str) -> bool {
    ["http://", "https://", "git@", "git://", "ssh://"].iter().any(|start| source.starts_with(start))
}

/// `3000` or `3000/tcp`.
fn tcp(text: &str) -> Option<u16> {
    text.strip_suffix("/tcp").unwrap_or(text).parse().ok()
}
