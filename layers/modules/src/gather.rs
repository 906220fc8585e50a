//! From origins to packs: the files of every package of a closure, in the store.
//!
//! In: origins, a fetcher, the packs of the workspace's own folders. Out: [`Gathered`]. What is derived (a git repository's or a folder's
//! package) is remembered by what it was derived from.

use std::collections::BTreeMap;

use fourply_blob::Key;
use fourply_pnpm::rules::{Executables, PackRules};
use fourply_pnpm::{DepPath, ImporterId, LayoutError, PackageContents};
use fourply_scripts::{GitRepository, RepositorySource, ScriptsError, as_it_stands};
use fourply_store::{Fetcher, PackageRequest, Progress};

use crate::{ModulesError, PackageOrigin};

/// What is gathered, and by which rules.
#[derive(Clone, Copy)]
pub struct GatherRequest<'a> {
    pub fetcher: &'a Fetcher,
    pub rules: &'a PackRules,
    /// The packs of folders of the workspace; see [`pack_folders`](fourply_scripts::pack_folders).
    pub folders: &'a BTreeMap<ImporterId, Key>,
    /// Whether a package may be missing.
    pub optional: &'a dyn Fn(&DepPath) -> bool,
    pub progress: &'a dyn Progress,
}

/// The files of all packages.
///
/// # Errors
/// What the store answers; a tarball without an integrity, with what its integrity is now; a repository that is not packed here.
pub fn gather(
    request: &GatherRequest<'_>,
    origins: Vec<(DepPath, PackageOrigin)>,
) -> Result<Gathered, ModulesError> {
    // What is refused without a download is refused before the first.
    for (dep_path, origin) in &origins {
        if let PackageOrigin::Unpinned { tarball } = origin {
            return Err(unpinned(request.fetcher, dep_path, tarball));
        }
    }
    let mut gathered = Gathered::default();
    tarballs(request, &origins, &mut gathered)?;
    for (dep_path, origin) in origins {
        let archive = gathered.contents.0.get(&dep_path).copied();
        let source = match (origin, archive) {
            (PackageOrigin::Folder(folder), _) => {
                let missing = || LayoutError::NoContent { dep_path: folder.to_string() };
                let pack = *request.folders.get(&folder).ok_or_else(missing)?;
                gathered.contents.0.insert(dep_path, pack);
                continue;
            }
            (PackageOrigin::Git { repo, commit, folder }, _) => {
                RepositorySource::Commit { repo, commit, folder }
            }
            (PackageOrigin::Archive { folder, .. }, Some(pack)) => RepositorySource::Archive { pack, folder },
            _ => continue,
        };
        repository(request, dep_path, source, &mut gathered)?;
    }
    Ok(gathered)
}

/// Fetches the tarballs: those that may be missing when all others are there, as a registry that does not answer at all is an error.
fn tarballs(
    request: &GatherRequest<'_>,
    origins: &[(DepPath, PackageOrigin)],
    gathered: &mut Gathered,
) -> Result<(), ModulesError> {
    let tarballs = origins.iter().filter_map(|(dep_path, origin)| match origin {
        PackageOrigin::Tarball(package) | PackageOrigin::Archive { request: package, .. } => {
            Some((dep_path.clone(), package.clone()))
        }
        _ => None,
    });
    let (optional, needed): (Vec<_>, Vec<_>) = tarballs.partition(|(path, _)| (request.optional)(path));
    let (paths, packages): (Vec<_>, Vec<PackageRequest>) = needed.into_iter().unzip();
    let packs = request.fetcher.packages(&packages, request.progress)?;
    for (dep_path, pack) in paths.into_iter().zip(packs) {
        gathered.contents.0.insert(dep_path, with_modes(request, pack)?);
    }
    let (paths, packages): (Vec<_>, Vec<PackageRequest>) = optional.into_iter().unzip();
    let packs = request.fetcher.optional_packages(&packages, request.progress)?;
    for (dep_path, pack) in paths.into_iter().zip(packs) {
        match pack {
            Ok(pack) => drop(gathered.contents.0.insert(dep_path, with_modes(request, pack)?)),
            Err(error) => drop(gathered.missing.insert(dep_path, error.to_string())),
        }
    }
    Ok(())
}

/// The pack with the executables that this version of pnpm makes.
fn with_modes(request: &GatherRequest<'_>, pack: Key) -> Result<Key, ModulesError> {
    Ok(match request.rules.executables {
        Executables::ByAnybody => pack,
        Executables::ByEverybody => request.fetcher.store().executable_by_everybody(&pack)?,
    })
}

fn repository(
    request: &GatherRequest<'_>,
    dep_path: DepPath,
    source: RepositorySource,
    gathered: &mut Gathered,
) -> Result<(), ModulesError> {
    match as_it_stands(request.fetcher, request.rules, &dep_path, &source) {
        Ok((unbuilt, Some(recipe))) => {
            gathered.contents.0.remove(&dep_path);
            gathered.to_build.push(GitRepository { dep_path, source, recipe, unbuilt });
        }
        Ok((pack, None)) => drop(gathered.contents.0.insert(dep_path, pack)),
        Err(ScriptsError::Store(error)) if error.is_unfetched() && (request.optional)(&dep_path) => {
            gathered.missing.insert(dep_path, error.to_string());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The packs of a closure.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Of all packages but the following.
    pub contents: PackageContents,
    /// Repositories that are no package before something was run in them.
    pub to_build: Vec<GitRepository>,
    /// Optional packages that cannot be had, with the reason.
    pub missing: BTreeMap<DepPath, String>,
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
