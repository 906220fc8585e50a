//! The program: reads the command line, runs one command, and turns what went wrong into text and an exit code.

#![warn(clippy::print_stderr, clippy::print_stdout)] // they panic where nobody reads

use std::process::ExitCode;

use clap::Parser;
use fourply::cli::{Cli, named, run, usage};
use fourply::report::{render_error, say_text, tell_left};

fn main() -> ExitCode {
    fourply::sandbox::enter();
    let mut cli = Cli::try_parse().unwrap_or_else(|error| usage(error).exit());
    cli.begin();
    fourply::interrupt::install();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if fourply::interrupt::requested() => fourply::interrupt::end(),
        Err(error) => {
            tell_left();
            let text = render_error(&error, error.hint());
            say_text(&named(text, cli.command.config()));
            ExitCode::from(error.exit_code())
        }
    }
}
