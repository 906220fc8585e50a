//! `fourply completions` and `fourply man`: what a shell and man(1) know of the program. In: the command line's own description. Out: a script, pages.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::print::print;
use crate::Error;

/// The arguments of `fourply completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fourply completions bash > ~/.local/share/bash-completion/completions/fourply
  fourply completions zsh > \"${fpath[1]}/_fourply\"
  fourply completions fish > ~/.config/fish/completions/fourply.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The arguments of `fourply man`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fourply man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder, which has to be there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// The name of the program, whatever it was started as.
const NAME: &str = "fourply";

/// Prints the script that completes words.
///
/// # Errors
/// Where nobody takes it.
pub(super) fn completions(args: &CompletionsArgs, mut program: Command) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, NAME, &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Writes a page for each command.
///
/// # Errors
/// Where the folder cannot be written.
pub(super) fn man(args: &ManArgs, program: Command) -> Result<(), Error> {
    // The folder's own error comes before a page of many is there.
    let failed = |error: std::io::Error| {
        Error::user(
            format!("cannot write man pages to {}: {error}", args.folder.display()),
            "name a folder that is there and can be written, such as ~/.local/share/man/man1",
        )
    };
    if !args.folder.is_dir() {
        return Err(failed(std::io::ErrorKind::NotADirectory.into()));
    }
    clap_mangen::generate_to(program, &args.folder).map_err(failed)
}
