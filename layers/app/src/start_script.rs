//! What a start script of package.json starts. In: the texts of scripts. Out: variables and words for a program, and what of the text an image
//! cannot do. No file is opened, and no shell is asked.
//!
//! | in the script | becomes |
//! |---|---|
//! | `NAME=value program`, `cross-env NAME=value program`, `env NAME=value program` | variables |
//! | `${NAME:-value}` | the value |
//! | `exec`, `npx`, `pnpm exec`, `npm exec --`, `yarn` before a command of a package | that command |
//! | `npm run x`, `pnpm x`, `yarn x`, `node --run x` | what the script `x` does |
//! | a first command and `&&` or `;` | the last command; the others are answered as left out |
//! | a redirection, a pipe, commands at once | the first command that starts node, which is not all of the script |
//! | `pnpm dlx x`, `npx -p x …`, `yarn dlx x` | refused: it downloads a package each time it starts |

mod command;
mod words;

use std::collections::BTreeMap;

use command::Command;
use words::{Part, Word, parts};

/// How many scripts may lead to each other.
const MAX_DEPTH: usize = 8;

/// The scripts of package.json that start a service, the first of them before the other.
pub(crate) const SCRIPTS: [&str; 2] = ["start:prod", "start"];

/// Commands of development that stand for the program of the outputs.
const DEVELOPMENT: [&str; 6] = ["nest", "nodemon", "ts-node", "ts-node-dev", "tsc-watch", "vite"];

/// What a script starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StartScript {
    /// The variables that it sets, with the value as far as it is known without a shell.
    pub variables: BTreeMap<String, Option<String>>,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Whether the words are all there is to it: no variable, glob or pipe of a shell.
    pub plain: bool,
    /// The commands before the last one.
    pub left_out: Vec<String>,
    /// The command that downloads a package.
    pub downloads: Option<String>,
}

/// The script that starts a service and its text, where it is more than a program with variables before it: arguments, other commands, or
/// a shell's work.
pub fn says_more(scripts: &BTreeMap<String, String>) -> Option<(&'static str, &str)> {
    let name = SCRIPTS.into_iter().find(|name| scripts.contains_key(*name))?;
    let script = start_script(scripts, name)?;
    let is_development = script.words.first().is_some_and(|first| DEVELOPMENT.contains(&first.as_str()));
    let words = script.words.iter().filter(|word| *word != "node").count();
    let more = !script.plain || words > 1 || !script.left_out.is_empty();
    (more && !is_development).then_some((name, scripts.get(name)?.as_str()))
}

/// What `name` starts among `scripts`; nothing if there is no such script, or it starts nothing.
pub(crate) fn start_script(scripts: &BTreeMap<String, String>, name: &str) -> Option<StartScript> {
    follow(scripts, name, 0)
}

fn follow(scripts: &BTreeMap<String, String>, name: &str, depth: usize) -> Option<StartScript> {
    let text = scripts.get(name).filter(|_| depth < MAX_DEPTH)?;
    let (mut texts, whole) = commands(text);
    let programs: Vec<Command> = texts.iter().map(|words| Command::of(scripts, words.clone())).collect();
    // Of commands that run beside each other, the first that starts node.
    let node =
        || programs.iter().position(|command| command.rest.first().is_some_and(|word| word.text == "node"));
    let last = texts.len().checked_sub(1)?;
    let chosen = if whole { last } else { node().unwrap_or(last) };
    texts.remove(chosen);
    let command = programs.into_iter().nth(chosen)?;
    let rest: Vec<String> = command.rest.iter().map(|word| word.text.clone()).collect();
    let plain = whole && command.rest.iter().all(|word| word.known);
    let left_out: Vec<String> = texts.iter().map(|words| joined(words)).collect();
    if let Some(script) = command.script {
        let mut started = follow(scripts, &script, depth + 1)?;
        started.words.extend(rest);
        started.plain &= plain;
        for (name, value) in command.variables {
            started.variables.entry(name).or_insert(value);
        }
        started.left_out = [left_out, started.left_out].concat();
        return Some(started);
    }
    let downloads = command.downloads.then(|| text.trim().to_owned());
    if rest.is_empty() && downloads.is_none() {
        return None;
    }
    Some(StartScript { variables: command.variables, words: rest, plain, left_out, downloads })
}

/// The commands of a text, and whether it has nothing but them, one after the other.
fn commands(text: &str) -> (Vec<Vec<Word>>, bool) {
    let (mut commands, mut whole, mut is_file) = (Vec::new(), true, false);
    let mut command = Vec::new();
    for part in parts(text) {
        match part {
            Part::Word(_) if is_file => is_file = false,
            Part::Word(word) => command.push(word),
            Part::Redirect => (whole, is_file) = (false, true),
            Part::Next => commands.push(std::mem::take(&mut command)),
            Part::Other => {
                whole = false;
                commands.push(std::mem::take(&mut command));
            }
        }
    }
    commands.push(command);
    commands.retain(|words| !words.is_empty());
    (commands, whole)
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
