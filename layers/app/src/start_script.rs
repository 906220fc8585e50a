//! The program that a start script of package.json starts. In: the texts of scripts. Out: variables and words for a
//! program, and shell text if that is not all. No file is opened, and no shell runs.
//!
//! | in the script | result |
//! |---|---|
//! | `NAME=value program`, `export NAME=value; program`, `cross-env NAME=value program`, `env NAME=value program` | variables |
//! | `${NAME:-value}` | the value |
//! | `cd folder && program` | the program, started in that folder |
//! | `sh -c "text"` | the result of the text |
//! | `exec`, `npx`, `pnpm exec`, `npm exec --`, `yarn` before a command of a package | that command |
//! | `npm run x`, `pnpm x`, `yarn x`, `node --run x` | the result of the script `x` |
//! | a step of the build (`tsc`, `npm run build`), `echo`, `set -e` before the program | nothing: the build did it |
//! | `prestart` next to `start`, if the package manager runs it | a command before it |
//! | another command before it, a variable, a redirection, a pipe, parallel commands | shell text ([`ShellText`]) |
//! | `pnpm dlx x`, `npx -p x …`, `yarn dlx x` | rejected: it downloads a package at each start |

mod command;
mod events;
mod reading;
mod scripts;
mod shell;
mod steps;
mod words;

use std::collections::BTreeMap;

use fourply_pnpm::ImporterId;

use command::Command;
pub use reading::ScriptReading;
use reading::with_values;
use scripts::{Call, Runner, Scripts};
pub use shell::ShellText;
use shell::{Commands, behind};
pub(crate) use shell::{first_commands, own_path};
pub(crate) use steps::is_development;
use steps::{MAX_DEPTH, Step, step, text_of_shell};
use words::Word;

/// The scripts of package.json that start a service, in order of priority.
pub(crate) const SCRIPTS: [&str; 2] = ["start:prod", "start"];

/// The program of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StartScript {
    /// The variables that it sets, with values that are known without a shell.
    pub variables: BTreeMap<String, Option<String>>,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Whether the words are complete: no variable, glob or pipe of a shell.
    pub plain: bool,
    /// The commands before the last one, except build steps.
    pub left_out: Vec<String>,
    /// Build steps, which an image does not repeat.
    pub built: Vec<String>,
    /// The program's working directory, relative to the service's folder.
    pub folder: Option<String>,
    /// The command that downloads a package.
    pub downloads: Option<String>,
    /// The whole script as shell text.
    pub shell: ShellText,
}

impl StartScript {
    /// A file argument of the program, relative to the service's folder.
    pub(crate) fn inside(&self, path: &str) -> String {
        match &self.folder {
            Some(folder) if !path.starts_with('/') => format!("{folder}/{path}"),
            _ => path.to_owned(),
        }
    }
}

/// The program that `pnpm run NAME` starts among `scripts`; `None` if there is no such script, or it starts nothing.
pub(crate) fn start_script(
    scripts: &BTreeMap<String, String>,
    name: &str,
    reading: ScriptReading<'_>,
) -> Option<StartScript> {
    let text = |(name, text): (&String, &String)| (name.clone(), with_values(text, reading.values));
    let scripts = &events::scripts(scripts.iter().map(text).collect(), reading.pre_post);
    let text = scripts.text(&Call { name: name.to_owned(), runner: Runner::Pnpm })?;
    let mut script = follow(scripts, text, 0)?;
    script.shell = ShellText::of(scripts, text);
    Some(script)
}

/// The same without the scripts that run before it: the started file does not depend on them.
pub(crate) fn start_script_alone(scripts: &BTreeMap<String, String>, name: &str) -> Option<StartScript> {
    start_script(scripts, name, ScriptReading { pre_post: false, values: &BTreeMap::new() })
}

/// The program that shell text starts, given these scripts.
pub(crate) fn started_by(scripts: &BTreeMap<String, String>, text: &str) -> Option<StartScript> {
    follow(&events::scripts(scripts.clone(), false), text, 0)
}

fn follow(scripts: &Scripts, text: &str, depth: usize) -> Option<StartScript> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let Commands { all: texts, piped, is_chain, redirects } = Commands::of(text);
    let whole = is_chain && !redirects;
    let programs: Vec<Command> = texts.iter().map(|words| Command::of(scripts, behind(words))).collect();
    // Of parallel commands, the first one that starts Node.js.
    let node =
        || programs.iter().position(|command| command.rest.first().is_some_and(|word| word.text == "node"));
    // A reader of a pipe only displays the program's output.
    let last = piped.iter().rposition(|piped| !piped).or_else(|| texts.len().checked_sub(1))?;
    // A command that only prints something after the program is not the program.
    let says = |command: &Command| command.rest.first().is_some_and(|word| word.text == "echo");
    let last = match whole {
        true => programs.iter().rposition(|command| !says(command)).unwrap_or(last),
        false => last,
    };
    let chosen = if whole { last } else { node().unwrap_or(last) };
    let mut found = Before { plain: whole, ..Before::default() };
    for (at, (words, command)) in texts.iter().zip(&programs).enumerate().filter(|(at, _)| *at != chosen) {
        found.add(scripts, words, command, at < chosen);
    }
    let command = programs.into_iter().nth(chosen)?;
    found.plain &= command.rest.iter().all(|word| word.known);
    let inner = match (&command.script, text_of_shell(&command.rest)) {
        (Some(call), _) => Some(follow(scripts, scripts.text(call)?, depth + 1)?),
        (None, Some(text)) => follow(scripts, text, depth + 1),
        (None, None) => None,
    };
    let mut started = match inner {
        Some(mut started) => {
            let arguments = command.rest.iter().filter(|_| command.script.is_some());
            started.words.extend(arguments.map(|word| word.text.clone()));
            started
        }
        None => {
            let words: Vec<String> = command.rest.iter().map(|word| word.text.clone()).collect();
            let downloads = command.downloads.then(|| text.trim().to_owned());
            if words.is_empty() && downloads.is_none() {
                return None;
            }
            StartScript { words, downloads, plain: true, ..StartScript::default() }
        }
    };
    for (name, value) in command.variables.into_iter().chain(found.variables) {
        started.variables.entry(name).or_insert(value);
    }
    started.plain &= found.plain;
    started.left_out = [found.left_out, started.left_out].concat();
    started.built = [found.built, started.built].concat();
    if let Some(folder) = found.folder {
        // A package manager would search another package.json there.
        started.plain &= command.script.is_none();
        started.folder = Some(match started.folder {
            Some(inner) => format!("{folder}/{inner}"),
            None => folder,
        });
    }
    Some(started)
}

/// The actions of the commands around a program.
#[derive(Default)]
struct Before {
    variables: BTreeMap<String, Option<String>>,
    left_out: Vec<String>,
    built: Vec<String>,
    folder: Option<String>,
    plain: bool,
}

impl Before {
    /// Adds a command; `is_before` means that it precedes the program.
    fn add(&mut self, scripts: &Scripts, words: &[Word], command: &Command, is_before: bool) {
        match step(scripts, command).filter(|step| is_before || matches!(step, Step::Nothing)) {
            Some(Step::Nothing) => {}
            Some(Step::Exports(variables)) => self.variables.extend(variables),
            Some(Step::Folder(folder)) => {
                let below = self.folder.take().and_then(|above| ImporterId::new(&above));
                let folder = below.unwrap_or_else(ImporterId::root).join(&folder);
                self.plain &= folder.is_some();
                self.folder = folder.map(|folder| folder.as_str().to_owned()).filter(|folder| folder != ".");
            }
            Some(Step::Build) => self.built.push(joined(words)),
            None => self.left_out.push(joined(words)),
        }
    }
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
