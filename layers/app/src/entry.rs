//! The program that the image starts. In: package.json, the outputs' names, the configured command. Out: one file and the reason, or an
//! error that lists what there is. No file is opened.
//!
//! A configured command decides. Without one, what package.json declares (`main`, and the file that `start:prod` or `start` gives to
//! node) counts where it is among the outputs, and only where nothing declared is there the places where compilers put it. Two different
//! files of the same rank are an error: nothing is guessed.

use fourply_pnpm::{ImporterId, Manifest};
use serde::{Deserialize, Serialize};

use crate::{AppError, Result};

const USUAL: [&str; 2] = ["dist/main.js", "dist/src/main.js"];
const SCRIPTS: [&str; 2] = ["start:prod", "start"];
/// Options of node that take the next word as their value.
const WITH_VALUE: [&str; 6] = ["-r", "--require", "--import", "--loader", "--experimental-loader", "-C"];

/// The program to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPoint {
    /// Relative to the service's folder.
    pub path: String,
    /// What named it, for people.
    pub reason: String,
}

/// Where programs of node lie among the outputs of a service.
#[derive(Debug, Clone, Copy)]
pub struct Outputs<'a> {
    pub service: &'a ImporterId,
    pub manifest: &'a Manifest,
    /// Its programs (see [`is_program`]), relative to its folder, sorted.
    pub programs: &'a [String],
}

/// Whether a path could be a program of node's, which runs TypeScript from 22.18 on.
pub fn is_program(path: &str) -> bool {
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
            None => self.declared_or_usual().map(Some),
        }
    }

    fn configured(&self, cmd: &[String]) -> Result<Option<EntryPoint>> {
        let words: Vec<&str> = cmd.iter().map(String::as_str).collect();
        let Some(named) = started_by_node(&words) else { return Ok(None) };
        // Only programs in the service's own folder are known here; the check of the image looks at all others.
        let own = !named.starts_with("/") && !named.starts_with("../") && !named.contains("node_modules/");
        match self.resolve(named) {
            Some(path) => Ok(Some(EntryPoint { path, reason: "the configured cmd".to_owned() })),
            None if !own || !is_program(named) => Ok(None),
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
        let scripts = SCRIPTS.iter().filter_map(|name| {
            let words: Vec<&str> = self.manifest.scripts.get(*name)?.split_whitespace().collect();
            let path = started_by_node(&words)?;
            Some((path.to_owned(), format!("script {name:?} of package.json")))
        });
        main.into_iter().chain(scripts).collect()
    }

    /// The candidates that are there, each file once, with the first reason.
    fn existing(&self, candidates: &[(String, String)]) -> Vec<EntryPoint> {
        let mut found: Vec<EntryPoint> = Vec::new();
        for (path, reason) in candidates {
            let Some(path) = self.resolve(path) else { continue };
            if !found.iter().any(|entry| entry.path == path) {
                found.push(EntryPoint { path, reason: reason.clone() });
            }
        }
        found
    }

    /// The file that node would load for a path: itself, with `.js`, or `index.js` in it.
    fn resolve(&self, path: &str) -> Option<String> {
        let path = ImporterId::new(path)?;
        let path = path.as_str();
        let forms = [path.to_owned(), format!("{path}.js"), format!("{path}/index.js")];
        forms.into_iter().find(|form| self.programs.binary_search(form).is_ok())
    }
}

/// The file that a command gives to node: of `A=1 node -r x dist/main --flag`, `dist/main`.
fn started_by_node<'a>(words: &[&'a str]) -> Option<&'a str> {
    let node = words.iter().position(|word| word.rsplit('/').next() == Some("node"))?;
    let mut rest = words.iter().skip(node + 1);
    while let Some(word) = rest.next() {
        if WITH_VALUE.contains(word) {
            rest.next();
        } else if ["&&", "||", ";", "|"].contains(word) {
            return None;
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}

#[cfg(test)]
mod tests;
