//! What running scripts tell, on the terminal. In: events. Out: lines.

use fourply_blob::counted;
use fourply_scripts::sandbox::Level;
use fourply_scripts::{Attempts, Event, Report};

use super::Terminal;
use crate::cli::hints::network_line;
use crate::interrupt;

impl TerminalReporter<'_> {
    /// What a script did without.
    fn attempts(&self, owner: &str, attempts: &Attempts) {
        if !attempts.refused.is_empty() {
            let hosts = attempts.refused.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.0.warn(&format_args!(
                "{owner} asked for {hosts}, and scripts have no network: {}",
                network_line(owner)
            ));
        }
        attempts.problems.iter().for_each(|problem| self.0.warn(&format_args!("{owner}: {problem}")));
    }

    /// The level once, and why it is no higher.
    fn sandbox(&self, level: Level, lacks: &[String]) {
        match (level, lacks.first()) {
            (Level::Full, _) => self.0.line("sandbox of scripts: full"),
            (Level::Off, None) => self.0.warn(&"scripts are not confined: [build] sandbox = \"off\""),
            (level, lack) => {
                let lack = lack.map(|lack| format!(" (this kernel does not {lack})")).unwrap_or_default();
                let what = "docs/security.md says what it lets through, and what to enable";
                self.0.warn(&format_args!("sandbox of scripts: {level}, not full{lack}: {what}"));
            }
        }
    }
}

/// Tells of scripts on a terminal, and lets the program wait for them when it is interrupted.
pub struct TerminalReporter<'a>(pub &'a Terminal);

impl Report for TerminalReporter<'_> {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Build { package, reason } => self.0.one_line(&format!("{package}: building ({reason})")),
            Event::Take { package, reason } => {
                self.0.one_line(&format!("{package}: taking its files again ({reason})"))
            }
            Event::Install { package, packages } => {
                let of = package.map(|package| format!("{package}: ")).unwrap_or_default();
                self.0.one_line(&format!("{of}installing {} for the build", counted(packages, "package")))
            }
            Event::Waiting => {
                self.0.line("waiting for another build with the same store, whose scripts are running")
            }
            Event::Script { package, script, command } => {
                self.0.script_begins(&package.to_string(), script, command);
            }
            Event::Dependency { package, script, command } => {
                self.0.one_line(&format!("{package}: {script}: {command}"))
            }
            Event::Line { package, line } => self.0.script_line(&package.to_string(), line),
            Event::Sandbox { level, lacks } => self.sandbox(level, lacks),
            Event::Attempts { owner, attempts } => self.attempts(owner, attempts),
            Event::IgnoredBuilds { packages } => self.0.ignored_builds(packages),
            Event::Warning { text } => self.0.warn(&format_args!("{text}")),
            Event::Done { package, script, took } => {
                self.0.script_ends(&package.to_string(), script, took);
            }
        }
    }

    fn begins(&self) {
        interrupt::begin_scripts();
    }

    fn ends(&self) {
        interrupt::end_scripts();
    }
}
