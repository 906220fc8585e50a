//! The program that the image starts. In: package.json, the outputs' names, the configured command. Out: one file and the reason, or an
//! error that lists what there is. No file is opened.
//!
//! A configured command decides. Without one, what package.json declares (the file that `start:prod`, else `start`, gives to node, else
//! `main`) counts where it is among the outputs, and only where nothing declared is there the places where compilers put it. Two different
//! files in such places are an error: nothing is guessed. A start script that starts something else than such a file decides before
//! these, unless it is one for work on the code.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest};

use crate::several::starts_commands;
use crate::start_script::{SCRIPTS, ScriptReading, ShellText, StartScript, is_development, start_script};
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
    /// What reads files of variables before the program, which no image has.
    pub loaders: Vec<String>,
    /// Steps of the build, which are done.
    pub built: Vec<String>,
    /// The words that it starts, options included.
    pub words: Vec<String>,
    /// The folder that these start in, relative to the service's.
    pub folder: Option<String>,
    /// Only a shell can do all of it.
    pub shell: Option<ShellText>,
    /// All that a shell is needed for is the values of variables.
    pub only_variables: bool,
    /// It is commands that follow each other, all of whose words are known.
    pub only_chain: bool,
    /// What the start script runs, where the outputs are started in its place.
    pub instead: Option<String>,
    /// The file that it gives to node then, where that is not there.
    pub absent: Option<String>,
}

impl BesideProgram {
    pub(crate) fn of(name: &str, script: &StartScript) -> BesideProgram {
        BesideProgram {
            script: name.to_owned(),
            variables: script.variables.clone(),
            left_out: script.left_out.clone(),
            loaders: Vec::new(),
            built: script.built.clone(),
            words: script.words.clone(),
            folder: script.folder.clone().filter(|_| script.plain),
            shell: needs_shell(script).then(|| script.shell.clone()),
            only_variables: script.plain && script.left_out.is_empty() && !runs_others(script),
            only_chain: script.plain,
            instead: None,
            absent: None,
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
    pub reading: ScriptReading<'a>,
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
                Ok(found) => Ok(Some(self.by_other_program(&found).unwrap_or_else(|| self.noted(found)))),
                Err(error) => Err(error),
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
            // A program of node's that is not there would have been found.
            let is_node = started_by_node(&script.words).is_some_and(|path| !path.contains("node_modules/"));
            if !is_node && starts_program(&script) {
                return Ok(Some(of_script(name, &script, String::new())));
            }
        }
        Ok(None)
    }

    /// With what the start script runs, where that is something else.
    fn noted(&self, mut found: EntryPoint) -> EntryPoint {
        let script = self.scripts().next().filter(|(_, script)| starts_program(script));
        if let Some((name, script)) = script.filter(|_| found.beside.script.is_empty()) {
            found.beside.script = name.to_owned();
            let whole = script.shell.text.strip_prefix("exec ").unwrap_or(&script.shell.text);
            found.beside.instead =
                Some(if needs_shell(&script) { whole.to_owned() } else { script.words.join(" ") });
            let by_node = script.words.first().is_some_and(|first| first == "node");
            let given = started_by_node(&script.words).filter(|path| by_node && is_own(path));
            found.beside.absent = given.map(|path| script.inside(path));
        }
        found
    }

    /// What the start script starts, where that is no file of the outputs, though they have one that could be started.
    fn by_other_program(&self, found: &EntryPoint) -> Option<EntryPoint> {
        let (name, script) = self.scripts().next().filter(|(_, script)| starts_program(script))?;
        let inside = |path: &str| self.resolve(&script.inside(path));
        let other = match (started_by_node(&script.words), script.words.first()) {
            // A loader of variables, which starts the same.
            (Some(path), Some(first)) if !path.contains("node_modules/") => {
                first != "node" && !LOADERS.contains(&program_name(first)) && inside(path).is_some()
            }
            (None, Some(first)) if RUNNERS.contains(&program_name(first)) => {
                script.words.iter().skip(1).any(|word| !word.starts_with('-') && inside(word).is_some())
            }
            _ => true,
        };
        other.then(|| of_script(name, &script, found.path.clone()))
    }

    /// What the scripts start that start a service.
    fn scripts(&self) -> impl Iterator<Item = (&'static str, StartScript)> {
        SCRIPTS
            .into_iter()
            .filter_map(|name| Some((name, start_script(&self.manifest.scripts, name, self.reading)?)))
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
        // What the service is started by counts before the place that other packages would load.
        if let Some(entry) = self.existing(&declared).into_iter().next() {
            return Ok(entry);
        }
        let found = self.existing(&usual);
        match found.as_slice() {
            [] => {}
            [entry] => return Ok(entry.clone()),
            many => {
                let found = many.iter().map(|entry| format!("{} ({})", entry.path, entry.reason)).collect();
                return Err(AppError::ManyEntries { service: self.service.clone(), found });
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
        let scripts = self.scripts().filter_map(|(name, script)| {
            Some((script.inside(started_by_node(&script.words)?), reason(name)))
        });
        scripts.chain(main).collect()
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
            let started = started_by_node(&script.words).and_then(|path| self.resolve(&script.inside(path)));
            started.is_some_and(|found| found == path)
        };
        let Some((name, script)) = self.scripts().find(|(_, script)| starts(script)) else {
            return (None, BesideProgram::default());
        };
        let mut beside = BesideProgram::of(name, &script);
        let is_node = script.words.first().is_some_and(|word| word == "node");
        if !is_node {
            // Of `dotenv -e .env -- node main.js`, what stands before node.
            let words = script.words.iter().take_while(|word| program_name(word) != "node");
            beside.loaders.push(words.map(String::as_str).collect::<Vec<_>>().join(" "));
            return (None, beside);
        }
        let more = script.words.len() > 2 || script.folder.is_some();
        let words = (more && script.plain && !is_development(&script.words)).then_some(script.words);
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
/// no pattern of outputs and no entry of `files` names it. Where nobody named the outputs, the folder that the build makes it in comes along, so that
/// nobody knows before.
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
    let started = started_by_node(cmd).filter(|named| is_own(named) && is_program(named));
    let Some(named) = started.filter(|_| named_outputs) else { return Ok(()) };
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
    let packed = manifest.raw.get("files").is_some();
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

/// What a script may begin with that starts nothing.
const NO_PROGRAMS: [&str; 5] = ["echo", "true", "false", "exit", ":"];
/// Programs that read a file of variables and start another one.
const LOADERS: [&str; 4] = ["dotenv", "dotenvx", "env-cmd", "dotenv-flow"];
/// Programs that run sources, in the place of which the outputs may be started.
const RUNNERS: [&str; 8] =
    ["tsx", "ts-node", "ts-node-esm", "esno", "jiti", "babel-node", "swc-node", "esbuild-register"];

/// Whether a script starts something that is not for work on the code.
pub(crate) fn starts_program(script: &StartScript) -> bool {
    let first = script.words.first().map(String::as_str).unwrap_or_default();
    !first.is_empty() && !is_development(&script.words) && !NO_PROGRAMS.contains(&first)
}

/// Whether the program starts commands by their names, which need the `PATH` that a package manager sets.
fn runs_others(script: &StartScript) -> bool {
    script.words.first().is_some_and(|first| starts_commands(program_name(first)))
}

/// Whether a script is more than one program with its variables.
fn needs_shell(script: &StartScript) -> bool {
    !script.plain
        || runs_others(script)
        || !script.left_out.is_empty()
        || script.variables.iter().any(|(name, value)| value.is_none() || name == "PATH")
}

pub(crate) fn of_script(name: &str, script: &StartScript, path: String) -> EntryPoint {
    let command = script.plain.then(|| script.words.clone());
    EntryPoint { path, reason: reason(name), command, beside: BesideProgram::of(name, script) }
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
