//! One command of a start script. In: its words. Out: its program without the words before it.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::scripts::{Call, Runner, Scripts};
use super::words::Word;

/// Options of npx and `npm exec` that download no package other than the command's.
const QUIET: [&str; 8] =
    ["--no-install", "--no", "-y", "--yes", "--offline", "--prefer-offline", "--silent", "-s"];

#[derive(Debug, Default)]
pub(super) struct Command {
    pub variables: BTreeMap<String, Option<String>>,
    /// The program and its arguments; for a script, only the arguments.
    pub rest: Vec<Word>,
    /// The script that it runs.
    pub script: Option<Call>,
    /// Whether it downloads a package.
    pub downloads: bool,
    /// The positions of words that a shell does not need: `npx`, `cross-env`, `npm run x`.
    pub before: Vec<Range<usize>>,
}

/// The kind of a word at the beginning of a command.
enum Head {
    /// A word that precedes a program.
    Before,
    /// A script of package.json.
    Script(Call),
    Program,
}

impl Command {
    pub(super) fn of(scripts: &Scripts, words: Vec<Word>) -> Command {
        let end = words.last().map_or(0, |last| last.range.end);
        let (mut command, mut words) = (Command::default(), words.into_iter().peekable());
        while let Some(word) = words.next() {
            if let Some((name, value)) = word.assignment() {
                command.variables.insert(name.to_owned(), value);
                continue;
            }
            let left = |words: &Peekable<IntoIter<Word>>| words.clone().next().map(|word| word.range.start);
            let begin = word.range.start;
            let head = command.head(scripts, &word.text, &mut words);
            if !matches!(head, Head::Program) {
                command.before.push(begin..left(&words).unwrap_or(end));
            }
            match head {
                Head::Before => continue,
                Head::Script(call) => command.script = Some(call),
                Head::Program => command.rest.push(word),
            }
            break;
        }
        command.rest.extend(words);
        command
    }

    fn head(&mut self, scripts: &Scripts, word: &str, rest: &mut Peekable<IntoIter<Word>>) -> Head {
        match word {
            "exec" | "cross-env" | "command" => Head::Before,
            "env" if rest.peek().is_some_and(|word| word.assignment().is_some()) => Head::Before,
            "npx" | "pnpx" => self.package(word == "pnpx", rest),
            "npm" | "pnpm" | "yarn" => self.manager(scripts, word, rest),
            "node" if take(rest, &["--run"]) => called(Runner::Node, rest),
            _ => Head::Program,
        }
    }

    /// A command of a package. It is downloaded if another package is requested.
    fn package(&mut self, downloads: bool, rest: &mut Peekable<IntoIter<Word>>) -> Head {
        while take(rest, &QUIET) {}
        self.downloads |= downloads || (!take(rest, &["--"]) && rest.peek().is_some_and(Word::is_option));
        Head::Before
    }

    fn manager(&mut self, scripts: &Scripts, manager: &str, rest: &mut Peekable<IntoIter<Word>>) -> Head {
        while take(rest, &QUIET) {}
        let runner = if manager == "pnpm" { Runner::Pnpm } else { Runner::Npm };
        match () {
            () if take(rest, &["dlx"]) => self.package(true, rest),
            () if take(rest, &["exec"]) || manager == "npm" && take(rest, &["x"]) => {
                self.package(false, rest)
            }
            () if take(rest, &["run", "run-script"]) => called(runner, rest),
            () if rest.peek().is_none_or(Word::is_option) => Head::Program,
            () if rest.peek().is_some_and(|word| runs(manager, &word.text, scripts)) => called(runner, rest),
            // pnpm and yarn run a package command if no script has its name.
            () if manager == "npm" => Head::Program,
            () => Head::Before,
        }
    }
}

/// Whether a word after a package manager's name is a script.
fn runs(manager: &str, word: &str, scripts: &Scripts) -> bool {
    ["start", "test"].contains(&word) || manager != "npm" && scripts.has(word)
}

/// A script by its name. `--` before its arguments belongs to the package manager.
fn called(runner: Runner, rest: &mut Peekable<IntoIter<Word>>) -> Head {
    let Some(word) = rest.next() else { return Head::Program };
    take(rest, &["--"]);
    Head::Script(Call { name: word.text, runner })
}

fn take(rest: &mut Peekable<IntoIter<Word>>, texts: &[&str]) -> bool {
    rest.next_if(|word| texts.contains(&word.text.as_str())).is_some()
}
