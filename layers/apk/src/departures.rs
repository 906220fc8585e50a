//! Packages of the base that are no longer needed. In: the new packages, and the world. Out: the numbers of the
//! packages to remove.

use std::collections::BTreeSet;

use crate::dependency::ApkDependency;
use crate::error::{ApkError, Result};
use crate::installed::InstalledApks;
use crate::record::ApkRecord;
use crate::scan::Scanned;
use crate::solve::{ApkCandidate, Problem, solve};

/// The base's packages that nothing needs after the new ones are installed and the world has changed.
///
/// # Errors
/// If the packages conflict.
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
    let chosen = solve(&problem).map_err(|reason| ApkError::Unsatisfied { reason, absent: None })?;
    let chosen: BTreeSet<usize> = chosen.into_iter().collect();
    let goes = |(at, (number, _)): (usize, &(usize, &ApkRecord))| (!chosen.contains(&at)).then_some(*number);
    Ok(staying.iter().enumerate().filter_map(goes).collect())
}

/// A package in the form of an index.
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
