//! What git says of files. In: paths that changed. Out: those of them that stand for other files of a service: submodules, and attributes by which git
//! converts files.

use std::collections::BTreeSet;
use std::ops::Bound;

use fourply_pnpm::ImporterId;

use super::side::{ServiceState, importers};
use crate::revision::ATTRIBUTES;

/// See the module.
pub(super) struct Compared {
    pub changed: BTreeSet<String>,
    /// Repositories in folders of this one, on one side or both: git tells them as a whole.
    pub submodules: BTreeSet<String>,
    /// Files of attributes above the workspace that changed, as seen from its root.
    pub attributes_above: BTreeSet<String>,
}

impl Compared {
    /// The changed paths that concern files of a service without naming them. `packages` are those of the workspace on both sides.
    pub(super) fn standing_for_others(
        &self,
        packages: &BTreeSet<ImporterId>,
        states: &[&ServiceState],
    ) -> BTreeSet<&str> {
        let submodules = self.submodules.iter().filter(|path| self.changed.contains(*path));
        let submodules = submodules.filter(|path| may_hold_inputs(path, packages, states));
        let has_inputs = |folder: &str| states.iter().any(|state| has_below(state, folder));
        let attributes = self.changed.iter().filter(|path| attributes_folder(path).is_some_and(has_inputs));
        let above = self.attributes_above.iter().filter(|_| has_inputs(""));
        submodules.chain(attributes).chain(above).map(String::as_str).collect()
    }

    /// Whether a changed path is a submodule around `file`, or attributes that may apply to it.
    pub(super) fn concerns(&self, changed: &str, file: &str) -> bool {
        let is_around = || self.submodules.contains(changed) && is_inside(file, changed);
        attributes_folder(changed).is_some_and(|folder| file.starts_with(folder)) || is_around()
    }
}

/// Whether files of a submodule may be inputs of a service. Its files are not known: an old state never has them. So one outside of packages counts
/// for every service.
fn may_hold_inputs(path: &str, packages: &BTreeSet<ImporterId>, states: &[&ServiceState]) -> bool {
    let takes_part = |folder: &str| {
        states.iter().any(|state| {
            has_below(state, &format!("{folder}/"))
                || importers(state)
                    .iter()
                    .any(|package| package.as_str() == folder || is_inside(package.as_str(), folder))
        })
    };
    let is_around = |package: &&ImporterId| package.as_str() == path || is_inside(path, package.as_str());
    let owner = packages.iter().filter(is_around).max_by_key(|package| package.as_str().len());
    match owner {
        Some(owner) if !owner.is_root() => {
            takes_part(owner.as_str())
                || takes_part(path)
                || states.iter().any(|state| state.takes_files_of_others)
        }
        _ => true,
    }
}

/// Whether a service has an input whose path begins with `folder`, which is empty or ends with `/`.
fn has_below(state: &ServiceState, folder: &str) -> bool {
    let from: (Bound<&str>, Bound<&str>) = (Bound::Included(folder), Bound::Unbounded);
    state.inputs.files.range::<str, _>(from).next().is_some_and(|path| path.starts_with(folder))
}

/// The folder that a file of attributes applies to: empty, or with `/` at its end.
fn attributes_folder(path: &str) -> Option<&str> {
    path.strip_suffix(ATTRIBUTES).filter(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// Whether a path is below a folder, and not the folder itself.
pub(super) fn is_inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
