//! The order in which apt has dpkg configure packages. In: new packages, and the base's packages. Out: the numbers of
//! the new ones in that order. apt first configures essential packages and pre-dependencies, with their dependencies.
//! All others are one run of `dpkg --configure --pending`: it follows its table of names, and moves a package that
//! waits for another one to the end of its queue (<https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/src/main/packages.c>,
//! `enqueue_pending`). Compared with a run of 55 packages by apt 2.6.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::index::DebPackage;
use crate::relation;
use crate::scan::Scanned;

/// The size of dpkg's table of package names.
const NAMES: u32 = 65_521;
/// The size of dpkg's table of paths.
pub(crate) const PATHS: u32 = 262_139;

/// The position of a name in one of dpkg's tables: by 32-bit FNV-1a.
pub(crate) fn place(name: &str, size: u32) -> u32 {
    name.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
        % size
}

/// The numbers of the packages, in the order in which they are configured.
pub(crate) fn order(packages: &[Scanned], base: &[DebPackage]) -> Vec<usize> {
    let needs = Needs::of(packages, base);
    let mut order = needs.first(packages);
    let mut done: BTreeSet<usize> = order.iter().copied().collect();
    let mut left: Vec<usize> = (0..packages.len()).filter(|number| !done.contains(number)).collect();
    let name =
        |number: &usize| packages.get(*number).map(|package| package.pin.name.as_str()).unwrap_or_default();
    left.sort_by_key(|number| (place(name(number), NAMES), name(number)));
    let mut queue = VecDeque::from(left);
    let mut waited = 0;
    while let Some(number) = queue.pop_front() {
        // All remaining packages wait for each other: one of them begins.
        if needs.are_met(number, &done) || waited > queue.len() {
            order.push(number);
            done.insert(number);
            waited = 0;
        } else {
            queue.push_back(number);
            waited += 1;
        }
    }
    order
}

/// The dependencies that each package waits for: one of each group. A group that the base satisfies is left out.
struct Needs {
    all: Vec<Vec<Vec<usize>>>,
    before: Vec<Vec<Vec<usize>>>,
}

impl Needs {
    fn of(packages: &[Scanned], base: &[DebPackage]) -> Self {
        let mut offered: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, package) in packages.iter().enumerate() {
            offered.entry(&package.pin.name).or_default().push(number);
            let provided = package.control.paragraph.get("Provides").unwrap_or_default();
            for relation in relation::parse(provided).unwrap_or_default().into_iter().flatten() {
                offered.entry(relation.name).or_default().push(number);
            }
        }
        let is_new: BTreeSet<&str> = packages.iter().map(|package| package.pin.name.as_str()).collect();
        let mut there = BTreeSet::new();
        for package in base.iter().filter(|package| !is_new.contains(&*package.name)) {
            there.insert(&*package.name);
            let provided = relation::parse(&package.provides).unwrap_or_default();
            there.extend(provided.into_iter().flatten().map(|relation| relation.name));
        }
        let of = |fields: &[&str]| {
            let groups = |package: &Scanned| {
                let mut groups = Vec::new();
                for value in fields.iter().filter_map(|field| package.control.paragraph.get(field)) {
                    for group in relation::parse(value).unwrap_or_default() {
                        if group.iter().any(|relation| there.contains(relation.name)) {
                            continue;
                        }
                        let names = group.iter().filter_map(|relation| offered.get(relation.name));
                        groups.push(names.flatten().copied().collect::<Vec<usize>>());
                    }
                }
                groups.retain(|group| !group.is_empty());
                groups
            };
            packages.iter().map(groups).collect()
        };
        Self { all: of(&["Depends", "Pre-Depends"]), before: of(&["Pre-Depends"]) }
    }

    fn are_met(&self, number: usize, done: &BTreeSet<usize>) -> bool {
        let groups = self.all.get(number).map(Vec::as_slice).unwrap_or_default();
        groups.iter().all(|group| group.iter().any(|other| *other == number || done.contains(other)))
    }

    /// Essential packages and pre-dependencies, each after its dependencies.
    fn first(&self, packages: &[Scanned]) -> Vec<usize> {
        let mut by_name: Vec<(&str, usize)> = packages
            .iter()
            .enumerate()
            .map(|(number, package)| (package.pin.name.as_str(), number))
            .collect();
        by_name.sort_unstable();
        let is_essential = |number: &usize| {
            let package = packages.get(*number);
            package.is_some_and(|package| package.control.paragraph.get("Essential") == Some("yes"))
        };
        let numbers = by_name.into_iter().map(|(_, number)| number);
        let mut starts: Vec<usize> = numbers.clone().filter(is_essential).collect();
        let before = |number| self.before.get(number).map(Vec::as_slice).unwrap_or_default();
        starts.extend(numbers.flat_map(before).filter_map(|group| group.first().copied()));
        let (mut ordered, mut seen) = (Vec::new(), BTreeSet::new());
        for start in starts {
            // Without recursion: a package is finished once all of its dependencies are.
            let mut open = vec![(start, false)];
            while let Some((number, done)) = open.pop() {
                if done {
                    ordered.push(number);
                } else if seen.insert(number) {
                    open.push((number, true));
                    let groups = self.all.get(number).map(Vec::as_slice).unwrap_or_default();
                    open.extend(
                        groups.iter().rev().filter_map(|group| group.first()).map(|next| (*next, false)),
                    );
                }
            }
        }
        ordered
    }
}

#[cfg(test)]
mod tests;
