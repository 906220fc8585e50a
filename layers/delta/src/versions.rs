//! Names of folders whose version changed: `a@1.0.0` is now `a@1.0.1`. In: paths of the sources and of the targets.
//! Out: the new name for each old one. A wrong guess costs bytes, but never changes the result.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::content::Content;
use crate::members::walk;
use crate::names::{Names, unversioned};

/// Names of folders with versions, by the part before the version.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    old: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    new: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
}

impl Versions {
    /// Adds the names in a blob that will be expressed as a delta.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn expect(&mut self, content: &Content) -> io::Result<()> {
        let mut names = Names::default();
        walk(content, |member| {
            names.labels(&member.plain, &mut |path| note(&mut self.new, path));
            Ok::<_, io::Error>(true)
        })?;
        Ok(())
    }

    /// Adds a path of a source.
    pub(crate) fn old(&mut self, path: &[u8]) {
        note(&mut self.old, path);
    }

    /// The new name by old name: those that only one side has, in order.
    pub(crate) fn renames(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut renames = BTreeMap::new();
        for (package, old) in &self.old {
            let Some(new) = self.new.get(package) else { continue };
            let pairs = old.difference(new).zip(new.difference(old));
            renames.extend(pairs.map(|(old, new)| (old.clone(), new.clone())));
        }
        renames
    }
}

fn note(names: &mut BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>, path: &[u8]) {
    for component in path.split(|byte| *byte == b'/') {
        let Some(package) = unversioned(component) else { continue };
        match names.get_mut(package) {
            Some(known) if known.contains(component) => {}
            Some(known) => drop(known.insert(component.to_vec())),
            None => drop(names.insert(package.to_vec(), [component.to_vec()].into())),
        }
    }
}
