//! The program that the image starts. In: package.json, the outputs' names, the configured command. Out: one file and the reason, or an
//! error that lists what there is. No file is opened.
//!
//! A configured command decides. Without one, what package.json declares (`main`, and the file that `start:prod` or `start` gives to
//! node) counts where it is among the outputs, and only where nothing declared is there the places where compilers put it. Two different
//! files of the same rank are an error: nothing is guessed.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest};

use crate::start_script::{SCRIPTS, StartScript, start_script};
use crate::{AppError, IncludedFiles, Patterns, Result};

const USUAL: [&str; 2] = ["dist/main.js", "dist/src/main.js"];
/// Options of node that take the next word as their value.
const WITH_VALUE: [&str; 6] = ["-r", "--require", "--import", "--loader", "--experimental-loader", "-C"];

/// The program to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// Relative to the service's folder.
    pub path: String,
    /// What named it, for people.
    pub reason: String,
    /// The words that start it, where that is more than node with the path. The first may be a command of a package.
    pub command: Option<Vec<String>>,
    /// What the script that starts it does besides.
    pub beside: BesideProgram,
}

/// What a start script does besides starting a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BesideProgram {
    /// The script's name.
    pub script: String,
    /// The variables that it sets; without a value where only a shell can tell it.
    pub variables: BTreeMap<String, Option<String>>,
    /// Commands of it that an image does not run.
    pub left_out: Vec<String>,
    /// The words that it starts, options included.
    pub words: Vec<String>,
}

impl BesideProgram {
    pub(crate) fn of(name: &str, script: &StartScript) -> BesideProgram {
        BesideProgram {
            script: name.to_owned(),
            variables: script.variables.clone(),
            left_out: script.left_out.clone(),
            words: script.words.clone(),
        }
    }
}

/// Where programs of node lie among the outputs of a service.
#[derive(Debug, Clone, Copy)]
pub struct Outputs<'a> {
    pub service: &'a ImporterId,
    pub manifest: &'a Manifest,
    /// Its programs (see [`is_program`]), relative to its folder, sorted.
    pub programs: &'a [String],
}

/// Whether a path could be a program of node's, which runs TypeScript from 22.18 on: by its ending, or as `bin/www`.
pub fn is_program(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    if !name.contains('.') && (folder == "bin" || folder.ends_with("/bin")) {
        return true;
    }
    let ends = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];
    let declaration = [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end));
    !declaration && ends.iter().any(|end| path.ends_with(end))
}

impl Outputs<'_> {
    /// The program that `cmd` starts; without `cmd`, the one that package.json or custom points at. Nothing where `cmd` starts
    /// something else than a program of node's.
    ///
    /// # Errors
    /// [`AppError::EntryMissing`], [`AppError::NoEntry`], [`AppError::ManyEntries`].
    pub fn entry(&self, cmd: Option<&[String]>) -> Result<Option<EntryPoint>> {
        match cmd {
            Some(cmd) => self.configured(cmd),
            None => match self.declared_or_usual() {
                Err(error @ AppError::NoEntry { .. }) => self.started_by_script()?.map(Some).ok_or(error),
                other => other.map(Some),
            },
        }
    }

    /// That no file is there which could be started.
    pub fn none(&self) -> AppError {
        let looked_for = self.declared().into_iter().map(|(path, _)| path).chain(USUAL.map(str::to_owned));
        let looked_for: BTreeSet<String> = looked_for.collect();
        let (service, found) = (self.service.clone(), self.programs.to_vec());
        AppError::NoEntry { service, looked_for: looked_for.into_iter().collect(), found }
    }

    /// What `start:prod` or `start` does, where it is one plain command of something else than a file of the outputs.
    fn started_by_script(&self) -> Result<Option<EntryPoint>> {
        for (name, script) in self.scripts() {
            if let Some(command) = script.downloads {
                return Err(AppError::StartDownloads {
                    service: self.service.clone(),
                    script: name.to_owned(),
                    command,
                });
            }
            let beside = BesideProgram::of(name, &script);
            let Some(words) = plain(script) else { continue };
            let Some(first) = words.first() else { continue };
            // A program of node's that is not there would have been found.
            let is_node = started_by_node(&words).is_some_and(|path| !path.contains("node_modules/"));
            if !is_node && !NO_PROGRAMS.contains(&first.as_str()) {
                let reason = reason(name);
                return Ok(Some(EntryPoint { path: String::new(), reason, command: Some(words), beside }));
            }
        }
        Ok(None)
    }

    /// What the scripts start that start a service.
    fn scripts(&self) -> impl Iterator<Item = (&'static str, StartScript)> {
        SCRIPTS.into_iter().filter_map(|name| Some((name, start_script(&self.manifest.scripts, name)?)))
    }

    fn configured(&self, cmd: &[String]) -> Result<Option<EntryPoint>> {
        let Some(named) = started_by_node(cmd) else { return Ok(None) };
        // Only programs in the service's own folder are known here; the check of the image looks at all others.
        match self.resolve(named) {
            Some(path) => {
                let reason = "the configured cmd".to_owned();
                Ok(Some(EntryPoint { path, reason, command: None, beside: BesideProgram::default() }))
            }
            None if !is_own(named) || !is_program(named) => Ok(None),
            None => Err(AppError::EntryMissing {
                service: self.service.clone(),
                path: named.to_owned(),
                found: self.programs.to_vec(),
                in_sources: false,
            }),
        }
    }

    fn declared_or_usual(&self) -> Result<EntryPoint> {
        let declared = self.declared();
        let usual = USUAL.map(|path| (path.to_owned(), "the usual place".to_owned()));
        for candidates in [&declared[..], &usual[..]] {
            let found = self.existing(candidates);
            match found.as_slice() {
                [] => {}
                [entry] => return Ok(entry.clone()),
                many => {
                    let found =
                        many.iter().map(|entry| format!("{} ({})", entry.path, entry.reason)).collect();
                    return Err(AppError::ManyEntries { service: self.service.clone(), found });
                }
            }
        }
        let mut looked_for: Vec<String> = Vec::new();
        for (path, _) in declared.into_iter().chain(usual) {
            if !looked_for.contains(&path) {
                looked_for.push(path);
            }
        }
        Err(AppError::NoEntry { service: self.service.clone(), looked_for, found: self.programs.to_vec() })
    }

    /// What package.json names, with where it does.
    fn declared(&self) -> Vec<(String, String)> {
        let main = self.manifest.main.clone().map(|path| (path, "main of package.json".to_owned()));
        let scripts = self
            .scripts()
            .filter_map(|(name, script)| Some((started_by_node(&script.words)?.to_owned(), reason(name))));
        main.into_iter().chain(scripts).collect()
    }

    /// The candidates that are there, each file once, with the first reason.
    fn existing(&self, candidates: &[(String, String)]) -> Vec<EntryPoint> {
        let mut found: Vec<EntryPoint> = Vec::new();
        for (path, reason) in candidates {
            let Some(path) = self.resolve(path) else { continue };
            if !found.iter().any(|entry| entry.path == path) {
                let (command, beside) = self.started_by(&path);
                found.push(EntryPoint { path, reason: reason.clone(), command, beside });
            }
        }
        found
    }

    /// The whole command of a script that starts this program with options or arguments, and what the script does besides.
    fn started_by(&self, path: &str) -> (Option<Vec<String>>, BesideProgram) {
        let starts = |script: &StartScript| {
            let started = started_by_node(&script.words).and_then(|started| self.resolve(started));
            started.is_some_and(|found| found == path)
        };
        let Some((name, script)) = self.scripts().find(|(_, script)| starts(script)) else {
            return (None, BesideProgram::default());
        };
        let mut beside = BesideProgram::of(name, &script);
        let is_node = script.words.first().is_some_and(|word| word == "node");
        if !is_node || !script.plain {
            // Of `dotenv -e .env -- node main.js`, what stands before node.
            let words = script.words.iter().take_while(|word| !is_node && program_name(word) != "node");
            let before = words.map(String::as_str).collect::<Vec<_>>().join(" ");
            beside.left_out.extend(Some(before).filter(|before| !before.is_empty()));
            return (None, beside);
        }
        let words = plain(script).filter(|words| words.len() > 2);
        (words, beside)
    }

    /// The file that node would load for a path: itself, with `.js`, or `index.js` in it.
    fn resolve(&self, path: &str) -> Option<String> {
        if let Some(main) = of_folder(path, self.manifest) {
            return self.resolve(&main);
        }
        let path = ImporterId::new(path)?;
        let path = path.as_str();
        let forms = [path.to_owned(), format!("{path}.js"), format!("{path}/index.js")];
        forms.into_iter().find(|form| self.programs.binary_search(form).is_ok())
    }
}

/// Looks whether the program that `cmd` gives to node could be in the service's folder of an image at all: nothing has to be built to know that
/// no pattern of outputs and no entry of `files` names it. A file of the sources comes along where nobody named the outputs.
///
/// # Errors
/// [`AppError::EntryMissing`]; a pattern that is none.
pub fn foresee(
    service: &ImporterId,
    manifest: &Manifest,
    (outputs, named_outputs): (&[String], bool),
    files: &[IncludedFiles],
    cmd: &[String],
    in_sources: &dyn Fn(&str) -> bool,
) -> Result<()> {
    let Some(named) = started_by_node(cmd).filter(|named| is_own(named) && is_program(named)) else {
        return Ok(());
    };
    let Some(path) = ImporterId::new(named) else { return Ok(()) };
    let own = format!("/{service}");
    let may_bring = |entry: &IncludedFiles| {
        let from = entry.from.trim_start_matches("./").trim_end_matches('/');
        let elsewhere = from.starts_with('/') && !from.starts_with(&own);
        let covers =
            path.as_str().strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        entry.to.is_some()
            || !elsewhere && (from.starts_with('/') || covers || from.contains(['*', '?', '[', '{']))
    };
    let packed = manifest.raw.get("files").is_some() || (!named_outputs && in_sources(path.as_str()));
    if packed || files.iter().any(may_bring) || Patterns::new(outputs)?.names(path.as_str()) {
        return Ok(());
    }
    Err(AppError::EntryMissing {
        service: service.clone(),
        path: named.to_owned(),
        found: Vec::new(),
        in_sources: in_sources(path.as_str()),
    })
}

/// Whether a path is one of the service's own folder.
fn is_own(path: &str) -> bool {
    !path.starts_with('/') && !path.starts_with("../") && !path.contains("node_modules/")
}

/// The program that node loads for `.`: `main` of package.json, or `index.js`.
pub(crate) fn of_folder(path: &str, manifest: &Manifest) -> Option<String> {
    let is_folder = [".", "./"].contains(&path);
    let main = || manifest.main.clone().filter(|main| ![".", "./"].contains(&main.as_str()));
    is_folder.then(|| main().unwrap_or_else(|| "index.js".to_owned()))
}

fn reason(script: &str) -> String {
    format!("script {script:?} of package.json")
}

/// What a script may begin with that starts no service by itself.
const NO_PROGRAMS: [&str; 15] = [
    "npm",
    "npx",
    "pnpm",
    "pnpx",
    "yarn",
    "echo",
    "cd",
    "sh",
    "bash",
    "nodemon",
    "ts-node-dev",
    "concurrently",
    "true",
    "exit",
    "wait",
];
/// Words of a command for work on the code.
const WATCHES: [&str; 4] = ["watch", "--watch", "-w", "dev"];
/// The words of a script that is one command, and none for work on the code.
fn plain(script: StartScript) -> Option<Vec<String>> {
    let watches = script.words.iter().any(|word| WATCHES.contains(&word.as_str()));
    (script.plain && !watches).then_some(script.words)
}

pub(crate) fn program_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The file that a command gives to node: of `node -r x dist/main --flag`, `dist/main`.
pub(crate) fn started_by_node(words: &[String]) -> Option<&str> {
    let node = words.iter().position(|word| program_name(word) == "node")?;
    let mut rest = words.iter().skip(node + 1).map(String::as_str);
    while let Some(word) = rest.next() {
        if WITH_VALUE.contains(&word) {
            rest.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

#[cfg(test)]
mod tests;
