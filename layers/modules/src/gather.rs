//! From origins to packs: the files of every package of a closure, in the store.
//!
//! In: origins, a fetcher, the packs of the workspace's own folders. Out: [`Gathered`]. What is derived (a git repository's or a folder's
//! package) is remembered by what it was derived from.

use std::collections::BTreeMap;

use fourply_blob::Key;
use fourply_pnpm::rules::PackRules;
use fourply_pnpm::{DepPath, ImporterId, LayoutError, PackageContents};
use fourply_scripts::{GitRepository, RepositorySource, as_it_stands};
use fourply_store::{Fetcher, PackageRequest, Progress};

use crate::{ModulesError, PackageOrigin};

/// The files of all packages. `folders` are the packs of folders of the workspace; see [`pack_folders`](fourply_scripts::pack_folders).
///
/// # Errors
/// What the store answers; a tarball without an integrity, with what its integrity is now; a repository that is not packed here.
pub fn gather(
    fetcher: &Fetcher,
    rules: &PackRules,
    origins: Vec<(DepPath, PackageOrigin)>,
    folders: &BTreeMap<ImporterId, Key>,
    progress: &dyn Progress,
) -> Result<Gathered, ModulesError> {
    let tarballs: Vec<(DepPath, PackageRequest)> = origins
        .iter()
        .filter_map(|(dep_path, origin)| match origin {
            PackageOrigin::Tarball(request) | PackageOrigin::Archive { request, .. } => {
                Some((dep_path.clone(), request.clone()))
            }
            _ => None,
        })
        .collect();
    // What is refused without a download is refused before the first.
    for (dep_path, origin) in &origins {
        if let PackageOrigin::Unpinned { tarball } = origin {
            return Err(unpinned(fetcher, dep_path, tarball));
        }
    }
    let (paths, requests): (Vec<_>, Vec<_>) = tarballs.into_iter().unzip();
    let packs = fetcher.packages(&requests, progress)?;
    let mut contents: BTreeMap<DepPath, Key> = paths.into_iter().zip(packs).collect();
    let mut to_build = Vec::new();
    for (dep_path, origin) in origins {
        let archive = contents.get(&dep_path).copied();
        let source = match (origin, archive) {
            (PackageOrigin::Folder(folder), _) => {
                let missing = || LayoutError::NoContent { dep_path: folder.to_string() };
                contents.insert(dep_path, *folders.get(&folder).ok_or_else(missing)?);
                continue;
            }
            (PackageOrigin::Git { repo, commit, folder }, _) => {
                RepositorySource::Commit { repo, commit, folder }
            }
            (PackageOrigin::Archive { folder, .. }, Some(pack)) => RepositorySource::Archive { pack, folder },
            _ => continue,
        };
        match as_it_stands(fetcher, rules, &dep_path, &source)? {
            (unbuilt, Some(recipe)) => {
                contents.remove(&dep_path);
                to_build.push(GitRepository { dep_path, source, recipe, unbuilt });
            }
            (pack, None) => drop(contents.insert(dep_path, pack)),
        }
    }
    Ok(Gathered { contents: PackageContents(contents), to_build })
}

/// The packs of a closure.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// Of all packages but the following.
    pub contents: PackageContents,
    /// Repositories that are no package before something was run in them.
    pub to_build: Vec<GitRepository>,
}

impl Gathered {
    /// The packs, where nothing has to be built.
    ///
    /// # Errors
    /// The first repository that has to be.
    pub fn complete(self) -> Result<PackageContents, ModulesError> {
        match self.to_build.first() {
            Some(repository) => Err(repository.refusal().into()),
            None => Ok(self.contents),
        }
    }
}

/// The refusal of a tarball without integrity, which tells what to write where to allow what is there now.
fn unpinned(fetcher: &Fetcher, dep_path: &DepPath, tarball: &str) -> ModulesError {
    let found = fetcher.integrity_of(dep_path.as_str(), tarball).ok();
    ModulesError::Unpinned {
        package: dep_path.package_key().to_owned(),
        found: found.map(|integrity| integrity.to_string()),
    }
}

#[cfg(test)]
mod tests;
