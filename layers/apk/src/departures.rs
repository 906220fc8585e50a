//! Packages of the base that are replaced or not needed any more. Comes in: the packages that come in, and what the world asks for. Goes out:
//! the numbers of those that go; the plan without their files. Source: apk-tools 2.14, `apk_db_purge_pkg`: a protected file that was changed
//! stays, all others go, and then the folders that no package has, if nothing is in them.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::TreeKind;

use crate::dependency::ApkDependency;
use crate::error::{ApkError, Result};
use crate::installed::InstalledApks;
use crate::plan::ApkPlan;
use crate::record::ApkRecord;
use crate::scan::{Scanned, What};
use crate::solve::{ApkCandidate, Problem, solve};

/// The base's packages that nothing needs once the new ones are there, as the world is then.
///
/// # Errors
/// Where the packages do not go together.
pub(crate) fn unneeded(
    installed: &InstalledApks<'_>,
    packages: &[Scanned],
    world: &[ApkDependency],
) -> Result<BTreeSet<usize>> {
    let new: BTreeSet<&str> = packages.iter().map(|package| package.pin.name.as_str()).collect();
    let stay = |(_, record): &(usize, &ApkRecord)| !new.contains(record.name.as_str());
    let staying: Vec<(usize, &ApkRecord)> = installed.records().iter().enumerate().filter(stay).collect();
    let of_base = staying.iter().map(|(_, record)| Ok((*record).clone()));
    let records = of_base.chain(packages.iter().map(record)).collect::<Result<Vec<_>>>()?;
    let candidate =
        |record| ApkCandidate { record, repositories: BTreeSet::new(), installed: true, preferred: false };
    let candidates: Vec<ApkCandidate> = records.into_iter().map(candidate).collect();
    let problem = Problem { candidates: &candidates, tags: &[], world };
    let chosen = solve(&problem).map_err(|reason| ApkError::Unsatisfied { reason })?;
    let chosen: BTreeSet<usize> = chosen.into_iter().collect();
    let goes = |(at, (number, _)): (usize, &(usize, &ApkRecord))| (!chosen.contains(&at)).then_some(*number);
    Ok(staying.iter().enumerate().filter_map(goes).collect())
}

/// A package as an index would have it.
fn record(package: &Scanned) -> Result<ApkRecord> {
    let info = &package.control.info;
    let words = |words: &[String]| {
        let wrong = |reason: String| ApkError::package(&package.apk.name, ".PKGINFO", reason);
        ApkDependency::parse_all(&words.join(" ")).map_err(wrong)
    };
    Ok(ApkRecord {
        name: info.name.clone(),
        version: info.version.clone(),
        architecture: info.architecture.clone(),
        size: package.pin.size,
        identity: Some(package.pin.identity),
        origin: info.origin.clone(),
        depends: words(&info.depends)?,
        provides: words(&info.provides)?,
        install_if: words(&info.install_if)?,
        priority: info.priority,
        replaces: words(&info.replaces)?,
        replaces_priority: info.replaces_priority,
    })
}

impl ApkPlan<'_> {
    /// Takes out what only this package of the base has; `present` are the packages that came in so far.
    pub(crate) fn leave(&mut self, number: usize, present: &[Scanned]) {
        let files = self.installed.files.files.iter().filter(|(_, file)| file.package == number);
        let goes = |real: &&String| {
            let entry = self.tree.entries.get(*real);
            let is_file = entry.is_some_and(|entry| entry.kind != TreeKind::Directory);
            is_file
                && self.claims.owner(real).is_none()
                && !self.taken.contains(*real)
                && !self.was_changed(real)
        };
        let gone: Vec<String> = files.map(|(real, _)| real).filter(goes).cloned().collect();
        for real in &gone {
            self.tree.entries.remove(real);
        }
        self.gone.insert(number);
        self.leave_folders(number, present);
    }

    /// Whether a file is protected and not as its package had it.
    fn was_changed(&self, real: &str) -> bool {
        let folder = real.rsplit_once('/').map_or("", |(folder, _)| folder);
        let expected = self.installed_sha1(real);
        self.protected.holds(folder) && (expected.is_none() || expected != self.installed.found(real))
    }

    fn leave_folders(&mut self, number: usize, present: &[Scanned]) {
        let all = &self.installed.files.folders;
        let staying = all.iter().enumerate().filter(|(number, _)| !self.gone.contains(number));
        let of_base = staying.flat_map(|(_, folders)| folders.iter().cloned());
        let of_new = present.iter().flat_map(|package| &package.items);
        let of_new = of_new.filter(|item| item.what == What::Directory);
        let of_new = of_new.filter_map(|item| Some(self.tree.lookup(&item.path)?.0.to_owned()));
        let mut needed = BTreeSet::new();
        for folder in of_base.chain(of_new) {
            let ends = folder.match_indices('/').map(|(end, _)| end).chain([folder.len()]);
            needed.extend(ends.filter_map(|end| folder.get(..end)).map(str::to_owned));
        }
        let left = all.get(number).into_iter().flatten().filter(|folder| !needed.contains(*folder));
        // The innermost first: a folder may be empty without it.
        let left: Vec<String> = left.rev().cloned().collect();
        for folder in left {
            let is_folder =
                self.tree.entries.get(&folder).is_some_and(|entry| entry.kind == TreeKind::Directory);
            if is_folder && self.is_empty(&folder) {
                self.tree.entries.remove(&folder);
                self.folders.remove(&folder);
            }
        }
    }

    /// What the base has and the image has no more, without what lies in such a folder.
    pub(crate) fn whiteouts(&self) -> Vec<String> {
        let mut hidden: BTreeMap<&str, ()> = BTreeMap::new();
        for path in self.installed.rootfs.entries.keys().filter(|path| !self.tree.entries.contains_key(*path))
        {
            let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
            if !above.into_iter().any(|folder| hidden.contains_key(folder)) {
                hidden.insert(path, ());
            }
        }
        hidden.into_keys().map(str::to_owned).collect()
    }
}
