//! Words → a command with the environment of the trial's program. In: the trial. Out: a command that is not started
//! yet.

use std::process::{Command, Stdio};

use super::order::Trial;

/// A command, started like the trial's program.
pub(super) fn command(trial: &Trial, words: &[String]) -> Option<Command> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(&trial.environment).stdin(Stdio::null());
    Some(command)
}
