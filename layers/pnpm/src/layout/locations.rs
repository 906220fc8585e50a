//! The location of each package. In: a closure and settings. Out: slot and package directory of each dep path.
//!
//! This module turns names of a lockfile into paths, so it also checks them.

use std::collections::BTreeMap;

use fourply_blob::LayerPath;

use crate::dir_name::dir_name;
use crate::layout::error::LayoutError;
use crate::rules::DirNameRules;
use crate::{Closure, DepPath, Dependency, ImporterId};

/// Directories relative to the workspace's root.
#[derive(Debug)]
pub(crate) struct Locations<'a> {
    slots: BTreeMap<&'a DepPath, LinkLocation>,
    /// `node_modules/.pnpm`.
    pub(crate) virtual_store: &'a str,
    /// The folder of links of every importer, `node_modules`.
    pub(crate) modules_dir: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkLocation {
    /// `node_modules/.pnpm/x@1.0.0`.
    pub(crate) slot: String,
    /// `node_modules/.pnpm/x@1.0.0/node_modules/x`.
    pub(crate) package: String,
    /// `x`.
    pub(crate) name: String,
}

impl LinkLocation {
    /// The folder with the package and the links to its dependencies.
    pub(crate) fn modules(&self) -> String {
        format!("{}/node_modules", self.slot)
    }
}

impl<'a> Locations<'a> {
    pub(crate) fn new(
        closure: &'a Closure,
        dir_names: &DirNameRules,
        virtual_store: &'a str,
        modules_dir: &'a str,
        max_length: usize,
    ) -> Result<Locations<'a>, LayoutError> {
        let mut slots = BTreeMap::new();
        let mut owners: BTreeMap<String, &DepPath> = BTreeMap::new();
        for (dep_path, package) in &closure.packages {
            check_name(dep_path.as_str(), &package.name)?;
            let dir = dir_name(dep_path.as_str(), dir_names, max_length);
            check_component(dep_path.as_str(), &dir)?;
            let slot = format!("{virtual_store}/{dir}");
            if let Some(first) = owners.insert(slot.clone(), dep_path) {
                return Err(LayoutError::SameDirectory {
                    dir: slot,
                    first: first.to_string(),
                    second: dep_path.to_string(),
                });
            }
            let package_dir = format!("{slot}/node_modules/{}", package.name);
            slots.insert(dep_path, LinkLocation { slot, package: package_dir, name: package.name.clone() });
            package.children.iter().try_for_each(|(alias, _)| check_name(dep_path.as_str(), alias))?;
        }
        for (importer, dependencies) in closure.direct.iter().chain(&closure.unlinked) {
            dependencies.iter().try_for_each(|(alias, _)| check_name(importer.as_str(), alias))?;
        }
        Ok(Locations { slots, virtual_store, modules_dir })
    }

    /// The directories of a package of the closure.
    pub(crate) fn of(&self, dep_path: &DepPath) -> Option<&LinkLocation> {
        self.slots.get(dep_path)
    }

    /// The target path of a link to `dependency`.
    pub(crate) fn target(&self, dependency: &Dependency) -> Option<String> {
        match dependency {
            Dependency::Package(dep_path) => self.of(dep_path).map(|place| place.package.clone()),
            Dependency::Link(folder) => Some(folder.as_str().to_owned()),
        }
    }

    /// An importer's folder of links.
    pub(crate) fn modules_of(&self, importer: &ImporterId) -> String {
        importer.path_of(self.modules_dir)
    }

    /// The folder of privately hoisted links.
    pub(crate) fn private_modules(&self) -> String {
        format!("{}/node_modules", self.virtual_store)
    }
}

/// Accepts only `name` and `@scope/name`, so that a hostile lockfile cannot write outside its own `node_modules`.
pub(crate) fn check_name(owner: &str, name: &str) -> Result<(), LayoutError> {
    let scoped = name.strip_prefix('@').and_then(|rest| rest.split_once('/'));
    match scoped {
        Some((scope, bare)) => {
            check_component(owner, scope)?;
            check_component(owner, bare)
        }
        None => check_component(owner, name),
    }
}

/// Whether a workspace package's name is valid as a link name.
pub(crate) fn is_name(name: &str) -> bool {
    check_name("", name).is_ok()
}

fn check_component(owner: &str, name: &str) -> Result<(), LayoutError> {
    let plain = !name.contains(['/', '\\']) && !name.starts_with('.') && LayerPath::new(name).is_ok();
    let refuse = || LayoutError::Name { owner: owner.to_owned(), name: name.to_owned() };
    if plain && name != "node_modules" { Ok(()) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_packages_become_paths() {
        for name in ["x", "@a/b", "$", "x.js", "UPPER", "@a/b.c"] {
            assert!(check_name("o", name).is_ok(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../x",
            "@a/../b",
            "@a/b/c",
            "@/x",
            "x/y",
            "a\\b",
            ".bin",
            ".pnpm",
            "node_modules",
            "@a/",
            "@a/.wh.b",
        ] {
            assert!(check_name("o", name).is_err(), "{name}");
        }
    }
}
