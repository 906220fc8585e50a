//! A start script as shell text. In: texts of scripts. Out: one text, and the programs that it names. Parts that an
//! image does not need are removed: package managers before a command, build steps. If the last command is literal, it
//! replaces the shell, so that it receives the signals.

use std::ops::Range;

use super::command::Command;
use super::scripts::Scripts;
use super::steps::{MAX_DEPTH, Step, step, text_of_shell};
use super::words::{Part, Word, parts};

/// Commands that a shell has built in. Source: POSIX, "Special Built-In Utilities" and the utilities that dash and
/// busybox have built in.
const BUILT_IN: [&str; 29] = [
    ".", ":", "[", "alias", "bg", "break", "cd", "continue", "echo", "eval", "exit", "export", "false", "fg",
    "getopts", "kill", "printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "times",
    "trap", "true", "umask", "wait",
];
const MORE: [&str; 4] = ["ulimit", "unset", "type", "local"];
/// Words before a shell's command.
const BEFORE: [&str; 10] = ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "time"];
/// Words that end a construct, or begin one that is not followed.
const NO_COMMANDS: [&str; 7] = ["fi", "done", "esac", "}", "for", "case", "in"];

/// A text for `sh -c`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellText {
    pub text: String,
    /// The programs that it names, each once.
    pub programs: Vec<String>,
    /// A word in a program's position that only a shell can resolve.
    pub unknown: Option<String>,
}

impl ShellText {
    pub(super) fn of(scripts: &Scripts, text: &str) -> ShellText {
        let mut found = ShellText::default();
        found.text = found.written(scripts, text, true, 0);
        found
    }

    /// The text as an image runs it; `ends` means that nothing follows it.
    fn written(&mut self, scripts: &Scripts, text: &str, ends: bool, depth: usize) -> String {
        let Commands { all: commands, is_chain, .. } = Commands::of(text);
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let starts: Vec<usize> =
            commands.iter().filter_map(|words| words.first()).map(|word| word.range.start).collect();
        for (at, words) in commands.iter().enumerate() {
            let is_last = at + 1 == commands.len();
            let command = Command::of(scripts, behind(words));
            let next = starts.get(at + 1).copied();
            if let (true, Some(next), Some(Step::Build), Some(first)) =
                (is_chain, next, step(scripts, &command), words.first())
            {
                edits.push((first.range.start..next, String::new()));
                continue;
            }
            self.command(scripts, &command, (ends && is_last && is_chain, depth), &mut edits);
        }
        edited(text, edits)
    }

    fn command(
        &mut self,
        scripts: &Scripts,
        command: &Command,
        (ends, depth): (bool, usize),
        edits: &mut Vec<(Range<usize>, String)>,
    ) {
        edits.extend(command.before.iter().map(|range| (range.clone(), String::new())));
        let script =
            command.script.as_ref().and_then(|call| scripts.text(call)).filter(|_| depth < MAX_DEPTH);
        if let (Some(text), Some((_, inner))) = (script, edits.last_mut()) {
            let is_chain = Commands::of(text).all.len() > 1;
            let written =
                self.written(scripts, text, ends && (command.rest.is_empty() || !is_chain), depth + 1);
            *inner = match (is_chain && !ends, command.rest.is_empty()) {
                (true, true) => format!("{{ {written}; }}"),
                (false, true) => written,
                (_, false) => format!("{written} "),
            };
            return;
        }
        let Some(program) = command.rest.first() else { return };
        if let Some(text) = text_of_shell(&command.rest) {
            self.written(scripts, text, false, depth + 1);
        }
        let name = program.text.as_str();
        if BUILT_IN.contains(&name) || MORE.contains(&name) || NO_COMMANDS.contains(&name) {
            return;
        }
        match program.known {
            true if !self.programs.contains(&program.text) => self.programs.push(program.text.clone()),
            true => {}
            false => self.unknown = self.unknown.take().or_else(|| Some(program.text.clone())),
        }
        if ends {
            edits.push((program.range.start..program.range.start, "exec ".to_owned()));
        }
    }
}

/// The words after a shell's own words before a command.
pub(super) fn behind(words: &[Word]) -> Vec<Word> {
    words.iter().skip_while(|word| BEFORE.contains(&word.text.as_str())).cloned().collect()
}

/// The commands of a text.
pub(super) struct Commands {
    /// Their words, without the files of redirections.
    pub all: Vec<Vec<Word>>,
    /// Which of them read the output of the previous one.
    pub piped: Vec<bool>,
    /// Whether they are a plain sequence.
    pub is_chain: bool,
    pub redirects: bool,
}

impl Commands {
    pub(super) fn of(text: &str) -> Commands {
        let (mut all, mut piped) = (vec![Vec::new()], vec![false]);
        let (mut is_chain, mut is_file, mut redirects) = (true, false, false);
        for part in parts(text) {
            match part {
                Part::Word(_) if is_file => is_file = false,
                Part::Word(word) => {
                    let is_keyword =
                        BEFORE.contains(&word.text.as_str()) || NO_COMMANDS.contains(&word.text.as_str());
                    let is_first = all.last().is_some_and(Vec::is_empty);
                    is_chain &= !(is_first && is_keyword);
                    if let Some(command) = all.last_mut() {
                        command.push(word);
                    }
                }
                Part::Redirect => (is_file, redirects) = (true, true),
                other => {
                    is_chain &= other == Part::Next;
                    piped.push(other == Part::Pipe);
                    all.push(Vec::new());
                }
            }
        }
        let commands = all.into_iter().zip(piped).filter(|(words, _)| !words.is_empty());
        let (all, piped) = commands.unzip();
        Commands { all, piped, is_chain, redirects }
    }
}

fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut written, mut from) = (String::new(), 0);
    for (range, new) in edits {
        written.push_str(text.get(from..range.start).unwrap_or_default());
        written.push_str(&new);
        from = range.end.max(from);
    }
    written.push_str(text.get(from..).unwrap_or_default());
    written.trim().to_owned()
}

/// The commands that a text runs unconditionally, in sequence, with the words that are known without a shell.
pub(crate) fn first_commands(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut command: Vec<Word> = Vec::new();
    let mut is_file = false;
    for part in parts(text).into_iter().chain([Part::Next]) {
        match part {
            Part::Word(_) if is_file => is_file = false,
            Part::Word(word) => command.push(word),
            Part::Redirect => is_file = true,
            Part::Next | Part::Pipe => match plain(std::mem::take(&mut command)) {
                Some(words) => found.push(words),
                None => break,
            },
            // A command after `|| ` or `&` may or may not run.
            Part::Other => {
                found.extend(plain(std::mem::take(&mut command)));
                break;
            }
        }
    }
    found.retain(|words| !words.is_empty());
    found
}

/// The known words of a command; empty for a built-in command, `None` if the following commands cannot be determined.
fn plain(words: Vec<Word>) -> Option<Vec<String>> {
    let words: Vec<Word> =
        words.into_iter().skip_while(|word| word.assignment().is_some() || word.text == "exec").collect();
    let Some(first) = words.first() else { return Some(Vec::new()) };
    let name = first.text.as_str();
    match name {
        "cd" | "." | "eval" | "trap" | "source" => None,
        _ if !first.known || BEFORE.contains(&name) || NO_COMMANDS.contains(&name) => None,
        _ if BUILT_IN.contains(&name) || MORE.contains(&name) => Some(Vec::new()),
        _ => {
            let known: Vec<String> =
                words.iter().take_while(|word| word.known).map(|word| word.text.clone()).collect();
            // The program to run may be among the unknown words.
            let tells = known.len() == words.len() || known.iter().skip(1).any(|word| !word.starts_with('-'));
            Some(if tells { known } else { Vec::new() })
        }
    }
}

/// The folders that a text's first command puts before those of `PATH`: `PATH=/a:/b:$PATH; …`.
pub(crate) fn own_path(text: &str) -> Option<&str> {
    let value = text.strip_prefix("PATH=")?.split_once([';', ' ', '\n'])?.0;
    value.strip_suffix(":$PATH").filter(|folders| !folders.contains(['$', '"', '\'', '`']))
}
