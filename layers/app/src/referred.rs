//! Workspace packages that others read without depending on them. In: the packages of a build. Out: the other packages
//! that these refer to. A checkout has them, so the authors' compilers find them; they are not built.
//!
//! Only references in a package's own folder count: `extends`, `references`, `paths`, `files`, `include`, `rootDirs`
//! and `typeRoots` in its tsconfig*.json, and paths with `../` in the scripts that run. References in a root
//! configuration for all packages do not count.

use std::collections::BTreeSet;

use fourply_pnpm::{ImporterId, Workspace};

use crate::Tasks;
use crate::owner::{folders, owner};
use crate::root_inputs::{named_by_script, own_configs};
use crate::tsconfig::TsConfigs;

/// The packages that `importers`, and packages found this way, refer to; without these themselves and the root.
pub fn referred_packages(
    workspace: &Workspace,
    tasks: &Tasks,
    importers: &[ImporterId],
) -> BTreeSet<ImporterId> {
    let names = workspace.manifests.iter();
    let names = names.filter_map(|(folder, manifest)| Some((manifest.name.as_deref()?, folder))).collect();
    let configs = TsConfigs { root: &workspace.root, packages: &names };
    let packages = folders(workspace.manifests.keys());
    let mut known: BTreeSet<ImporterId> = importers.iter().cloned().chain([ImporterId::root()]).collect();
    let mut waiting: Vec<ImporterId> = known.iter().filter(|package| !package.is_root()).cloned().collect();
    let mut found = BTreeSet::new();
    while let Some(package) = waiting.pop() {
        let mut paths = configs.named(own_configs(&configs, &package));
        if let Some(manifest) = workspace.manifests.get(&package) {
            let scripts =
                tasks.of(&package, manifest).into_iter().filter_map(|name| manifest.scripts.get(name));
            paths.extend(scripts.flat_map(|script| named_by_script(&configs, &package, script)));
        }
        for path in paths {
            let is_dir = workspace.root.join(&path).is_dir();
            let Some(of) = ImporterId::new(owner(&packages, &path, is_dir)) else { continue };
            if known.insert(of.clone()) {
                waiting.push(of.clone());
                found.insert(of);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
