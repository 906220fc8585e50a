//! Progress on a terminal, silent where there is none.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use fourply_store::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::cut::cut;
use super::masked::masked;
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
    /// `quiet` shows nothing, even on a terminal.
    pub fn new(quiet: bool) -> Terminal {
        Terminal { quiet, ..Terminal::default() }
    }

    /// A warning, once, however often it is given: two platforms often have the same.
    pub fn warn(&self, warning: &dyn Display) {
        self.once(format!("warning: {warning}"));
    }

    /// A warning that is told under `--quiet` as well: what it asks for is for the next build, and nothing else tells of it.
    pub fn insist(&self, warning: &dyn Display) {
        match self.quiet {
            true => say(format_args!("warning: {warning}")),
            false => self.warn(warning),
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
        self.once(format!("note: {note}"));
    }

    fn once(&self, text: String) {
        if self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
            self.line(&text);
        }
    }

    /// A line that stays above the bar.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
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
