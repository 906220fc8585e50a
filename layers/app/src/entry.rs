//! The program that the image starts. In: package.json, the outputs' names, the configured command. Out: one file and
//! the reason, or an error that lists the candidates. No file is opened.
//!
//! A configured command has priority. Without one, the declared file is used if it is among the outputs: the file that
//! `start:prod`, otherwise `start`, gives to Node.js, otherwise `main`. If no declared file exists, the usual output
//! locations of compilers are tried. Two different files there are an error: nothing is guessed. A start script that
//! starts something else has priority over these, unless it is for development.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest};

use crate::several::starts_commands;
use crate::start_script::{SCRIPTS, ScriptReading, ShellText, StartScript, is_development, start_script};
use crate::{AppError, IncludedFiles, Patterns, Result};

const USUAL: [&str; 2] = ["dist/main.js", "dist/src/main.js"];
/// Options of Node.js that take the next word as their value.
const WITH_VALUE: [&str; 6] = ["-r", "--require", "--import", "--loader", "--experimental-loader", "-C"];

/// The program to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// Relative to the service's folder.
    pub path: String,
    /// Where it is named, for display.
    pub reason: String,
    /// The command, if it is more than Node.js with the path. The first word may be a command of a package.
    pub command: Option<Vec<String>>,
    /// Other actions of the script that starts it.
    pub beside: BesideProgram,
}

/// The actions of a start script other than starting a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BesideProgram {
    /// The script's name.
    pub script: String,
    /// The variables that it sets; `None` as value if only a shell can compute it.
    pub variables: BTreeMap<String, Option<String>>,
    /// Its commands that an image does not run.
    pub left_out: Vec<String>,
    /// Loaders that read files of variables before the program; images do not have such files.
    pub loaders: Vec<String>,
    /// Build steps, which are done already.
    pub built: Vec<String>,
    /// The words of the started command, options included.
    pub words: Vec<String>,
    /// Its working directory, relative to the service's folder.
    pub folder: Option<String>,
    /// Set if only a shell can run all of it.
    pub shell: Option<ShellText>,
    /// Whether a shell is needed only for the values of variables.
    pub only_variables: bool,
    /// Whether it is a sequence of commands with literal words.
    pub only_chain: bool,
    /// The start script's command, if the outputs are started instead.
    pub instead: Option<String>,
    /// The file that this command gives to Node.js, if it does not exist.
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

/// The Node.js programs among a service's outputs.
#[derive(Debug, Clone, Copy)]
pub struct Outputs<'a> {
    pub service: &'a ImporterId,
    pub manifest: &'a Manifest,
    /// Its programs (see [`is_program`]), relative to its folder, sorted.
    pub programs: &'a [String],
    pub reading: ScriptReading<'a>,
}

/// Whether a path could be a Node.js program, by its extension or as `bin/www`. Node.js runs TypeScript since 22.18.
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
    /// The program that `cmd` starts; without `cmd`, the one that package.json or convention names. `None` if `cmd`
    /// starts something other than a Node.js program.
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

    /// The error that there is no file to start.
    pub fn none(&self) -> AppError {
        let looked_for = self.declared().into_iter().map(|(path, _)| path).chain(USUAL.map(str::to_owned));
        let looked_for: BTreeSet<String> = looked_for.collect();
        let (service, found) = (self.service.clone(), self.programs.to_vec());
        AppError::NoEntry { service, looked_for: looked_for.into_iter().collect(), found }
    }

    /// The command of `start:prod` or `start`, if it is one plain command that starts something other than an output
    /// file.
    fn started_by_script(&self) -> Result<Option<EntryPoint>> {
        for (name, script) in self.scripts() {
            if let Some(command) = script.downloads {
                return Err(AppError::StartDownloads {
                    service: self.service.clone(),
                    script: name.to_owned(),
                    command,
                });
            }
            // An existing Node.js program would have been found.
            let is_node = started_by_node(&script.words).is_some_and(|path| !path.contains("node_modules/"));
            if !is_node && starts_program(&script) {
                return Ok(Some(of_script(name, &script, String::new())));
            }
        }
        Ok(None)
    }

    /// Adds the start script's command, if it differs.
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

    /// The start script's program, if it is not among the outputs although they have a program.
    fn by_other_program(&self, found: &EntryPoint) -> Option<EntryPoint> {
        let (name, script) = self.scripts().next().filter(|(_, script)| starts_program(script))?;
        let inside = |path: &str| self.resolve(&script.inside(path));
        let other = match (started_by_node(&script.words), script.words.first()) {
            // A loader of variables, which starts the same program.
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

    /// The commands of the scripts that start a service.
    fn scripts(&self) -> impl Iterator<Item = (&'static str, StartScript)> {
        SCRIPTS
            .into_iter()
            .filter_map(|name| Some((name, start_script(&self.manifest.scripts, name, self.reading)?)))
    }

    fn configured(&self, cmd: &[String]) -> Result<Option<EntryPoint>> {
        let Some(named) = started_by_node(cmd) else { return Ok(None) };
        // Only programs in the service's own folder are known here. The image check covers all others.
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
        // The start command has priority over the file that other packages would load.
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

    /// The files that package.json names, with the fields.
    fn declared(&self) -> Vec<(String, String)> {
        let main = self.manifest.main.clone().map(|path| (path, "main of package.json".to_owned()));
        let scripts = self.scripts().filter_map(|(name, script)| {
            Some((script.inside(started_by_node(&script.words)?), reason(name)))
        });
        scripts.chain(main).collect()
    }

    /// The candidates that exist, each file once, with its first reason.
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

    /// The whole command of a script that starts this program with options or arguments, and the script's other
    /// actions.
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
            // In `dotenv -e .env -- node main.js`, the words before `node`.
            let words = script.words.iter().take_while(|word| program_name(word) != "node");
            beside.loaders.push(words.map(String::as_str).collect::<Vec<_>>().join(" "));
            return (None, beside);
        }
        let more = script.words.len() > 2 || script.folder.is_some();
        let words = (more && script.plain && !is_development(&script.words)).then_some(script.words);
        (words, beside)
    }

    /// The file that Node.js loads for a path: itself, with `.js`, or its `index.js`.
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

/// Checks before the build whether the image's service folder can have the program that `cmd` gives to Node.js: a
/// pattern of outputs or an entry of `files` must cover it. If no outputs are configured, its output folder is
/// included, so nothing can be decided before the build.
///
/// # Errors
/// [`AppError::EntryMissing`]; or a pattern is invalid.
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

/// Whether a path is in the service's own folder.
fn is_own(path: &str) -> bool {
    !path.starts_with('/') && !path.starts_with("../") && !path.contains("node_modules/")
}

/// The program that Node.js loads for `.`: `main` of package.json, or `index.js`.
pub(crate) fn of_folder(path: &str, manifest: &Manifest) -> Option<String> {
    let is_folder = [".", "./"].contains(&path);
    let main = || manifest.main.clone().filter(|main| ![".", "./"].contains(&main.as_str()));
    is_folder.then(|| main().unwrap_or_else(|| "index.js".to_owned()))
}

fn reason(script: &str) -> String {
    format!("script {script:?} of package.json")
}

/// First words of scripts that start no program.
const NO_PROGRAMS: [&str; 5] = ["echo", "true", "false", "exit", ":"];
/// Programs that read a file of variables and start another program.
const LOADERS: [&str; 4] = ["dotenv", "dotenvx", "env-cmd", "dotenv-flow"];
/// Programs that run sources; the outputs may be started instead.
const RUNNERS: [&str; 8] =
    ["tsx", "ts-node", "ts-node-esm", "esno", "jiti", "babel-node", "swc-node", "esbuild-register"];

/// Whether a script starts a program that is not for development.
pub(crate) fn starts_program(script: &StartScript) -> bool {
    let first = script.words.first().map(String::as_str).unwrap_or_default();
    !first.is_empty() && !is_development(&script.words) && !NO_PROGRAMS.contains(&first)
}

/// Whether the program starts commands by name, which need the `PATH` of a package manager.
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

/// The file that a command gives to Node.js: `dist/main` in `node -r x dist/main --flag`.
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
