//! Packages whose install scripts nobody allowed. In: what the image has of packages, the settings, the target. Out: a finding for each that has
//! no module for the target, in itself, its folder of prebuilds, or a package that it depends on. It is fatal where the scripts make a native
//! module that the package cannot do without.
//!
//! | what tells that a package does without | example |
//! |---|---|
//! | only optional dependencies lead to it: who depends on it catches that it is not there | `cpu-features` |
//! | its script may fail: `… || exit 0` | `keccak` |
//! | it has a file `fallback.js` | `bufferutil` |

use std::collections::{BTreeMap, BTreeSet};

use fourply_modules::{InstalledPackage, Inventory};
use fourply_pnpm::{Closure, DepPath, Dependency, InstallScript, Target, Verdict, reported_as};
use fourply_scripts::install_scripts;
use fourply_store::{Store, StoreError};
use serde_json::Value;

use crate::finding::Finding;

/// What install scripts call that make a native module, or fetch it.
const MAKERS: [&str; 6] =
    ["node-gyp", "node-pre-gyp", "prebuild-install", "prebuildify", "cmake-js", "install-from-cache"];
/// What a script ends with that may fail.
const TOLERANT: [&str; 5] = ["exit 0", "true", ":", "echo ", "node suppress-error"];
/// Packages that catch at run time that their module is not there.
const CATCHERS: [&str; 5] = ["bufferutil", "cpu-features", "msgpackr-extract", "ssh2", "utf-8-validate"];

/// See the module.
pub(super) struct IgnoredBuilds<'a> {
    pub store: &'a Store,
    /// What the settings say of a package.
    pub verdict: &'a dyn Fn(&DepPath) -> Verdict,
    /// What the image has.
    pub closure: &'a Closure,
}

impl IgnoredBuilds<'_> {
    /// What did not run, in the order of the packages' names.
    ///
    /// # Errors
    /// Where a package cannot be read.
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
            // What cannot be read was an error when it was installed.
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

    /// A package, and those that it depends on.
    fn brought<'p>(&'p self, path: &'p DepPath) -> impl Iterator<Item = &'p str> {
        let children = self.closure.packages.get(path).into_iter().flat_map(|package| &package.children);
        let packages = children.filter_map(|(_, to)| match to {
            Dependency::Package(path) => Some(path.as_str()),
            Dependency::Link(_) => None,
        });
        packages.chain([path.as_str()])
    }

    /// Whether scripts make a native module that the package needs for certain.
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

/// Whether a script ends well in any case.
fn is_tolerant(command: &str) -> bool {
    let last = command.rsplit_once("||").map(|(_, last)| last.trim_start());
    last.is_some_and(|last| TOLERANT.iter().any(|end| last.starts_with(end)))
}

#[cfg(test)]
mod tests;
