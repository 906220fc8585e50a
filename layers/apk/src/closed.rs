//! Checks that a named list of packages is complete. In: scanned packages, their base, and a world. Out: nothing, or
//! the missing packages: a list in a lock file may have lost a line in a merge.

use std::collections::BTreeMap;

use crate::dependency::ApkDependency;
use crate::error::{ApkError, Result};
use crate::installed::InstalledApks;
use crate::scan::Scanned;

/// Each name that a package has or provides, with the versions.
type Names = BTreeMap<String, Vec<Option<String>>>;

/// Checks that all dependencies exist. Conflicts are not checked: the solver ensured that there are none.
///
/// # Errors
/// [`ApkError::Incomplete`].
pub(crate) fn check(packages: &[Scanned], installed: &InstalledApks<'_>, world: &[String]) -> Result<()> {
    let names = names(packages, installed);
    let mut missing = Vec::new();
    let asked =
        world.iter().filter_map(|word| Some(("it is asked for".to_owned(), ApkDependency::parse(word)?)));
    let needed = packages.iter().flat_map(|package| {
        let info = &package.control.info;
        let depends = ApkDependency::parse_all(&info.depends.join(" ")).unwrap_or_default();
        depends.into_iter().map(|dependency| (format!("{} needs it", info.name), dependency))
    });
    for (who, dependency) in asked.chain(needed).filter(|(_, dependency)| !dependency.conflict) {
        let provided = names.get(&dependency.name).into_iter().flatten();
        if !provided.map(Option::as_deref).any(|version| dependency.admits(Some(version))) {
            missing.push(format!("{dependency} ({who})"));
        }
    }
    missing.sort();
    missing.dedup();
    if missing.is_empty() { Ok(()) } else { Err(ApkError::Incomplete { missing }) }
}

fn names(packages: &[Scanned], installed: &InstalledApks<'_>) -> Names {
    let mut names = Names::new();
    let mut put = |name: &str, version: Option<&str>| {
        names.entry(name.to_owned()).or_default().push(version.map(str::to_owned));
    };
    for package in packages {
        let info = &package.control.info;
        put(&info.name, Some(&info.version));
        let provides = ApkDependency::parse_all(&info.provides.join(" ")).unwrap_or_default();
        provides.iter().for_each(|provided| put(&provided.name, provided.provided()));
    }
    for record in installed.records() {
        put(&record.name, Some(&record.version));
        record.provides.iter().for_each(|provided| put(&provided.name, provided.provided()));
    }
    names
}
