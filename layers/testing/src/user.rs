//! A user without privileges: whoever runs the tests, or, where that is root, `fourply-tests`, which `tests/run` makes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const USER: &str = "fourply-tests";

/// Whether the tests run as root.
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim() == "0"
}

/// A shell's command line as that user.
pub fn user_command(script: &str) -> Command {
    if !is_root() {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        return command;
    }
    let mut command = Command::new("su");
    command.args([USER, "-s", "/bin/sh", "-c", script]);
    command
}

/// The same, run to its end.
pub fn as_user(script: &str) -> Output {
    user_command(script).stdin(Stdio::null()).output().unwrap()
}

/// A copy of the program in `folder` that the user can reach, wherever the project lies. `folder` is opened for all.
pub fn program_for_user(folder: &Path) -> PathBuf {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let program = folder.join("fourply");
    std::fs::copy(crate::program::path(), &program).unwrap();
    program
}
