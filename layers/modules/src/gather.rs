//! From origins to archives: the files of every package of a closure, in the store.
//!
//! In: origins, a fetcher, the archives of the workspace's own folders. Out: [`Gathered`]. Derived archives (from a git
//! repository or a folder) are cached by their inputs.

use std::collections::BTreeMap;

use fourply_blob::Key;
use fourply_pnpm::rules::{Executables, PackRules};
use fourply_pnpm::{DepPath, ImporterId, LayoutError, PackageContents};
use fourply_scripts::{GitRepository, RepositorySource, ScriptsError, as_it_stands};
use fourply_store::{Fetcher, PackageRequest, Progress};

use crate::{ModulesError, PackageOrigin};

/// The packages to gather, and the rules.
#[derive(Clone, Copy)]
pub struct GatherRequest<'a> {
    pub fetcher: &'a Fetcher,
    pub rules: &'a PackRules,
    /// The archives of workspace folders; see [`pack_folders`](fourply_scripts::pack_folders).
    pub folders: &'a BTreeMap<ImporterId, Key>,
    /// Whether a package may be missing.
    pub optional: &'a dyn Fn(&DepPath) -> bool,
    pub progress: &'a dyn Progress,
}

/// The files of all packages.
///
/// # Errors
/// Errors of the store; a tarball without an integrity (the error has its current integrity); a repository that is not
/// supported here.
pub fn gather(
    request: &GatherRequest<'_>,
    origins: Vec<(DepPath, PackageOrigin)>,
) -> Result<Gathered, ModulesError> {
    // Packages that are rejected without a download are rejected before the first download.
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

/// Fetches the tarballs. Optional ones come last, after all others were found, because a registry that does not answer
/// at all is an error.
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

/// The archive with the executable bits of this pnpm version.
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

/// The archives of a closure.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Of all packages except the following.
    pub contents: PackageContents,
    /// Repositories that become packages only after a script ran.
    pub to_build: Vec<GitRepository>,
    /// Optional packages that are unavailable, with the reason.
    pub missing: BTreeMap<DepPath, String>,
}

impl Gathered {
    /// The archives, if nothing needs a build.
    ///
    /// # Errors
    /// The first repository that needs a build.
    pub fn complete(self) -> Result<PackageContents, ModulesError> {
        match self.to_build.first() {
            Some(repository) => Err(repository.refusal().into()),
            None => Ok(self.contents),
        }
    }
}

/// The error for a tarball without integrity. It names the setting that would allow the current content.
fn unpinned(fetcher: &Fetcher, dep_path: &DepPath, tarball: &str) -> ModulesError {
    let found = fetcher.integrity_of(dep_path.as_str(), tarball).ok();
    ModulesError::Unpinned {
        package: dep_path.package_key().to_owned(),
        found: found.map(|integrity| integrity.to_string()),
    }
}

#[cfg(test)]
mod tests;
