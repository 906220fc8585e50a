//! The shell for a script's text. In: the text. Out: a command.

use std::process::Command;

/// The outer shell sets the umask, which decides the modes of outputs; the inner one gets the text as from pnpm.
pub(crate) fn shell(text: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 022; exec /bin/sh -c \"$1\"", "sh", text]);
    command
}
