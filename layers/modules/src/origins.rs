//! From a closure to the origin of each package's files. Nothing is fetched here.

use std::collections::BTreeMap;

use fourply_blob::Cause;
use fourply_pnpm::{Closure, ClosurePackage, DepPath, ImporterId, PnpmError, Resolution, Workspace};
use fourply_store::{Integrity, PackageRequest};

use crate::ModulesError;

/// The origin of a package's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageOrigin {
    /// A tarball with an integrity; its files are the package.
    Tarball(PackageRequest),
    /// A git host's archive with an integrity; the package is what npm packs of it or of a folder in it.
    Archive {
        request: PackageRequest,
        /// The package's folder in it.
        folder: ImporterId,
    },
    /// A tarball without an integrity in the lockfile or the configuration.
    Unpinned {
        /// A URL, or `file:` and an absolute path.
        tarball: String,
    },
    /// A commit; the package is what npm packs of it or of a folder in it.
    Git {
        repo: String,
        /// The full hash.
        commit: String,
        /// The package's folder in it.
        folder: ImporterId,
    },
    /// A folder of the workspace; the package is what npm packs of it.
    Folder(ImporterId),
}

/// The origin of each package of the closure, in order. `integrities` come from the user's configuration, by the keys
/// of the lockfile's `packages`.
///
/// # Errors
/// An origin that is not supported, or an invalid integrity.
pub fn origins(
    workspace: &Workspace,
    closure: &Closure,
    integrities: &BTreeMap<String, String>,
) -> Result<Vec<(DepPath, PackageOrigin)>, ModulesError> {
    let origin = |(dep_path, package): (&DepPath, &ClosurePackage)| {
        let added = integrities.get(dep_path.package_key()).map(String::as_str);
        Ok((dep_path.clone(), PackageSource { workspace, dep_path, package }.origin(added)?))
    };
    closure.packages.iter().map(origin).collect()
}

struct PackageSource<'a> {
    workspace: &'a Workspace,
    dep_path: &'a DepPath,
    package: &'a ClosurePackage,
}

impl PackageSource<'_> {
    fn origin(&self, added: Option<&str>) -> Result<PackageOrigin, ModulesError> {
        match &self.package.resolution {
            Resolution::Registry { integrity } => {
                let mut request = self.request(None, integrity)?;
                // `name@registry:1.0.0`. Source: pnpm/pnpm@36e5ae6ac8 pnpm11/lockfile/utils/src/pkgSnapshotToResolution.ts.
                if let Some((registry, version)) = self.package.version.split_once(':') {
                    (request.registry, request.version) = (Some(registry.to_owned()), version.to_owned());
                }
                if node_semver::Version::parse(&request.version).is_err() {
                    let version = &self.package.version;
                    return Err(self.refused(format!("{version:?} is not a version of a registry")));
                }
                Ok(PackageOrigin::Tarball(request))
            }
            Resolution::Tarball { url, integrity, path, git_hosted } => {
                let tarball = self.tarball(url)?;
                let Some(integrity) = integrity.as_deref().or(added) else {
                    return Ok(PackageOrigin::Unpinned { tarball });
                };
                let request = self.request(Some(tarball), integrity)?;
                if !git_hosted && path.is_none() {
                    return Ok(PackageOrigin::Tarball(request));
                }
                Ok(PackageOrigin::Archive { request, folder: self.folder(path.as_deref())? })
            }
            Resolution::Git { repo, commit, path } => Ok(PackageOrigin::Git {
                repo: repo.clone(),
                commit: commit.clone(),
                folder: self.folder(path.as_deref())?,
            }),
            Resolution::Directory { path } => {
                ImporterId::new(path).map(PackageOrigin::Folder).ok_or_else(|| self.outside(path))
            }
            Resolution::Binary { .. } | Resolution::Variations(_) => {
                Err(ModulesError::Runtime { package: self.dep_path.clone() })
            }
            Resolution::Unknown { kind } => {
                Err(self.refused(format!("its resolution has the unknown kind {kind:?}")))
            }
        }
    }

    fn request(&self, tarball: Option<String>, integrity: &str) -> Result<PackageRequest, ModulesError> {
        let integrity: Integrity = integrity.parse().map_err(|error| self.refused(error))?;
        let (name, version) = (self.package.name.clone(), self.package.version.clone());
        Ok(PackageRequest { name, version, registry: None, tarball, integrity })
    }

    /// `file:` is relative to the lockfile and must stay inside the workspace, because the store reads this path.
    fn tarball(&self, url: &str) -> Result<String, ModulesError> {
        if let Some(path) = url.strip_prefix("file:") {
            let inside = ImporterId::new(path).ok_or_else(|| self.outside(url))?;
            return Ok(format!("file:{}", self.workspace.root.join(inside.as_str()).display()));
        }
        if url.starts_with("https://") || url.starts_with("http://") {
            return Ok(url.to_owned());
        }
        Err(self.refused(format!("{url:?} is not an http or https URL")))
    }

    /// A package's folder in a repository or archive. Its path may start with a slash.
    fn folder(&self, path: Option<&str>) -> Result<ImporterId, ModulesError> {
        let path = path.unwrap_or_default();
        ImporterId::new(path.trim_start_matches('/')).ok_or_else(|| self.outside(path))
    }

    fn outside(&self, reference: &str) -> ModulesError {
        let reference = reference.chars().take(300).collect();
        PnpmError::Outside { from: self.dep_path.to_string(), reference }.into()
    }

    fn refused(&self, reason: impl Into<Cause>) -> ModulesError {
        ModulesError::Origin { package: self.dep_path.clone(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests;
