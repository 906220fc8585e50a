//! Progress on a terminal, silent where there is none.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use fourply_store::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::cut::cut;
use super::masked::masked;
use super::shown::shows;
use super::streams::say;
use crate::cli::hints::allow_builds;

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

    /// A line that a package's script printed.
    pub(super) fn script_line(&self, package: &str, line: &str) {
        if !self.quiet {
            shows(package, line);
            self.show(&format!("{package}: {line}"));
        }
    }

    fn show(&self, text: &str) {
        let text = &*cut(text);
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) if !bar.is_hidden() => bar.println(masked(text)),
            _ => say(text),
        }
    }
}

const BYTES: &str = "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}";
const ITEMS: &str = "{msg} {bar:30} {pos}/{len}";
const UNKNOWN: &str = "{msg} {spinner} {pos}";

impl Terminal {
    fn start(&self, what: &str, total: Option<u64>, template: &str) {
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(total, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
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
