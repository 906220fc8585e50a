//! A pnpm workspace on disk: its packages, its settings, its lockfile.

mod auth;
mod development;
mod globs;
mod importer;
mod network;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_blob::Key;

use crate::{Lockfile, Manifest, PnpmError, PnpmSettings, Rules};

pub use auth::{AuthRoutes, JsonAuth};
pub use development::DevelopmentNames;
pub use importer::ImporterId;
pub use network::{GlobalNetwork, WorkspaceNetwork};
pub use read::ReadOptions;

/// Everything that is read of a workspace before planning.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the lockfile.
    pub root: PathBuf,
    /// Every package of the workspace, including the root (`.`) if it has a package.json.
    pub manifests: BTreeMap<ImporterId, Manifest>,
    /// The globs of pnpm-workspace.yaml; empty for a single project.
    pub patterns: Vec<String>,
    /// The effective settings.
    pub settings: PnpmSettings,
    /// Text of the workspace's .npmrc, which also holds registries and tokens.
    pub npmrc_text: Option<String>,
    pub lockfile: Lockfile,
    /// The key of the lockfile's text. Results that depend only on the lockfile may be cached under it.
    pub lockfile_text_key: Key,
    /// The rules of the pnpm that the workspace is for.
    pub rules: &'static Rules,
    /// Notes for the user that are not faults, such as how the rules were chosen.
    pub notes: Vec<String>,
}

impl Workspace {
    /// `packageManager` of the root's package.json.
    pub fn package_manager(&self) -> Option<&str> {
        self.manifests.get(&ImporterId::root())?.package_manager.as_deref()
    }

    /// The package in a folder, which is relative to the root.
    ///
    /// # Errors
    /// The workspace has no such package. The error lists the packages and the one that was probably meant.
    pub fn importer(&self, folder: &str) -> Result<ImporterId, PnpmError> {
        let id = ImporterId::new(folder).filter(|id| self.manifests.contains_key(id));
        id.ok_or_else(|| self.no_importer(folder))
    }

    /// The packages whose closures contain `of`, including itself: these must be built again when it changes.
    pub fn dependents(&self, of: &ImporterId) -> Vec<ImporterId> {
        let mut found = vec![of.clone()];
        let mut next = 0;
        while let Some(target) = found.get(next).cloned() {
            let links = |id: &ImporterId| self.linked(id).contains(&target);
            let new: Vec<_> = self
                .lockfile
                .importers
                .keys()
                .filter(|id| !found.contains(id) && links(id))
                .cloned()
                .collect();
            found.extend(new);
            next += 1;
        }
        found.sort();
        found
    }

    /// The folders that an importer links to, from all its lists.
    pub(crate) fn linked(&self, id: &ImporterId) -> Vec<ImporterId> {
        let Some(importer) = self.lockfile.importers.get(id) else { return Vec::new() };
        let lists = [&importer.dependencies, &importer.dev_dependencies, &importer.optional_dependencies];
        let references = lists.into_iter().flat_map(BTreeMap::values).map(|entry| entry.version.as_str());
        references.filter_map(|reference| id.join(reference.strip_prefix("link:")?)).collect()
    }

    /// Whether it is a package of the workspace. The lockfile may lack one without dependencies.
    pub(crate) fn knows(&self, id: &ImporterId) -> bool {
        self.lockfile.importers.contains_key(id) || self.manifests.contains_key(id)
    }

    pub(crate) fn no_importer(&self, folder: &str) -> PnpmError {
        let known = self.manifests.keys().filter(|id| !id.is_root()).map(ToString::to_string).collect();
        PnpmError::NoImporter {
            folder: folder.to_owned(),
            root: self.root.clone(),
            known,
            suggestion: self.suggestion(folder),
        }
    }

    /// A package with this name, a folder with this ending, or the most similar folder.
    fn suggestion(&self, folder: &str) -> Option<String> {
        let wanted = folder.trim_matches('/');
        let named = self.manifests.iter().find(|(_, manifest)| manifest.name.as_deref() == Some(wanted));
        if let Some((id, _)) = named {
            return Some(id.to_string());
        }
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut ends = self.manifests.keys().filter(|id| last(id.as_str()) == last(wanted));
        if let Some(id) = ends.next() {
            return Some(id.to_string());
        }
        let folders = self.manifests.keys().filter(|id| !id.is_root());
        let (least, id) = folders.map(|id| (distance(id.as_str(), wanted), id)).min()?;
        (least <= 3 && 2 * least < wanted.chars().count()).then(|| id.to_string())
    }
}

/// The number of characters to insert, remove or change. Long texts are never similar.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) =
        (one.chars().take(200).collect(), other.chars().take(200).collect());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for ((b, diagonal), above) in other.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(a != b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
