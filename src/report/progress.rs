//! Progress on a terminal, silent where there is none.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fourply_store::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::{Console, script_object};
use super::cut::cut;
use super::groups::{self, Group};
use super::harmless::message;
use super::masked::masked;
use super::peers::cut_peers;
use super::shown::shows;
use super::streams::{say, say_as_is};
use crate::cli::hints::allow_builds;
use crate::environment::now;

/// One bar on standard error, a new one for each piece of work.
#[derive(Debug, Default)]
pub struct Terminal {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
    warned: Mutex<BTreeSet<String>>,
}

impl Terminal {
    /// `quiet` shows no progress and no notes, even on a terminal. Warnings are told in any case.
    pub fn new(quiet: bool) -> Terminal {
        Terminal { quiet, ..Terminal::default() }
    }

    /// A warning, once, however often it is given: two platforms often have the same.
    pub fn warn(&self, warning: &dyn Display) {
        let text = format!("warning: {warning}");
        if self.is_new(&text) {
            self.show(&text);
        }
    }

    /// Packages whose install scripts nobody allowed, as pnpm names them; each once.
    pub fn ignored_builds(&self, packages: &[String]) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&str> = packages
            .iter()
            .filter(|package| warned.insert(format!("ignored build: {package}")))
            .map(String::as_str)
            .collect();
        drop(warned);
        if !new.is_empty() {
            self.warn(&format_args!("Ignored build scripts: {}. {}", new.join(", "), allow_builds(&new)));
        }
    }

    /// What is good to know and no fault, once.
    pub fn note(&self, note: &dyn Display) {
        let text = format!("note: {note}");
        if self.is_new(&text) {
            self.line(&text);
        }
    }

    fn is_new(&self, text: &str) -> bool {
        self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned())
    }

    /// A line that stays above the bar.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            self.show(text);
        }
    }

    /// The same of a text that quotes names and commands, which may have line breaks.
    pub(super) fn one_line(&self, text: &str) {
        self.line(&Console::get().name(text));
    }

    /// A line that a package's script printed.
    pub(super) fn script_line(&self, package: &str, line: &str) {
        if !self.quiet {
            let (console, line) = (Console::get(), &*masked(line));
            shows(package, line);
            let line = console.script(line);
            match (console.json, console.runner) {
                (true, _) => say_as_is(&script_object(package, &line)),
                (false, Some(_)) => groups::add(package, &line).iter().for_each(tell_group),
                (false, None) => self.show(&format!("{}: {line}", console.name(package))),
            }
        }
    }

    /// A script of a package begins.
    pub(super) fn script_begins(&self, package: &str, script: &str, command: &str) {
        let line = format!("{package}: {script}: {command}");
        match Console::get().runner.filter(|_| !self.quiet && !Console::get().json) {
            Some(_) => groups::begin(package, masked(&line).into_owned()),
            None => self.one_line(&line),
        }
    }

    /// It ended well.
    pub(super) fn script_ends(&self, package: &str, script: &str, took: Duration) {
        groups::end(package).iter().for_each(tell_group);
        if Console::get().verbose {
            self.one_line(&format!("{package}: {script} took {}", seconds(took)));
        }
    }

    /// How long a piece of work took, with `-v`.
    pub(crate) fn took(&self, what: &str, took: Duration) {
        if Console::get().verbose {
            self.line(&format!("{what} took {}", seconds(took)));
        }
    }

    fn show(&self, text: &str) {
        let text = &*message(text);
        let text = &*cut(text);
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) if !bar.is_hidden() => {
                bar.println(Console::get().lines(&masked(&cut_peers(text))).trim_end_matches('\n'));
            }
            _ => say(text),
        }
    }
}

/// `1.2 s`
fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn tell_group(group: &Group) {
    let lines = &*group.lines;
    match Console::get().group(&group.name, now()) {
        Some((before, after)) => say_as_is(&format!("{before}{lines}{after}")),
        None => say_as_is(lines),
    }
}

/// Tells what scripts printed that did not end: it is not folded, as an error follows.
pub fn tell_left() {
    let console = Console::get();
    for (package, group) in groups::left() {
        let package = console.name(&package);
        let lines: String = group.lines.lines().map(|line| format!("{package}: {line}\n")).collect();
        say_as_is(&format!("{}\n{lines}", console.name(&group.name)));
    }
}

const BYTES: &str = "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}";
const ITEMS: &str = "{msg} {bar:30} {pos}/{len}";
const UNKNOWN: &str = "{msg} {spinner} {pos}";

impl Terminal {
    fn start(&self, what: &str, total: Option<u64>, template: &str) {
        let console = Console::get();
        let target = if self.quiet || console.json || console.plain || console.runner.is_some() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(total, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(console.name(what).into_owned());
        // It is seen before anything advances.
        bar.tick();
        if let Some(last) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).replace(bar) {
            last.finish_and_clear();
        }
    }
}

impl Progress for Terminal {
    fn begin(&self, what: &str, total: Option<u64>) {
        self.start(what, total, if total.is_some() { ITEMS } else { UNKNOWN });
    }

    fn begin_bytes(&self, what: &str, total: u64) {
        self.start(what, Some(total), BYTES);
    }

    fn advance(&self, count: u64) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(count);
        }
    }

    fn end(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}
