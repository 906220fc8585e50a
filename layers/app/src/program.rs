//! The program of a service that may be one of its sources. In: package.json, the configured command, what is there. Out: a path in the
//! service's folder. No file is opened, and nothing is known of outputs.

use fourply_pnpm::{ImporterId, Manifest};

use crate::entry::{is_program, of_folder, program_name, started_by_node};
use crate::start_script::{SCRIPTS, StartScript, start_script, started_by_text};

/// What node and the loaders of TypeScript find for a path without an ending.
const ENDS: [&str; 5] = ["", ".js", "/index.js", ".ts", "/index.ts"];
const LOADERS: [&str; 4] = ["tsx", "ts-node", "ts-node-esm", "jiti"];
const SHELLS: [&str; 4] = ["sh", "bash", "ash", "dash"];

/// The program that package.json names in `main` or starts by `start:prod` or `start`, with node or with a loader of TypeScript: the first that
/// is there, relative to the service's folder.
pub(crate) fn declared_program(manifest: &Manifest, is_there: &dyn Fn(&str) -> bool) -> Option<String> {
    let started = |name: &&str| of_script(&start_script(&manifest.scripts, name)?, manifest);
    let named = SCRIPTS.iter().filter_map(started).chain(manifest.main.clone());
    named.into_iter().find_map(|path| existing(&path, is_there))
}

/// The file that a configured command starts. `place` is the service's folder in the image.
pub(crate) fn configured_program(manifest: &Manifest, cmd: &[String], place: &str) -> Option<String> {
    let path = match of_shell(cmd) {
        Some(script) => of_script(&script, manifest)?,
        None => started_by(cmd, manifest)?,
    };
    let inside = path.strip_prefix(place).and_then(|rest| rest.strip_prefix('/'));
    ImporterId::new(inside.unwrap_or(&path)).map(|path| path.as_str().to_owned())
}

/// The form of a path that is there and that node could run.
pub(crate) fn existing(path: &str, is_there: &dyn Fn(&str) -> bool) -> Option<String> {
    let path = ImporterId::new(path)?;
    let mut forms = ENDS.iter().map(|end| format!("{path}{end}"));
    forms.find(|path| is_program(path) && is_there(path))
}

/// The file that a script starts, relative to the service's folder.
fn of_script(script: &StartScript, manifest: &Manifest) -> Option<String> {
    Some(script.inside(&started_by(&script.words, manifest)?))
}

/// Of `sh -c "migrate && exec tsx src/main.ts"`, what stays.
fn of_shell(cmd: &[String]) -> Option<StartScript> {
    let shell = cmd.iter().position(|word| SHELLS.contains(&program_name(word)))?;
    let flag = cmd.get(shell + 1).filter(|flag| flag.starts_with('-') && flag.ends_with('c'))?;
    let text = cmd.get(shell + 2).filter(|_| !flag.starts_with("--"))?;
    started_by_text(text)
}

fn started_by(words: &[String], manifest: &Manifest) -> Option<String> {
    let path = started_by_node(words).or_else(|| started_by_loader(words))?;
    Some(of_folder(path, manifest).unwrap_or_else(|| path.to_owned()))
}

/// The file that `tsx src/main.ts` runs, also behind `tini --`.
fn started_by_loader(words: &[String]) -> Option<&str> {
    let loader = words.iter().position(|word| LOADERS.contains(&program_name(word)))?;
    let mut words = words.iter().skip(loader + 1).map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--tsconfig" | "-P" | "--project" => drop(words.next()),
            "watch" => return None,
            option if option.starts_with('-') => {}
            path => return Some(path),
        }
    }
    None
}

#[cfg(test)]
mod tests;
