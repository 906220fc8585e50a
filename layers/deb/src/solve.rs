//! Resolves the packages of a base. In: an index and the requested packages. Out: these and all of their dependencies,
//! sorted by name. The method is greedy, as in apt on an empty system: the highest matching version, the first
//! available alternative, no backtracking.
//!
//! Dependencies of maintainer scripts are left out, because no script runs here ([`SCRIPTS_ONLY`]). Such a package is
//! included if it is requested by name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::error::{DebianError, DebianRemedy, Result};
use crate::index::{DebPackage, PackageIndex};
use crate::relation::{self, Relation};
use crate::version::compare;

/// Dependencies that only maintainer scripts need: (package, its dependency), with `*` for any package. Taken from the
/// scripts of Debian 12 and 13.
pub(crate) const SCRIPTS_ONLY: &[(&str, &str)] = &[
    // Questions at installation.
    ("*", "debconf"),
    ("*", "debconf-2.0"),
    ("*", "cdebconf"),
    // Users, files, services and alternatives that are registered at installation.
    ("*", "adduser"),
    ("*", "dpkg"),
    ("*", "init-system-helpers"),
    ("*", "install-info"),
    ("*", "lsb-base"),
    ("*", "opensysusers"),
    ("*", "systemd-sysusers"),
    ("*", "systemd-standalone-sysusers"),
    ("*", "ucf"),
    ("*", "update-inetd"),
    // base-files pre-depends on awk for its postinst.
    ("base-files", "awk"),
    // ca-certificates computes the names of links in /etc/ssl/certs with openssl; the bundle needs none.
    ("ca-certificates", "openssl"),
];

/// The starting point of a solution.
#[derive(Clone, Copy, Default)]
pub(crate) struct SolveOn<'i> {
    /// The installed packages.
    pub installed: &'i [DebPackage],
    /// Sorted names and versions of an earlier solution: while they match, they are preferred to newer ones.
    pub preferred: &'i [(&'i str, &'i str)],
    /// Whether an installed package may be replaced if a new one needs another version of it. Otherwise it stays.
    pub upgrade: bool,
}

/// Finds the packages that are not installed yet.
///
/// # Errors
/// [`DebianError::Unsatisfied`] if a package does not exist, conflicts with another one, or needs another version of an
/// installed package.
pub(crate) fn solve<'i>(
    index: &'i PackageIndex,
    base: SolveOn<'i>,
    wanted: &[String],
    dependencies: bool,
) -> Result<Vec<&'i DebPackage>> {
    let SolveOn { installed, preferred, upgrade } = base;
    let chosen = installed.iter().map(|package| (&*package.name, package)).collect();
    let mut solver = Solver { index, installed, upgrade, preferred, chosen, queue: VecDeque::new() };
    for request in wanted {
        solver.want(request)?;
    }
    loop {
        while let Some(package) = solver.queue.pop_front().filter(|_| dependencies) {
            solver.need(package, wanted)?;
        }
        // A replacement may break other packages, which are replaced in turn.
        if !solver.follow()? {
            break;
        }
    }
    solver.check_conflicts()?;
    let Solver { chosen, .. } = solver;
    let new = chosen.into_values().filter(|package| !is_one_of(package, installed));
    Ok(new.collect())
}

fn is_one_of(package: &DebPackage, installed: &[DebPackage]) -> bool {
    installed.iter().any(|known| std::ptr::eq(known, package))
}

struct Solver<'i> {
    index: &'i PackageIndex,
    installed: &'i [DebPackage],
    /// Whether installed packages may be replaced.
    upgrade: bool,
    preferred: &'i [(&'i str, &'i str)],
    chosen: BTreeMap<&'i str, &'i DebPackage>,
    queue: VecDeque<&'i DebPackage>,
}

impl<'i> Solver<'i> {
    /// Requests a package by name, or by `name=version`.
    fn want(&mut self, request: &str) -> Result<()> {
        let (name, version) =
            request.split_once('=').map_or((request, None), |(name, version)| (name, Some(version)));
        let version = version.map(|version| (relation::Operator::Equal, version));
        let relation = Relation { name, qualifier: None, version };
        if self.chosen.get(name).is_some_and(|chosen| relation.admits(Some(&chosen.version))) {
            return Ok(());
        }
        let found = self.highest(&relation).ok_or_else(|| self.absent(&relation))?;
        self.choose(found, "it is wanted by name")
    }

    fn need(&mut self, package: &'i DebPackage, wanted: &[String]) -> Result<()> {
        let groups = relation::parse(&package.depends).map_err(|reason| DebianError::Unsatisfied {
            reason: format!("{}: {reason}", package.name),
            remedy: None,
        })?;
        for group in groups {
            if self.satisfied(&group) || (is_for_scripts(package, &group) && !is_wanted(&group, wanted)) {
                continue;
            }
            let found = group.iter().find_map(|relation| self.candidate(relation)).ok_or_else(|| {
                let alternatives: Vec<String> = group.iter().map(|relation| self.shown(relation)).collect();
                let reason = format!("{} needs {}", package.name, alternatives.join(" or "));
                DebianError::Unsatisfied { reason, remedy: None }
            })?;
            self.choose(found, &format!("{} needs it", package.name))?;
        }
        Ok(())
    }

    fn choose(&mut self, package: &'i DebPackage, why: &str) -> Result<()> {
        let replaces = |other: &DebPackage| self.upgrade && is_one_of(other, self.installed);
        let before = self.chosen.get(&*package.name).copied().filter(|other| *other != package);
        let refused = before.filter(|other| !replaces(other));
        self.chosen.insert(&package.name, package);
        if let Some(other) = refused {
            let (name, first, second) = (&package.name, &other.version, &package.version);
            let reason = format!("{name} would have to be both {first} and {second} ({why})");
            return Err(DebianError::Unsatisfied { reason, remedy: None });
        }
        self.queue.push_back(package);
        Ok(())
    }

    /// Replaces installed packages that new packages break, by their dependencies or by `Breaks`. Returns whether there
    /// were any.
    fn follow(&mut self) -> Result<bool> {
        if !self.upgrade {
            return Ok(false);
        }
        let broken: Vec<&DebPackage> =
            self.installed.iter().filter(|package| self.is_broken(package)).collect();
        let found = !broken.is_empty();
        for package in broken {
            let relation = Relation { name: &package.name, qualifier: None, version: None };
            let newest =
                self.highest(&relation).filter(|found| compare(&found.version, &package.version).is_gt());
            let newest = newest.ok_or_else(|| {
                let reason = format!("the base's {} {} would be broken", package.name, package.version);
                DebianError::Unsatisfied { reason, remedy: Some(DebianRemedy::LeaveOneOut) }
            })?;
            self.choose(newest, "the base's is broken by what is new")?;
        }
        Ok(found)
    }

    /// Whether a remaining installed package has lost a dependency, or is broken by a new package.
    fn is_broken(&self, package: &'i DebPackage) -> bool {
        let stays = self.chosen.get(&*package.name).is_some_and(|chosen| std::ptr::eq(*chosen, package));
        let groups = relation::parse(&package.depends).unwrap_or_default();
        let had = |group: &[Relation<'_>]| {
            group.iter().any(|relation| self.installed.iter().any(|known| is_meant(relation, known)))
        };
        let lost = || groups.iter().any(|group| had(group) && !self.satisfied(group));
        let clashes = |new: &&DebPackage| {
            let relations = relation::parse(&new.conflicts).unwrap_or_default();
            relations.iter().flatten().any(|relation| new.name != package.name && is_meant(relation, package))
        };
        let new = || self.chosen.values().copied().filter(|new| !is_one_of(new, self.installed));
        stays && (lost() || new().any(|new| clashes(&new)))
    }

    fn satisfied(&self, group: &[Relation<'_>]) -> bool {
        group.iter().any(|relation| self.chosen.values().any(|package| is_meant(relation, package)))
    }

    /// apt's choice for one alternative: the package of that name, otherwise the most important provider, the first by
    /// name if there are several.
    fn candidate(&self, relation: &Relation<'_>) -> Option<&'i DebPackage> {
        let real = self.highest(relation);
        let providers = self.index.providing(relation.name).filter(|package| is_meant(relation, package));
        let better = |one: &&DebPackage, other: &&DebPackage| {
            let preferred = self.is_preferred(other).cmp(&self.is_preferred(one));
            let order = preferred.then((one.priority, &one.name).cmp(&(other.priority, &other.name)));
            order.then_with(|| compare(&other.version, &one.version))
        };
        real.or_else(|| providers.min_by(better))
    }

    fn is_preferred(&self, package: &DebPackage) -> bool {
        self.preferred.binary_search(&(&*package.name, &*package.version)).is_ok()
    }

    /// The preferred version, if it matches; otherwise the highest matching one. If several sources have it, the first
    /// one.
    fn highest(&self, relation: &Relation<'_>) -> Option<&'i DebPackage> {
        let fits = |package: &&DebPackage| {
            relation.admits(Some(&package.version)) && relation.admits_architecture(&package.architecture)
        };
        let versions = self.index.named(relation.name).filter(fits);
        versions.reduce(|best, next| {
            let order = self.is_preferred(next).cmp(&self.is_preferred(best));
            if order.then_with(|| compare(&next.version, &best.version)).is_gt() { next } else { best }
        })
    }

    fn check_conflicts(&self) -> Result<()> {
        for package in self.chosen.values() {
            let relations = relation::parse(&package.conflicts).unwrap_or_default();
            for relation in relations.into_iter().flatten() {
                let others = self.chosen.values().filter(|other| other.name != package.name);
                let old = |package: &DebPackage| is_one_of(package, self.installed);
                let clashes =
                    |other: &&&DebPackage| is_meant(&relation, other) && !(old(package) && old(other));
                if let Some(other) = others.into_iter().find(clashes) {
                    let reason =
                        format!("{} cannot be together with {} {}", package.name, other.name, other.version);
                    return Err(DebianError::Unsatisfied { reason, remedy: Some(DebianRemedy::LeaveOneOut) });
                }
            }
        }
        Ok(())
    }

    fn absent(&self, relation: &Relation<'_>) -> DebianError {
        let mut providers: Vec<String> =
            self.index.providing(relation.name).map(|package| package.name.to_string()).collect();
        providers.sort_unstable();
        providers.dedup();
        let remedy = match providers.is_empty() {
            true => {
                DebianRemedy::CheckName { name: relation.name.to_owned(), alike: self.alike(relation.name) }
            }
            false => DebianRemedy::NameProvider { providers },
        };
        let reason = format!("there is no {}", self.shown(relation));
        DebianError::Unsatisfied { reason, remedy: Some(remedy) }
    }

    /// Similar names: the same beginning as `name`, and a similar length.
    fn alike(&self, name: &str) -> Vec<String> {
        let names = self.index.all().map(|package| &*package.name);
        let is_alike = |other: &&str| {
            other.chars().next() == name.chars().next() && other.len().abs_diff(name.len()) < 4
        };
        names.filter(is_alike).collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
    }

    /// A relation, and the version that exists instead.
    fn shown(&self, relation: &Relation<'_>) -> String {
        let any = Relation { version: None, ..relation.clone() };
        match self.highest(&any) {
            Some(package) => format!("{relation}, the archive has {}", package.version),
            None => relation.to_string(),
        }
    }
}

/// Whether the package is the one in a relation, or provides it.
fn is_meant(relation: &Relation<'_>, package: &DebPackage) -> bool {
    if !relation.admits_architecture(&package.architecture) {
        return false;
    }
    let by_name = *package.name == *relation.name && relation.admits(Some(&package.version));
    by_name || package.provides(relation.name).is_some_and(|version| relation.admits(version))
}

fn is_for_scripts(package: &DebPackage, group: &[Relation<'_>]) -> bool {
    let listed = |relation: &Relation<'_>| {
        let mut rules = SCRIPTS_ONLY.iter();
        rules.any(|(needs, needed)| (*needs == "*" || **needs == *package.name) && *needed == relation.name)
    };
    group.iter().any(listed)
}

fn is_wanted(group: &[Relation<'_>], wanted: &[String]) -> bool {
    let name = |request: &str| request.split('=').next().map(str::to_owned);
    group.iter().any(|relation| wanted.iter().any(|request| name(request).as_deref() == Some(relation.name)))
}

#[cfg(test)]
mod tests;
