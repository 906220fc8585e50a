//! How lines are written on this run: for people, for programs, for a runner whose log folds. In: what the command line and the environment say, lines. Out:
//! the lines as they are to stand in the log.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde_json::json;

use super::harmless::{one_line, printable, without_commands};

/// A runner whose log has commands of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    Github,
    Gitlab,
}

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Console {
    /// Each line is an object of JSON.
    pub json: bool,
    /// No bars, whatever the terminal can do.
    pub plain: bool,
    /// How long each piece of work took is told.
    pub verbose: bool,
    /// Colours that scripts print may stay.
    pub colours: bool,
    pub runner: Option<Runner>,
}

static CONSOLE: OnceLock<Console> = OnceLock::new();

impl Console {
    /// Decides it, once for the run.
    pub fn set(self) {
        // Only the program's begin calls it.
        let _ = CONSOLE.set(self);
    }

    /// What is decided.
    pub(super) fn get() -> Console {
        CONSOLE.get().copied().unwrap_or_default()
    }

    /// Lines as the log has them; each ends with a newline. Nothing in them steers a terminal or a runner.
    pub(super) fn lines(self, text: &str) -> String {
        if self.json {
            return text.lines().filter(|line| !line.trim().is_empty()).map(object).collect();
        }
        // A code that is cut off ends with its line.
        let line = |line: &str| printable(&without_codes(line, self.colours), self.colours) + "\n";
        let text: String = text.lines().map(line).collect();
        match self.runner {
            Some(Runner::Github) => github(&text),
            Some(Runner::Gitlab) => without_commands(&text),
            None => text,
        }
    }

    /// A name or a command that others wrote, as a part of one line.
    pub(super) fn name(self, text: &str) -> Cow<'_, str> {
        match self.runner {
            Some(_) if !self.json => Cow::Owned(without_commands(&one_line(text))),
            _ => one_line(text),
        }
    }

    /// A line that a script printed, without what could harm the log.
    pub(super) fn script(self, line: &str) -> String {
        let mut text = without_codes(line, self.colours && !self.json);
        // What moves on the line or rings.
        text.retain(|letter| !letter.is_control() || matches!(letter, '\t' | '\u{1b}'));
        // A colour that the script leaves on would be that of all lines below.
        if text.contains('\u{1b}') && !text.ends_with(RESET) {
            text.push_str(RESET);
        }
        if self.runner.is_some() && !self.json { without_commands(&text) } else { text }
    }

    /// A script's output as a part of the log that folds: what stands before it and behind it.
    pub(super) fn group(self, name: &str, now: i64) -> Option<(String, String)> {
        let name = &*self.name(name);
        let id: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        match self.runner.filter(|_| !self.json)? {
            Runner::Github => Some((format!("::group::{}\n", escaped(name)), "::endgroup::\n".to_owned())),
            Runner::Gitlab => Some((
                format!("\u{1b}[0Ksection_start:{now}:{id}[collapsed=true]\r\u{1b}[0K{name}\n"),
                format!("\u{1b}[0Ksection_end:{now}:{id}\r\u{1b}[0K\n"),
            )),
        }
    }
}

const RESET: &str = "\u{1b}[0m";

/// `{"level":"warning","message":"…"}`
fn object(line: &str) -> String {
    let levels = ["error", "warning", "note", "hint"];
    let found =
        levels.into_iter().find_map(|level| Some((level, line.strip_prefix(level)?.strip_prefix(": ")?)));
    let (level, message) = match (found, line.strip_prefix("caused by: ")) {
        (Some(found), _) => found,
        (None, Some(cause)) => ("cause", cause),
        (None, None) => ("info", line),
    };
    format!("{}\n", json!({ "level": level, "message": message }))
}

/// A script's line, for programs.
pub(super) fn script_object(package: &str, line: &str) -> String {
    format!("{}\n", json!({ "level": "script", "package": package, "message": line }))
}

/// Errors and warnings as annotations. Source: docs.github.com/actions, workflow commands.
fn github(text: &str) -> String {
    match text {
        _ if text.starts_with("error: ") => {
            let file = file_of(text).map(|file| format!(" file={file}")).unwrap_or_default();
            format!("::error{file}::{}\n", message(text, "error: "))
        }
        _ if text.starts_with("warning: ") => format!("::warning::{}\n", message(text, "warning: ")),
        _ => without_commands(text),
    }
}

/// What an annotation says: all lines as one.
fn message(text: &str, level: &str) -> String {
    escaped(without_commands(text.trim_end().trim_start_matches(level)).as_str())
}

/// The file that an error is about, as far as its text names one that stands in the repository: the configuration with its line, or the package.json
/// of a script.
fn file_of(text: &str) -> Option<String> {
    let plain = |path: &str| path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-@+".contains(c));
    if let Some(rest) = text.split_once("cannot use ").map(|(_, rest)| rest) {
        let path = rest.split(['\n', ' ']).next().unwrap_or_default().trim_end_matches(':');
        let name = path.rsplit('/').next().filter(|name| plain(name))?;
        let line =
            text.split_once("line ").map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
        let line = line.filter(|line: &String| !line.is_empty()).map(|line| format!(",line={line}"));
        return Some(format!("{name}{}", line.unwrap_or_default()));
    }
    let script = text.split_once("the script ").map(|(_, rest)| rest)?;
    let package = script.split_once(" of ")?.1.split(' ').next().filter(|package| plain(package))?;
    Some(format!("{package}/package.json"))
}

/// A text in a command of GitHub's.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text without the codes that steer a terminal; with `colours`, without all but those of colours.
pub(super) fn without_codes(text: &str, colours: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEGINS) {
        let (before, code) = rest.split_at(at);
        out.push_str(before);
        let (code, after) = code.split_at(code_length(code));
        if colours && is_colour(code) {
            out.push_str(code);
        }
        rest = after;
    }
    out + rest
}

/// What a code begins with: an escape, or the one letter that stands for an escape and `[`.
const BEGINS: [char; 2] = ['\u{1b}', '\u{9b}'];

fn is_colour(code: &str) -> bool {
    let inner = code.strip_prefix("\u{1b}[").and_then(|code| code.strip_suffix('m'));
    inner.is_some_and(|inner| inner.chars().all(|c| c.is_ascii_digit() || c == ';' || c == ':'))
}

/// How many bytes a code has that begins with an escape. Source: ECMA-48, 5.4 (CSI) and 5.6 (OSC and its like).
fn code_length(code: &str) -> usize {
    let bytes = code.as_bytes();
    let csi = match code {
        _ if code.starts_with('\u{9b}') => Some('\u{9b}'.len_utf8()),
        _ if code.starts_with("\u{1b}[") => Some(2),
        _ => None,
    };
    if let Some(start) = csi {
        let end = bytes.iter().skip(start).position(|byte| !(0x20..0x40).contains(byte));
        let is_last = |at: usize| bytes.get(at).is_some_and(|byte| (0x40..0x7f).contains(byte));
        // One that is cut off ends with the text; what cannot be in one is no part of it.
        return end.map_or(code.len(), |end| start + end + usize::from(is_last(start + end)));
    }
    match bytes.get(1) {
        Some(b']' | b'P' | b'_' | b'^' | b'X') => {
            let end = bytes.iter().position(|byte| *byte == 7).map(|at| at + 1);
            let other = code.get(1..).and_then(|rest| rest.find("\u{1b}\\")).map(|at| at + 3);
            end.into_iter().chain(other).min().unwrap_or(code.len())
        }
        Some(byte) if byte.is_ascii() => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
