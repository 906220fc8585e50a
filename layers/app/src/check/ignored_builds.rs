//! Packages whose install scripts were not allowed. In: the image's packages, the settings, the target. Out: a finding
//! for each package without a module for the target in itself, its folder of prebuilds, or one of its dependencies. A
//! finding is fatal if the scripts build a native module that the package requires.
//!
//! | sign that a package works without its module | example |
//! |---|---|
//! | it is only an optional dependency: its dependents handle its absence | `cpu-features` |
//! | its script may fail: `… || exit 0` | `keccak` |
//! | it has a file `fallback.js` | `bufferutil` |

use std::collections::{BTreeMap, BTreeSet};

use fourply_modules::{InstalledPackage, Inventory};
use fourply_pnpm::{Closure, DepPath, Dependency, InstallScript, Target, Verdict, reported_as};
use fourply_scripts::install_scripts;
use fourply_store::{Store, StoreError};
use serde_json::Value;

use crate::finding::Finding;

/// Programs in install scripts that build or download a native module.
const MAKERS: [&str; 6] =
    ["node-gyp", "node-pre-gyp", "prebuild-install", "prebuildify", "cmake-js", "install-from-cache"];
/// Endings of scripts that may fail.
const TOLERANT: [&str; 5] = ["exit 0", "true", ":", "echo ", "node suppress-error"];
/// Packages that handle a missing module at run time.
const CATCHERS: [&str; 5] = ["bufferutil", "cpu-features", "msgpackr-extract", "ssh2", "utf-8-validate"];

/// The state of this check.
pub(super) struct IgnoredBuilds<'a> {
    pub store: &'a Store,
    /// The settings' verdict for a package.
    pub verdict: &'a dyn Fn(&DepPath) -> Verdict,
    /// The image's packages.
    pub closure: &'a Closure,
}

impl IgnoredBuilds<'_> {
    /// The scripts that did not run, in the order of the packages' names.
    ///
    /// # Errors
    /// If a package cannot be read.
    pub(super) fn findings(
        &self,
        inventory: &Inventory,
        target: &Target,
    ) -> Result<Vec<Finding>, StoreError> {
        let fits = |package: &&InstalledPackage| {
            let mut modules = package.natives.iter().filter(|file| file.path.ends_with(".node"));
            modules.any(|file| file.binary.check(target).is_ok())
        };
        let fitting: BTreeSet<&str> =
            inventory.packages.iter().filter(fits).map(|package| package.dep_path.as_str()).collect();
        let mut needed = BTreeMap::new();
        for package in &inventory.packages {
            let path = DepPath::new(&*package.dep_path);
            if (self.verdict)(&path) != Verdict::Ignored {
                continue;
            }
            if self.brought(&path).any(|path| fitting.contains(path)) {
                continue;
            }
            // An unreadable package was an error at install time.
            let Ok(Some(scripts)) = install_scripts(self.store, &package.pack, &path) else { continue };
            let without = self.is_optional(&path)
                || CATCHERS.contains(&path.name())
                || !self.makes_module(package, &scripts)?;
            *needed.entry(reported_as(&path)).or_default() |= !without;
        }
        let finding = |(package, needed)| Finding::IgnoredBuild { package, needed };
        Ok(needed.into_iter().map(finding).collect())
    }

    fn is_optional(&self, path: &DepPath) -> bool {
        self.closure.packages.get(path).is_none_or(|package| package.optional)
    }

    /// A package and its dependencies.
    fn brought<'p>(&'p self, path: &'p DepPath) -> impl Iterator<Item = &'p str> {
        let children = self.closure.packages.get(path).into_iter().flat_map(|package| &package.children);
        let packages = children.filter_map(|(_, to)| match to {
            Dependency::Package(path) => Some(path.as_str()),
            Dependency::Link(_) => None,
        });
        packages.chain([path.as_str()])
    }

    /// Whether scripts build a native module that the package surely requires.
    fn makes_module(
        &self,
        package: &InstalledPackage,
        scripts: &[InstallScript],
    ) -> Result<bool, StoreError> {
        if scripts.iter().any(|script| is_tolerant(&script.command)) {
            return Ok(false);
        }
        let pack = self.store.open_pack(&package.pack)?;
        let files = pack.entries().iter().map(|entry| entry.path.as_str());
        if files.into_iter().any(|path| path.rsplit('/').next() == Some("fallback.js")) {
            return Ok(false);
        }
        let manifest = pack.find("package.json").map(|entry| pack.bytes(entry)).transpose()?;
        let manifest = manifest.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        let gyp_file = manifest.is_some_and(|manifest| manifest.get("gypfile") == Some(&Value::Bool(true)));
        let called = scripts.iter().any(|script| MAKERS.iter().any(|maker| script.command.contains(maker)));
        Ok(gyp_file || called)
    }
}

/// Whether a script always ends successfully.
fn is_tolerant(command: &str) -> bool {
    let last = command.rsplit_once("||").map(|(_, last)| last.trim_start());
    last.is_some_and(|last| TOLERANT.iter().any(|end| last.starts_with(end)))
}

#[cfg(test)]
mod tests;
