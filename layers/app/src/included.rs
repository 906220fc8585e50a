//! `files` of a service: files of its image in addition to its outputs. In: the configured entries, the workspace's
//! packages. Out: paths, checked as text only. No file is opened.
//!
//! `prisma/migrations` is in the service's folder, `/locales` in the workspace's root, `/apps/client/dist` in another
//! package. Without `to` a file has the same path in the image as in the workspace; `to` is relative to the service's
//! folder.

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::{ImporterId, Manifest};

use crate::listing::inside;
use crate::owner::{folders, owner};
use crate::{AppError, Result};

/// A configured entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncludedFiles {
    /// A file, a folder or a glob, relative to the service's folder, or to the workspace's root if it begins with `/`.
    pub from: String,
    /// Relative to the service's folder in the image; `None` keeps the path of `from`.
    pub to: Option<String>,
}

fourply_blob::key_value!(IncludedFiles { from, to });

/// An entry whose text was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// As configured.
    pub spec: IncludedFiles,
    /// Relative to the workspace's root.
    pub path: String,
    /// The package that contains it, or that it is.
    pub owner: ImporterId,
    /// Relative to the workspace's root.
    to: Option<String>,
}

/// Why no build has a workspace path, whatever ignore files contain.
fn never(path: &str) -> Option<&'static str> {
    match path.split('/').next().unwrap_or(path) {
        "pnpm-lock.yaml" => Some(
            "no build has the lockfile, so that a change in it builds only what its packages change; the image has them in node_modules",
        ),
        ".git" => Some("no build has .git: give the script that needs the commit a variable"),
        _ => None,
    }
}

/// The innermost package folder that contains `path`; otherwise the root.
struct Words<'a> {
    spec: &'a IncludedFiles,
    packages: BTreeSet<String>,
}

impl Entry {
    /// Checks an entry of a service.
    ///
    /// # Errors
    /// [`AppError::Included`] for a path that leaves its folder or cannot be in an image.
    pub(crate) fn new(
        spec: &IncludedFiles,
        service: &ImporterId,
        manifests: &BTreeMap<ImporterId, Manifest>,
    ) -> Result<Entry> {
        let words = Words { spec, packages: folders(manifests.keys()) };
        let (base, inside) = match spec.from.strip_prefix('/') {
            Some(inside) => (ImporterId::root(), inside),
            None => (service.clone(), spec.from.as_str()),
        };
        let path = base.path_of(words.relative(inside)?.as_str());
        if let Some(reason) = never(&path) {
            return Err(refuse(spec, reason));
        }
        let owner = words.owner(&path)?;
        let to = spec.to.as_deref().map(|to| words.target(service, to)).transpose()?;
        Ok(Entry { spec: spec.clone(), path, owner, to })
    }

    /// The target of a file at `rest` below the entry's path. An empty `rest` means the entry itself, a file.
    pub(crate) fn destination(&self, rest: &str) -> String {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        match (&self.to, rest) {
            (None, "") => self.path.clone(),
            (None, rest) => format!("{}/{rest}", self.path),
            (Some(to), "") if self.is_into_folder() => {
                ImporterId::new(to).map_or_else(|| name.to_owned(), |folder| folder.path_of(name))
            }
            (Some(to), "") => to.clone(),
            (Some(to), rest) => ImporterId::new(to).map_or_else(|| rest.to_owned(), |to| to.path_of(rest)),
        }
    }

    /// Whether its target differs from its path.
    pub(crate) fn moves(&self) -> bool {
        self.to.is_some()
    }

    /// `to = "certs/"` names a folder for a file, as in cp(1).
    fn is_into_folder(&self) -> bool {
        self.spec.to.as_deref().is_some_and(|to| to.ends_with('/') || to == ".")
    }

    /// The path in its package.
    pub(crate) fn inside(&self) -> &str {
        inside(&self.owner, &self.path)
    }

    /// Its path; for a glob, the folder that contains every possible match.
    pub(crate) fn literal(&self) -> String {
        let literal = |part: &&str| !part.contains(['*', '?', '[', '{']);
        let parts: Vec<&str> = self.path.split('/').take_while(literal).collect();
        if parts.is_empty() { self.path.clone() } else { parts.join("/") }
    }

    /// Whether it may be a glob, if no file has exactly this name.
    pub(crate) fn is_glob(&self) -> bool {
        self.path.contains(['*', '?', '[', '{'])
    }

    pub(crate) fn refuse(&self, reason: &str) -> AppError {
        refuse(&self.spec, reason)
    }

    /// The error for a link in it that would have another target in the image.
    pub(crate) fn refuse_link(&self, path: &str, target: &str) -> AppError {
        self.refuse(&format!("the link {path} in it leads to {target:?}, which does not go along"))
    }
}

fn refuse(spec: &IncludedFiles, reason: &str) -> AppError {
    AppError::Included { entry: spec.from.clone(), reason: reason.to_owned() }
}

impl Words<'_> {
    fn relative(&self, text: &str) -> Result<ImporterId> {
        let wrong = |reason| refuse(self.spec, reason);
        if text.split('/').any(|part| part == "..") {
            return Err(wrong("it leaves its folder with \"..\""));
        }
        let path = ImporterId::new(text).ok_or_else(|| wrong("it is no path of the workspace"))?;
        match path.is_root() {
            true => Err(wrong("it names a whole folder: name what is in it")),
            false => Ok(path),
        }
    }

    fn owner(&self, path: &str) -> Result<ImporterId> {
        let found = owner(&self.packages, path, true);
        let id = ImporterId::new(found).ok_or_else(|| refuse(self.spec, "it is no path of the workspace"))?;
        let inside = inside(&id, path);
        if inside.split('/').next() == Some("node_modules") || inside.split('/').any(|part| part == ".git") {
            return Err(refuse(self.spec, "node_modules come from the lockfile, and .git is not for images"));
        }
        let below = format!("{path}/");
        let held = self.packages.range(below.clone()..).next().filter(|package| package.starts_with(&below));
        match held {
            Some(package) if found != path => {
                let reason =
                    format!("it holds packages of the workspace, such as {package}: name one of them");
                Err(refuse(self.spec, &reason))
            }
            _ => Ok(id),
        }
    }

    fn target(&self, service: &ImporterId, to: &str) -> Result<String> {
        let wrong = |reason| refuse(self.spec, reason);
        if to.is_empty() || to.starts_with('/') || to.split('/').any(|part| part == "..") {
            return Err(wrong("its \"to\" has to stay in the service's folder"));
        }
        let to = ImporterId::new(to).ok_or_else(|| wrong("its \"to\" is no path"))?;
        if to.as_str().split('/').next() == Some("node_modules") {
            return Err(wrong(
                "the service's node_modules come from the lockfile: its \"to\" must be another folder",
            ));
        }
        Ok(if to.is_root() { service.as_str().to_owned() } else { service.path_of(to.as_str()) })
    }
}

#[cfg(test)]
mod tests;
