//! The names that people give to services: a folder's name, its path or the end of it, the name of a package. In: a word and the packages
//! of a workspace. Out: one package, or what to write in the word's place. It reads nothing but package.json files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{ImporterId, Workspace, listed_services};

use crate::Error;
use crate::config::{Config, FILE_NAME, ServiceConfig, key};

/// Longer words are not compared with names.
const LONGEST: usize = 200;
/// How many services an error lists.
const LISTED: usize = 12;

/// The folder's own name: `auth` of `services/auth`.
pub(crate) fn folder_name(service: &str) -> &str {
    service.rsplit('/').next().unwrap_or(service)
}

/// The packages of a workspace, and which of them are services.
#[derive(Debug)]
pub(crate) struct Names {
    /// By folder: the name in package.json.
    packages: BTreeMap<ImporterId, Option<String>>,
    services: BTreeSet<ImporterId>,
}

/// Why a word names no package.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It fits several.
    Ambiguous(Vec<ImporterId>),
    /// It fits none; the folder of the one that was perhaps meant.
    Absent(Option<ImporterId>),
}

impl Names {
    /// Reads the packages of the workspace at `root`. `globs` name the folders of services.
    ///
    /// # Errors
    /// A package.json that is none, globs that name nothing.
    pub(crate) fn read(root: &Path, globs: Option<&[String]>) -> Result<Names, Error> {
        let packages = Workspace::packages(root)?;
        let services = match listed_services(&packages, globs)? {
            Some(services) => services.into_iter().collect(),
            // Only the lockfile tells; for a name all packages will do.
            None => packages.keys().filter(|id| !id.is_root()).cloned().collect(),
        };
        let packages = packages.into_iter().map(|(id, manifest)| (id, manifest.name)).collect();
        Ok(Names { packages, services })
    }

    /// The package in a folder, relative to the root.
    pub(crate) fn at(&self, folder: &str) -> Option<ImporterId> {
        ImporterId::new(folder).filter(|id| self.packages.contains_key(id))
    }

    /// The package around a folder, itself included; never the root.
    pub(crate) fn around(&self, folder: &str) -> Option<ImporterId> {
        let above = folder.rmatch_indices('/').filter_map(|(at, _)| folder.get(..at));
        std::iter::once(folder).chain(above).find_map(|folder| self.at(folder).filter(|id| !id.is_root()))
    }

    /// The package that a word names: its folder, the end of its folder, its name, its name without the scope. A service wins over
    /// a package that is none.
    ///
    /// # Errors
    /// Where none has the name, or several have.
    pub(crate) fn find(&self, word: &str) -> Result<ImporterId, Unknown> {
        let word = word.trim_start_matches("./").trim_end_matches('/');
        if let Some(id) = self.at(word).filter(|_| !word.is_empty()) {
            return Ok(id);
        }
        let below = format!("/{word}");
        let named = |(id, name): (&ImporterId, &Option<String>)| {
            id.as_str().ends_with(&below) || name.as_deref() == Some(word)
        };
        let unscoped = |(_, name): (&ImporterId, &Option<String>)| {
            name.as_deref().and_then(|name| Some(name.split_once('/')?.1)) == Some(word)
        };
        self.alike(named)
            .or_else(|| self.alike(unscoped))
            .unwrap_or_else(|| Err(Unknown::Absent(self.nearest(word))))
    }

    fn alike(
        &self,
        fits: impl Fn((&ImporterId, &Option<String>)) -> bool,
    ) -> Option<Result<ImporterId, Unknown>> {
        let all: Vec<&ImporterId> =
            self.packages.iter().filter(|(id, name)| fits((id, name))).map(|(id, _)| id).collect();
        let services: Vec<&ImporterId> =
            all.iter().copied().filter(|id| self.services.contains(*id)).collect();
        match if services.is_empty() { all } else { services }.as_slice() {
            [] => None,
            [one] => Some(Ok((*one).clone())),
            many => Some(Err(Unknown::Ambiguous(many.iter().map(|id| (*id).clone()).collect()))),
        }
    }

    /// The package whose folder, folder's name or name differs least from a word: in a third of its letters, at most three.
    fn nearest(&self, word: &str) -> Option<ImporterId> {
        if word.len() > LONGEST {
            return None;
        }
        let limit = (word.chars().count() / 3).clamp(1, 3);
        let candidates = self.packages.iter().filter(|(id, _)| !id.is_root());
        let scored = candidates.filter_map(|(id, name)| {
            let path = id.as_str();
            let last = path.rsplit('/').next().unwrap_or(path);
            let name = name.as_deref().filter(|name| name.len() <= LONGEST);
            let unscoped = name.and_then(|name| Some(name.split_once('/')?.1));
            let forms = [Some(path), Some(last), name, unscoped].into_iter().flatten();
            let least = forms.map(|form| strsim::osa_distance(form, word)).min()?;
            (least <= limit).then_some((least, !self.services.contains(id), id))
        });
        scored.min().map(|(_, _, id)| id.clone()).or_else(|| self.beginning(word))
    }

    /// The one service whose folder's name, or name, begins with a word.
    fn beginning(&self, word: &str) -> Option<ImporterId> {
        let begins = |id: &&ImporterId| {
            let name = self.packages.get(*id).and_then(Option::as_deref).unwrap_or_default();
            let unscoped = name.rsplit('/').next().unwrap_or(name);
            folder_name(id.as_str()).starts_with(word) || unscoped.starts_with(word)
        };
        let mut found = self.services.iter().filter(begins);
        let first = found.next().filter(|_| word.chars().count() > 1)?;
        found.next().is_none().then(|| first.clone())
    }

    /// What to write where a word names nothing, or too much.
    pub(crate) fn advice(&self, unknown: &Unknown) -> String {
        match unknown {
            Unknown::Ambiguous(many) => format!("name it by its path: {}", listed(many)),
            Unknown::Absent(Some(near)) => format!("did you mean {near}?"),
            Unknown::Absent(None) => {
                let services: Vec<ImporterId> = self.services.iter().cloned().collect();
                format!("the workspace has {}", listed(&services))
            }
        }
    }

    /// The configuration with the folders of services as their names.
    ///
    /// # Errors
    /// A service that the workspace does not have, or has more than one of; one that is configured twice.
    pub(crate) fn place(&self, config: Config) -> Result<Config, Error> {
        let mut services: BTreeMap<String, ServiceConfig> = BTreeMap::new();
        let mut words: BTreeMap<ImporterId, String> = BTreeMap::new();
        for (word, service) in config.services {
            let id = self.find(&word).map_err(|unknown| {
                let fits = match unknown {
                    Unknown::Ambiguous(_) => "more than one service",
                    Unknown::Absent(_) => "no service of the workspace",
                };
                Error::user(
                    format!("[services.{}] in {FILE_NAME} fits {fits}", key(&word)),
                    self.advice(&unknown),
                )
            })?;
            if let Some(other) = words.insert(id.clone(), word.clone()) {
                let both = format!("[services.{}] and [services.{}]", key(&other), key(&word));
                return Err(Error::user(
                    format!("{both} in {FILE_NAME} are both for {id}"),
                    "join them under one of the names",
                ));
            }
            services.insert(id.to_string(), service);
        }
        Ok(Config { services, ..config })
    }
}

/// Folders as a sentence names them; of many, the first.
pub(crate) fn listed(ids: &[ImporterId]) -> String {
    let mut text: Vec<&str> = ids.iter().take(LISTED).map(ImporterId::as_str).collect();
    let more = format!("{} more", ids.len().saturating_sub(LISTED));
    if ids.len() > LISTED {
        text.push(&more);
    }
    match text.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "no packages but its root".to_owned(),
    }
}

#[cfg(test)]
mod tests;
