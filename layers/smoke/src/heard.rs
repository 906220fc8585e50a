//! A program's output → its meaning. In: lines in order. Out: the last lines, clues, the lines that look like errors.

use std::collections::{BTreeMap, VecDeque};

use crate::after::follow;
use crate::clues::{Clue, Denial, is_defect, is_error, of_line, plain};
use crate::variables::Variables;

/// The number of reported lines.
const LINES: usize = 20;
const CLUES: usize = 64;

/// The output, as far as it is kept.
pub(crate) struct Heard<'a> {
    pub lines: VecDeque<String>,
    pub clues: VecDeque<Clue>,
    /// The last line that looks like an error.
    pub error: Option<String>,
    /// The last line that shows a bug in the program, if no clue came after it.
    pub defect: Option<String>,
    /// The last line that looks like an error and is no longer among the kept lines.
    passed: Option<String>,
    /// How often the last line was repeated.
    again: usize,
    variables: Variables<'a>,
    has_tini: bool,
}

impl Heard<'_> {
    pub(crate) fn new(environment: &BTreeMap<String, String>, has_tini: bool) -> Heard<'_> {
        Heard {
            lines: VecDeque::new(),
            clues: VecDeque::new(),
            error: None,
            defect: None,
            passed: None,
            again: 0,
            variables: Variables::new(environment),
            has_tini,
        }
    }

    pub(crate) fn line(&mut self, text: &str) {
        let text: String = plain(text).chars().take(2000).collect();
        if self.has_tini && is_of_tini(&text) {
            return;
        }
        let shown = || Some(text.trim().chars().take(300).collect());
        if let Some(clue) = self.clues.back_mut()
            && follow(clue, &text)
        {
            return self.keep(text);
        }
        match of_line(&text).or_else(|| self.variables.line(&text)) {
            // The previous line named the folder.
            Some(Clue::Denied { denial: Denial::NoFolder, path: None, .. }) if self.names_file() => {}
            Some(clue) => {
                self.clues.push_back(clue);
                self.defect = None;
            }
            None if is_defect(&text) => self.defect = shown(),
            None => {}
        }
        if is_error(&text) {
            self.error = shown();
        }
        self.keep(text);
        while self.clues.len() > CLUES {
            self.clues.pop_front();
        }
    }

    /// Whether the last clue is a file in a missing folder.
    fn names_file(&self) -> bool {
        matches!(self.clues.back(), Some(Clue::Denied { denial: Denial::NoFolder, path: Some(_), .. }))
    }

    fn keep(&mut self, text: String) {
        if self.lines.back() == Some(&text) {
            self.again += 1;
            return;
        }
        self.count();
        self.lines.push_back(text);
        while self.lines.len() > LINES {
            let passed = self.lines.pop_front().filter(|line| is_error(line));
            self.passed = passed.or(self.passed.take());
        }
    }

    /// Adds the repeat count to the last line.
    fn count(&mut self) {
        let times = std::mem::take(&mut self.again) + 1;
        if let Some(last) = self.lines.back_mut().filter(|_| times > 1) {
            last.push_str(&format!(" ({times} times)"));
        }
    }

    /// The last lines; if a long stack pushed its error out, that error comes first.
    pub(crate) fn shown(mut self) -> Vec<String> {
        self.count();
        let hidden = !self.lines.iter().any(|line| is_error(line));
        let first = self.passed.filter(|_| hidden).map(|line| [line, "…".to_owned()]);
        first.into_iter().flatten().chain(self.lines).collect()
    }
}

/// tini's message if it is not process 1, as it is in every container. Source: tini, `src/tini.c`, `reaper_check`.
fn is_of_tini(line: &str) -> bool {
    (line.starts_with("[WARN  tini (") && line.contains("Tini is not running as PID 1"))
        || line.starts_with("Zombie processes will not be re-parented to Tini")
        || line.starts_with(
            "To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER",
        )
}

#[cfg(test)]
mod tests;
