//! What of a built (or prebuilt) workspace goes into the image. In: its folder and the packages that the image has. Out: a list of files
//! and links. Contents are not read here.
//!
//! | package | what is taken besides package.json |
//! |---|---|
//! | the service | what the output patterns name; each of them has to name something |
//! | the root | nothing |
//! | a dependency linked by its `publishConfig.directory` | that folder |
//! | a dependency with `files` | what `files` names |
//! | a dependency without, that was built | what the output patterns name |
//! | a dependency without, that was not built | its outputs where it has some, else all its sources |
//!
//! `node_modules`, `.git` and packages inside a package are never part of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{Closure, Dependency, ImporterId, Manifest};

use crate::files::Files;
use crate::sources::{SourceFile, SourceKind, SourceScope, list, stays_inside};
use crate::{AppError, Patterns, Result};
use fourply_scripts::files::{folder_of, is_executable, read_target, relative};

/// What to capture, and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputCapture<'a> {
    /// The folder with the outputs: the build's, or the user's own.
    pub root: &'a Path,
    pub service: &'a ImporterId,
    pub outputs: &'a Patterns,
    /// What the image has.
    pub production: &'a Closure,
    /// Every package of the workspace.
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    /// The packages that a script built; none where the outputs are prebuilt.
    pub built: &'a BTreeSet<ImporterId>,
}

/// Lists all that goes into the image, sorted by path.
///
/// # Errors
/// [`AppError::MissingOutput`], a link that leaves the workspace, a folder that cannot be read.
pub(crate) fn capture(capture: &OutputCapture<'_>) -> Result<Vec<SourceFile>> {
    let mut taken = BTreeMap::new();
    for importer in &capture.production.importers {
        if let Some(manifest) = capture.manifests.get(importer) {
            taken.extend(
                capture.package(importer, manifest)?.into_iter().map(|source| (source.path, source.kind)),
            );
        }
    }
    let sources = taken.into_iter().map(|(path, kind)| SourceFile { path, kind });
    sources.map(|source| checked(capture.root, source)).collect()
}

/// Only links that are taken have to stay in the workspace.
fn checked(root: &Path, source: SourceFile) -> Result<SourceFile> {
    match &source.kind {
        SourceKind::Symlink { target } if !stays_inside(&source.path, target) => {
            Err(AppError::LinkOut { path: root.join(&source.path), target: target.clone() })
        }
        _ => Ok(source),
    }
}

impl OutputCapture<'_> {
    fn package(&self, importer: &ImporterId, manifest: &Manifest) -> Result<Vec<SourceFile>> {
        let mut taken = vec![SourceFile {
            path: importer.path_of("package.json"),
            kind: SourceKind::File { executable: false },
        }];
        if importer != self.service && importer.is_root() {
            return Ok(taken);
        }
        let there = files_of(self.root, importer, self.manifests)?;
        let inside = |source: &SourceFile| inside(importer, &source.path).to_owned();
        if importer == self.service {
            taken.extend(self.named(importer, there, true)?);
        } else if let Some(folder) = self.published(importer, manifest) {
            let below = format!("{folder}/");
            let part: Vec<_> =
                there.iter().filter(|source| inside(source).starts_with(&below)).cloned().collect();
            taken.extend(self.expect(importer, part, &[folder], &there)?);
        } else if let Some(files) = Files::of(manifest) {
            let part: Vec<_> = there.iter().filter(|source| files.names(&inside(source))).cloned().collect();
            let wanted = if self.built.contains(importer) { files.entries() } else { &[] };
            taken.extend(self.expect(importer, part, wanted, &there)?);
        } else if self.built.contains(importer) {
            taken.extend(self.named(importer, there, false)?);
        } else {
            taken.extend(self.outputs_or_sources(importer, there)?);
        }
        Ok(taken)
    }

    /// What the patterns name: each of them (`every`), or at least one, has to name something.
    fn named(&self, importer: &ImporterId, there: Vec<SourceFile>, every: bool) -> Result<Vec<SourceFile>> {
        let mut hit = BTreeSet::new();
        let mut part = Vec::new();
        for source in &there {
            let hits: Vec<usize> = self.outputs.matching(inside(importer, &source.path)).collect();
            if !hits.is_empty() {
                part.push(source.clone());
                hit.extend(hits);
            }
        }
        let texts = self.outputs.texts().iter().enumerate();
        let missing: Vec<String> =
            texts.filter(|(index, _)| !hit.contains(index)).map(|(_, text)| text.clone()).collect();
        if missing.is_empty() || (!every && !part.is_empty()) {
            return Ok(part);
        }
        Err(self.missing(importer, missing, &there))
    }

    fn outputs_or_sources(&self, importer: &ImporterId, there: Vec<SourceFile>) -> Result<Vec<SourceFile>> {
        let names = |source: &SourceFile| self.outputs.names(inside(importer, &source.path));
        let part: Vec<_> = there.into_iter().filter(names).collect();
        if !part.is_empty() {
            return Ok(part);
        }
        let packages = self.manifests.keys().cloned().collect();
        let scope = SourceScope {
            root: self.root,
            packages: &packages,
            needed: &BTreeSet::from([importer.clone()]),
            built: &BTreeSet::new(),
            outputs: self.outputs,
        };
        let below = format!("{importer}/");
        Ok(list(&scope)?.into_iter().filter(|source| source.path.starts_with(&below)).collect())
    }

    fn expect(
        &self,
        importer: &ImporterId,
        part: Vec<SourceFile>,
        wanted: &[String],
        there: &[SourceFile],
    ) -> Result<Vec<SourceFile>> {
        match part.is_empty() && !wanted.is_empty() {
            true => Err(self.missing(importer, wanted.to_vec(), there)),
            false => Ok(part),
        }
    }

    fn missing(&self, importer: &ImporterId, patterns: Vec<String>, there: &[SourceFile]) -> AppError {
        let names = there.iter().map(|source| {
            let inside = inside(importer, &source.path);
            inside.split_once('/').map_or(inside.to_owned(), |(folder, _)| format!("{folder}/"))
        });
        let found: BTreeSet<String> = names.collect();
        AppError::MissingOutput {
            package: importer.clone(),
            folder: folder_of(self.root, importer),
            patterns,
            found: found.into_iter().collect(),
            built: self.built.contains(importer),
        }
    }

    /// The folder of a package that others link instead of the package itself.
    fn published(&self, importer: &ImporterId, manifest: &Manifest) -> Option<String> {
        let folder = manifest.publish_directory.as_deref()?;
        let linked = importer.join(folder)?;
        let edges = self.production.direct.values().flatten();
        let links = edges.filter(|(_, to)| *to == Dependency::Link(linked.clone())).count();
        (links > 0 && linked != *importer).then(|| inside(importer, linked.as_str()).to_owned())
    }
}

/// Every file and link of a package below `root`, but for what is never part of it.
pub(crate) fn files_of(
    root: &Path,
    importer: &ImporterId,
    manifests: &BTreeMap<ImporterId, Manifest>,
) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let mut folders = vec![folder_of(root, importer)];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name();
            if name == "node_modules" || name == ".git" {
                continue;
            }
            let full = entry.path();
            let path = relative(root, &full)?;
            if kind.is_dir() {
                if !manifests.contains_key(path.as_str()) {
                    folders.push(full);
                }
            } else if kind.is_symlink() {
                files.push(SourceFile { path, kind: SourceKind::Symlink { target: read_target(&full)? } });
            } else if kind.is_file() {
                let executable = is_executable(&entry.metadata()?);
                files.push(SourceFile { path, kind: SourceKind::File { executable } });
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `path` relative to the package.
fn inside<'a>(importer: &ImporterId, path: &'a str) -> &'a str {
    if importer.is_root() {
        return path;
    }
    path.strip_prefix(importer.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

#[cfg(test)]
mod tests;
