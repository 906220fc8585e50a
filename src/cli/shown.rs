//! What a wrong command line is answered with, and the name of the configuration in messages. In: what clap says, a rendered error. Out: the same, in the words that
//! the user wrote.

use std::path::Path;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};

use super::workspace::CommonArgs;
use super::{Cli, Command};
use crate::config::FILE_NAME;
use crate::report::masked;

/// The usage of a command as its help has it: clap adds options that only the environment gave.
pub fn usage(mut error: clap::Error) -> clap::Error {
    hide_values(&mut error);
    if error.get(ContextKind::Usage).is_none() {
        return error;
    }
    let mut cli = Cli::command();
    cli.build();
    let word = std::env::args().skip(1).find(|word| cli.find_subcommand(word).is_some());
    if let Some(command) = word.and_then(|word| cli.find_subcommand_mut(word))
        && !command.has_subcommands()
    {
        let usage = command.render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error
}

/// The values of options that hold secrets do not show, and of others no password of a URL.
fn hide_values(error: &mut clap::Error) {
    let of_secret = |value: &ContextValue| {
        let text = value.to_string();
        text.contains("--secret") || text.contains("--build-arg")
    };
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let shown = masked(value).into_owned();
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
    if error.get(ContextKind::InvalidArg).is_some_and(of_secret)
        && error.get(ContextKind::InvalidValue).is_some()
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
}

/// A message in which the configuration has the name of the file that `--config` gave.
pub fn named(text: String, config: Option<&Path>) -> String {
    let name = config.and_then(Path::file_name).and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| *name != FILE_NAME) else { return text };
    let mut parts = text.split(FILE_NAME);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A part of another name stays.
        let apart = !out.ends_with(|last: char| last.is_ascii_alphanumeric() || "/-_.".contains(last));
        out.push_str(if apart { name } else { FILE_NAME });
        out.push_str(part);
    }
    out
}

impl Command {
    /// What `--timings` names.
    pub fn timings(&self) -> Option<&Path> {
        self.common()?.timings.as_deref()
    }

    /// The arguments of a command on a workspace.
    fn common(&self) -> Option<&CommonArgs> {
        match self {
            Command::Build(args) => Some(&args.common),
            Command::Smoke(args) => Some(&args.common),
            Command::Lock(args) => Some(&args.common),
            Command::Compare(args) => Some(&args.common),
            Command::Tree(args) => Some(&args.common),
            _ => None,
        }
    }

    /// What `--config` names.
    pub fn config(&self) -> Option<&Path> {
        match self {
            Command::Build(args) => args.common.config.as_deref(),
            Command::Affected(args) => args.config.as_deref(),
            Command::Smoke(args) => args.common.config.as_deref(),
            Command::Lock(args) => args.common.config.as_deref(),
            Command::Compare(args) => args.common.config.as_deref(),
            Command::Inspect(args) => args.config.as_deref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secret_do_not_show() {
        use clap::Parser as _;
        let cases = [
            ["--secret", "Swordfish"],
            ["--secret", "id=A,Swordfish"],
            ["--build-arg", "1a=Swordfish"],
            ["--build-arg", "a b Swordfish"],
            ["-o", "type=registry,name=u:Swordfish@h/x"],
        ];
        for case in cases {
            let read = Cli::try_parse_from(["fourply", "build", "a"].into_iter().chain(case));
            let said = read.map(drop).map_err(|error| usage(error).to_string()).unwrap_err();
            assert!(said.contains("invalid value") && !said.contains("Swordfish"), "{said}");
        }
    }

    #[test]
    fn the_configuration_has_its_own_name_in_messages() {
        let text = "cannot use /w/my-fourply.toml: fourply.toml is not valid (fourply.toml)".to_owned();
        let said = named(text.clone(), Some(Path::new("/w/other.toml")));
        assert_eq!(said, "cannot use /w/my-fourply.toml: other.toml is not valid (other.toml)");
        assert_eq!(named(text.clone(), None), text);
        assert_eq!(named(text.clone(), Some(Path::new("a/fourply.toml"))), text);
    }
}
