//! From a closure to what the store has to fetch.

use fourply_store::{Integrity, PackageRequest};

use crate::{Closure, ClosurePackage, DepPath, ImporterId, ModulesError, Resolution, Workspace};

const PREPARED: &str =
    "publish it to a registry, or commit the tarball that `pnpm pack` makes of it and depend on that";
const PIN: &str = "depend on a version of a registry, or on a tarball in the workspace (file:x.tgz), which pnpm records with its integrity";
const FOLDER: &str = "depend on it as workspace:* without dependenciesMeta.injected or injectWorkspacePackages, or on a tarball of it";

/// One request for each package of the closure, in its order.
///
/// # Errors
/// Where a package has no integrity, or comes from where nothing can be taken.
pub fn requests(
    workspace: &Workspace,
    closure: &Closure,
) -> Result<Vec<(DepPath, PackageRequest)>, ModulesError> {
    let request = |(dep_path, package): (&DepPath, &ClosurePackage)| {
        Ok((dep_path.clone(), request(workspace, dep_path, package)?))
    };
    closure.packages.iter().map(request).collect()
}

fn request(
    workspace: &Workspace,
    dep_path: &DepPath,
    package: &ClosurePackage,
) -> Result<PackageRequest, ModulesError> {
    let origin = |reason: String, hint: Option<&str>| ModulesError::Origin {
        package: dep_path.clone(),
        reason,
        hint: hint.map(str::to_owned),
    };
    let refuse = |reason: &str, hint| Err(origin(reason.to_owned(), Some(hint)));
    let (tarball, integrity) = match &package.resolution {
        Resolution::Registry { integrity } => {
            if node_semver::Version::parse(&package.version).is_err() {
                return Err(origin(format!("{:?} is no version of a registry", package.version), None));
            }
            (None, integrity)
        }
        Resolution::Tarball { git_hosted: true, .. } | Resolution::Tarball { path: Some(_), .. } => {
            return refuse(
                "it is a git host's archive, which pnpm prepares by running its scripts",
                PREPARED,
            );
        }
        Resolution::Tarball { integrity: None, .. } => {
            return refuse(
                "the lockfile has no integrity for its tarball, so nothing tells whether it is what was meant",
                PIN,
            );
        }
        Resolution::Tarball { url, integrity: Some(integrity), .. } => {
            (Some(tarball_url(workspace, dep_path, url)?), integrity)
        }
        Resolution::Git { .. } => {
            return refuse("it is a git repository, which pnpm prepares by running its scripts", PREPARED);
        }
        Resolution::Directory { .. } => {
            return refuse("it is a folder that pnpm copies into node_modules", FOLDER);
        }
        Resolution::Binary { .. } | Resolution::Variations(_) => {
            return refuse(
                "it is a runtime that pnpm itself installs",
                "take node from the base and leave the dependency out",
            );
        }
        Resolution::Unknown { kind } => {
            return Err(origin(format!("its resolution is of the unknown kind {kind:?}"), None));
        }
    };
    let integrity = integrity.parse::<Integrity>().map_err(|error| origin(error.to_string(), None))?;
    Ok(PackageRequest { name: package.name.clone(), version: package.version.clone(), tarball, integrity })
}

/// `file:` is relative to the lockfile and may not leave the workspace: the store reads what this names.
fn tarball_url(workspace: &Workspace, dep_path: &DepPath, url: &str) -> Result<String, ModulesError> {
    let Some(path) = url.strip_prefix("file:") else {
        let web = url.starts_with("https://") || url.starts_with("http://");
        let reason = || ModulesError::Origin {
            package: dep_path.clone(),
            reason: format!("{url:?} is no URL of the web"),
            hint: None,
        };
        return if web { Ok(url.to_owned()) } else { Err(reason()) };
    };
    let outside =
        || ModulesError::Outside { from: dep_path.to_string(), reference: url.chars().take(300).collect() };
    let inside = ImporterId::new(path).ok_or_else(outside)?;
    Ok(format!("file:{}", workspace.root.join(inside.as_str()).display()))
}

#[cfg(test)]
mod tests;
