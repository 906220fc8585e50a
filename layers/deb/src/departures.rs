//! Packages of a base that are replaced. Comes in: the plan with the new package's files. Goes out: the plan without what only the old one
//! had. Configuration files stay, and are noted as obsolete; folders go where nothing is in them.

use std::collections::BTreeSet;

use fourply_rootfs::TreeKind;

use crate::installed::InstalledDebs;
use crate::plan::DebPlan;
use crate::scan::Scanned;

impl DebPlan<'_> {
    /// Takes out what the base's package of the same name has and this one has not.
    pub(crate) fn leave(&mut self, number: usize, package: &Scanned) {
        let name = &package.pin.name;
        let Some(base) = self.base.filter(|base| base.packages.iter().any(|known| *known.name == **name))
        else {
            return;
        };
        self.gone.insert(name.clone());
        let new =
            package.items.iter().filter_map(|item| self.tree.real_path(base.diverted(&item.path, name)));
        let new: BTreeSet<String> = new.collect();
        let mut folders = Vec::new();
        let mut files = Vec::new();
        for path in base.paths(name).filter(|path| !new.contains(*path) && !base.is_others(path, &self.gone))
        {
            match self.tree.entries.get(path).map(|entry| &entry.kind) {
                Some(TreeKind::Directory) => folders.push(path.clone()),
                // What is merged into /usr is a link that no package has, though its list names it.
                Some(TreeKind::Symlink(_)) if !path.contains('/') => {}
                Some(_) if self.claims.owner(path).is_none() => files.push(path.clone()),
                _ => {}
            }
        }
        for path in files {
            match obsolete(base, name, &path) {
                Some(sum) => self.obsolete.entry(number).or_default().push((path, sum)),
                None => self.take_out(path),
            }
        }
        // The innermost first: a folder may be empty without it.
        for path in folders.into_iter().rev() {
            let range = format!("{path}/")..format!("{path}0");
            if self.tree.entries.range(range).next().is_none() {
                self.take_out(path);
            }
        }
    }

    fn take_out(&mut self, path: String) {
        self.tree.entries.remove(&path);
        self.removed.insert(path);
    }

    /// What layers have to hide of the base, without what lies in such a folder.
    pub(crate) fn whiteouts(&self) -> Vec<&String> {
        let hidden = |path: &&String| !self.tree.entries.contains_key(*path);
        let all: Vec<&String> = self.removed.iter().filter(hidden).collect();
        let above = |path: &str| {
            path.match_indices('/')
                .filter_map(|(end, _)| path.get(..end))
                .any(|folder| self.removed.contains(folder) && !self.tree.entries.contains_key(folder))
        };
        all.into_iter().filter(|path| !above(path)).collect()
    }
}

/// The MD5 of a configuration file that the base's package had.
fn obsolete(base: &InstalledDebs<'_>, name: &str, path: &str) -> Option<String> {
    base.conffiles(name)?.get(path).cloned()
}
