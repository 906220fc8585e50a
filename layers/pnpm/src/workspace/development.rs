//! Development dependencies that an image contains. In: a workspace, and names of `devDependencies` by package. Out:
//! the workspace as if each package.json had these among its `dependencies`, with the same lockfile entries. It does
//! not know who asks for them, or why.
//!
//! The graph below a dependency is the same in either list. So only the package's lists change, in its package.json and
//! in its importer. A package that others use as a copy (`dependenciesMeta.injected`) has its own snapshot, made
//! without `devDependencies`. The lockfile does not contain the peers of those, so such a package is an error.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Inputs as _, Key};
use serde_json::{Map, Value};

use super::{ImporterId, Workspace, distance};
use crate::{DepPath, Manifest, PnpmError, Resolution};

/// Names of `devDependencies`, by the folder of the package.
pub type DevelopmentNames = BTreeMap<String, BTreeSet<String>>;

fourply_blob::inputs! {
    /// Everything derived from a lockfile with other lists of dependencies.
    struct MovedInputs<'a>: "lockfile with development dependencies", rules 1 {
        lockfile: &'a Key,
        names: &'a DevelopmentNames,
    }
}

impl Workspace {
    /// Moves these development dependencies to `dependencies`; see the module.
    ///
    /// # Errors
    /// A folder that is not a package; a name that is not in its `devDependencies` or not in the lockfile; a package
    /// that others use as a copy.
    pub fn with_development(mut self, names: &DevelopmentNames) -> Result<Workspace, PnpmError> {
        for (folder, names) in names {
            let id = self.importer(folder)?;
            self.check_not_copied(&id)?;
            names.iter().try_for_each(|name| self.take_along(&id, name))?;
        }
        if !names.is_empty() {
            self.lockfile_text_key = MovedInputs { lockfile: &self.lockfile_text_key, names }.key();
        }
        Ok(self)
    }

    /// The development dependency that provides this command, judged by its name: `tsx`, or `@scope/tsx` and
    /// `@scope-tsx` among packages that have commands according to the lockfile.
    pub fn development_command(&self, id: &ImporterId, command: &str) -> Option<String> {
        let manifest = self.manifests.get(id)?;
        if manifest.dev_dependencies.contains_key(command) {
            return Some(command.to_owned());
        }
        let locked = &self.lockfile.importers.get(id)?.dev_dependencies;
        let has_bin = |name: &str| {
            let path = DepPath::from_reference(name, &locked.get(name)?.version)?;
            self.lockfile.info(&path).map(|info| info.has_bin)
        };
        let fits = |name: &&String| {
            let words = name.strip_prefix('@').and_then(|rest| rest.split_once('/'));
            words.is_some_and(|(scope, rest)| rest == command || format!("{scope}-{rest}") == command)
        };
        manifest.dev_dependencies.keys().filter(fits).find(|name| has_bin(name) == Some(true)).cloned()
    }

    fn check_not_copied(&self, id: &ImporterId) -> Result<(), PnpmError> {
        let copies = self.lockfile.packages.values().any(|info| match &info.resolution {
            Resolution::Directory { path } => ImporterId::new(path).as_ref() == Some(id),
            _ => false,
        });
        if copies { Err(PnpmError::DevelopmentOfCopy { importer: id.clone() }) } else { Ok(()) }
    }

    fn take_along(&mut self, id: &ImporterId, name: &str) -> Result<(), PnpmError> {
        let missing = || PnpmError::MissingEntry { from: id.to_string(), missing: name.to_owned() };
        let manifest = self.manifests.get_mut(id).ok_or_else(missing)?;
        let production =
            manifest.dependencies.contains_key(name) || manifest.optional_dependencies.contains_key(name);
        if production {
            return Err(PnpmError::InProduction { importer: id.clone(), name: name.to_owned() });
        }
        let Some(specifier) = manifest.dev_dependencies.remove(name) else {
            return Err(no_development(id, manifest, name));
        };
        manifest.dependencies.insert(name.to_owned(), specifier.clone());
        move_in_text(&mut manifest.raw, name, specifier);
        let importer = self.lockfile.importers.get_mut(id).ok_or_else(missing)?;
        let entry = importer.dev_dependencies.remove(name).ok_or_else(missing)?;
        importer.dependencies.insert(name.to_owned(), entry);
        Ok(())
    }
}

/// Moves an entry in package.json's fields. Their order decides the order in which workspace packages are walked.
fn move_in_text(raw: &mut Value, name: &str, specifier: String) {
    if let Some(list) = raw.get_mut("devDependencies").and_then(Value::as_object_mut) {
        list.shift_remove(name);
    }
    let Some(fields) = raw.as_object_mut() else { return };
    let list = fields.entry("dependencies").or_insert_with(|| Value::Object(Map::new()));
    if let Some(list) = list.as_object_mut() {
        list.insert(name.to_owned(), Value::String(specifier));
    }
}

fn no_development(id: &ImporterId, manifest: &Manifest, name: &str) -> PnpmError {
    let known = manifest.dev_dependencies.keys();
    let near = known.clone().map(|other| (distance(other, name), other)).min();
    let limit = (name.chars().count() / 3).clamp(1, 3);
    PnpmError::NoDevelopment {
        importer: id.clone(),
        name: name.to_owned(),
        known: known.cloned().collect(),
        suggestion: near.filter(|(distance, _)| *distance <= limit).map(|(_, other)| other.clone()),
    }
}

#[cfg(test)]
mod tests;
