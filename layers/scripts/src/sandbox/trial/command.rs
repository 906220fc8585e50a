//! Words → a command with all that the trial's program finds. In: the trial. Out: a command that was not started.

use std::process::{Command, Stdio};

use super::order::Trial;

/// A command as the trial's program is started.
pub(super) fn command(trial: &Trial, words: &[String]) -> Option<Command> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(&trial.environment).stdin(Stdio::null());
    Some(command)
}
