//! The start script of a package.json, before there are outputs. In: package.json. Out: its entry point, and the files
//! that it gives to Node.js; `None` if other settings than the script decide what is started.

use fourply_pnpm::Manifest;

use crate::EntryPoint;
use crate::entry::{of_script, program_name, started_by_node, starts_program};
use crate::start_script::{SCRIPTS, ScriptReading, StartScript, start_script};

/// An entry point, and the files that its script gives to Node.js.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptedEntry {
    pub entry: EntryPoint,
    /// Relative to the service's folder, in the script's order. The program is the last.
    pub files: Vec<String>,
}

/// The entry point of the only start script. `None` if there are two, unless only the first gives a file to Node.js; or
/// if `main` names another program.
pub fn scripted_entry(manifest: &Manifest, reading: ScriptReading<'_>) -> Option<ScriptedEntry> {
    let mut names = SCRIPTS.iter().filter(|name| manifest.scripts.contains_key(**name));
    let name = names.next()?;
    let script = start_script(&manifest.scripts, name, reading).filter(starts_program)?;
    let path = started_by_node(&script.words).map(|path| plain(&script.inside(path)));
    let file = |name: &str| {
        let script = start_script(&manifest.scripts, name, reading);
        script.is_some_and(|script| started_by_node(&script.words).is_some())
    };
    let mut others = names.peekable();
    if others.peek().is_some() && (path.is_none() || others.any(|name| file(name))) {
        return None;
    }
    let other = manifest.main.as_deref().is_some_and(|main| path.as_deref() != Some(&*plain(main)));
    if other || script.downloads.is_some() {
        return None;
    }
    let files = files(&script);
    Some(ScriptedEntry { entry: of_script(name, &script, path.unwrap_or_default()), files })
}

fn files(script: &StartScript) -> Vec<String> {
    let before = script.left_out.iter().map(|text| text.split_whitespace().map(str::to_owned).collect());
    let commands: Vec<Vec<String>> = before.chain([script.words.clone()]).collect();
    let given =
        commands.iter().filter(|words| words.first().is_some_and(|word| program_name(word) == "node"));
    given.flat_map(|words| loaded(words)).map(|path| plain(&script.inside(path))).collect()
}

/// The files that Node.js loads for a command: preloaded ones, and the program.
fn loaded(words: &[String]) -> Vec<&str> {
    const FIRST: [&str; 4] = ["-r", "--require", "--import", "--loader"];
    let program = started_by_node(words);
    let end = words.iter().position(|word| Some(word.as_str()) == program).unwrap_or(words.len());
    let options = words.iter().take(end).enumerate().filter_map(|(at, word)| match word.split_once('=') {
        Some((option, value)) => FIRST.contains(&option).then_some(value),
        None if FIRST.contains(&word.as_str()) => words.get(at + 1).map(String::as_str),
        None => None,
    });
    let own = |path: &&str| path.starts_with("./") || path.starts_with("../");
    options.filter(own).chain(program).collect()
}

/// Without a leading `./`.
fn plain(path: &str) -> String {
    path.trim_start_matches("./").to_owned()
}

#[cfg(test)]
mod tests;
