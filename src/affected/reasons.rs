//! Why one service is affected. In: what decides its image on both sides, the paths that git says changed. Out: reasons, the plainest first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fourply_pnpm::{Closure, DepPath, Dependency, ImporterId};

use super::compared::{Compared, is_inside};
use super::differing::differing;
use super::settings::{GROUPS, ServiceSettings};
use super::side::{ImageState, ServiceState, Side, importers};

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// The service is not in the workspace before.
    New,
    /// The side before cannot be read.
    Unreadable,
    /// A key of `fourply.toml`, or a table of which only the effect differs.
    Setting { key: String },
    /// What the base is made of, by `fourply.lock`.
    Lock { change: String },
    /// A package that is installed.
    Package {
        name: String,
        before: Option<String>,
        after: Option<String>,
        /// From the service to the package: folders and names.
        via: Vec<String>,
    },
    /// A file that the build sees.
    File {
        path: String,
        change: Change,
        /// From the service to the package that has the file; nothing where it is the service's own, or the root's.
        via: Vec<String>,
    },
    /// Something without a name of its own.
    Other { text: &'static str },
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Added,
    Changed,
    Removed,
}

impl Change {
    /// As a sentence has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Changed => "changed",
            Change::Removed => "removed",
        }
    }
}

/// What differs between two states of a service.
pub(super) fn reasons(
    (old, then): (&Side, &ServiceState),
    (new, now): (&Side, &ServiceState),
    compared: &Compared,
) -> Vec<Reason> {
    let mut found = settings((old, then), (new, now));
    found.extend(base_files((old, new), compared));
    found.extend(locked(&then.settings, &now.settings));
    found.extend(packages(then, now));
    let via = Ways::of(&now.full).and(now.images.first().map(|image| &image.production));
    found.extend(files((old, then), (new, now), compared, &via));
    if found.is_empty() {
        found.extend(others((old, then), (new, now)));
    }
    // A file may count for the base and for the build.
    let mut seen = BTreeSet::new();
    found.retain(|reason| seen.insert(reason.clone()));
    found
}

fn settings((old, then): (&Side, &ServiceState), (new, now): (&Side, &ServiceState)) -> Vec<Reason> {
    let service = now.settings.service.as_str();
    let mut keys = BTreeSet::new();
    for (group, ..) in differing(&then.settings.groups, &now.settings.groups) {
        let tables = GROUPS.iter().find(|(name, _)| *name == group).map_or(&[][..], |(_, tables)| *tables);
        let named = old.configured.differing(&new.configured, service, tables);
        match named.is_empty() {
            // A file that it names, or a version of pnpm, say.
            true => keys.insert(group.to_owned()),
            false => {
                keys.extend(named);
                false
            }
        };
    }
    keys.into_iter().map(|key| Reason::Setting { key }).collect()
}

/// Files of the workspace that `[base]` names: an image, an archive, a package.
fn base_files((old, new): (&Side, &Side), compared: &Compared) -> Vec<Reason> {
    let named: BTreeSet<ImporterId> = [old, new].into_iter().flat_map(base_paths).collect();
    let is_named = |changed: &&String| {
        let path = changed.as_str();
        named.iter().any(|named| is_at(path, named) || compared.concerns(path, named.as_str()))
    };
    let changed = compared.changed.iter().filter(is_named);
    changed
        .map(|path| Reason::File { path: path.clone(), change: Change::Changed, via: Vec::new() })
        .collect()
}

/// Paths that `[base]` may name.
pub(super) fn base_paths(side: &Side) -> impl Iterator<Item = ImporterId> {
    let prefixes = ["oci:", "oci-archive:", "docker-archive:", "file:"];
    side.configured.base_words.iter().filter_map(move |word| {
        let inner = prefixes.iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(word);
        ImporterId::new(inner).filter(|path| !path.is_root())
    })
}

/// Whether a path is a file that is named, or in a folder that is.
pub(super) fn is_at(path: &str, named: &ImporterId) -> bool {
    path == named.as_str() || is_inside(path, named.as_str())
}

fn locked(then: &ServiceSettings, now: &ServiceSettings) -> Vec<Reason> {
    let changes = match (&then.locked, &now.locked) {
        (Some(then), Some(now)) => match now.changes(then) {
            changes if changes.is_empty() && then != now => {
                vec!["what the base is made of changed".to_owned()]
            }
            changes => changes,
        },
        (None, Some(_)) => vec!["the base is locked now".to_owned()],
        (Some(_), None) => vec!["the base is locked no more".to_owned()],
        (None, None) => Vec::new(),
    };
    changes.into_iter().map(|change| Reason::Lock { change }).collect()
}

/// The versions of the packages of all closures, by name. What its dependents decide (peers) is part of a version here.
fn versions(state: &ServiceState) -> BTreeMap<String, BTreeSet<String>> {
    let closures = state.images.iter().map(|image| &image.production).chain([&state.full]);
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in closures.flat_map(|closure| closure.packages.keys()) {
        let text = path.as_str();
        let version = text.strip_prefix(path.name()).map_or(text, |rest| rest.trim_start_matches('@'));
        versions.entry(path.name().to_owned()).or_default().insert(version.to_owned());
    }
    versions
}

fn packages(then: &ServiceState, now: &ServiceState) -> Vec<Reason> {
    let (one, other) = (versions(then), versions(now));
    let (ways_then, ways_now) = (Ways::of(&then.full), Ways::of(&now.full));
    let only = |some: Option<&BTreeSet<String>>, others: Option<&BTreeSet<String>>| {
        let others = others.cloned().unwrap_or_default();
        let texts: Vec<String> =
            some.into_iter().flatten().filter(|version| !others.contains(*version)).cloned().collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    };
    let mut found: Vec<Reason> = differing(&one, &other)
        .map(|(name, before, after)| {
            let ways = if after.is_some() { &ways_now } else { &ways_then };
            let via = ways.to_package(now_service(now), name);
            Reason::Package {
                name: name.to_owned(),
                before: only(before, after),
                after: only(after, before),
                via,
            }
        })
        .collect();
    if found.is_empty() && resolutions(then) != resolutions(now) {
        found.push(Reason::Other { text: "pnpm-lock.yaml: a package of the same version has other files" });
    }
    found
}

fn now_service(state: &ServiceState) -> &str {
    &state.settings.service
}

/// The integrity, or what there is instead, of each package.
fn resolutions(state: &ServiceState) -> BTreeMap<&DepPath, String> {
    let closures = state.images.iter().map(|image| &image.production).chain([&state.full]);
    let packages = closures.flat_map(|closure| &closure.packages);
    packages.map(|(path, package)| (path, format!("{:?}", package.resolution))).collect()
}

fn files(
    (old, then): (&Side, &ServiceState),
    (new, now): (&Side, &ServiceState),
    compared: &Compared,
    ways: &Ways,
) -> Vec<Reason> {
    let is_apart = |path: &str| compared.submodules.iter().find(|folder| is_inside(path, folder));
    let (one, other) = (&then.inputs.files, &now.inputs.files);
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    for path in one.union(other) {
        match is_apart(path) {
            Some(folder) if compared.changed.contains(folder) => changes.insert(folder, Change::Changed),
            Some(_) => None,
            None if !one.contains(path) => changes.insert(path, Change::Added),
            None if !other.contains(path) => changes.insert(path, Change::Removed),
            None if compared.changed.contains(path) => changes.insert(path, Change::Changed),
            None => None,
        };
    }
    let packages = [old, new].into_iter().flat_map(|side| &side.common);
    let packages = packages.flat_map(|common| &common.packages).cloned().collect();
    for path in compared.standing_for_others(&packages, &[then, now]) {
        changes.entry(path).or_insert(Change::Changed);
    }
    let owners = importers(now);
    let reason = |(path, change): (&str, Change)| {
        let inside = |folder: &&&ImporterId| is_inside(path, folder.as_str());
        let owner = owners.iter().filter(inside).max_by_key(|folder| folder.as_str().len());
        let via = owner.map(|owner| ways.to_folder(&now.settings.service, owner)).unwrap_or_default();
        Reason::File { path: path.to_owned(), change, via }
    };
    changes.into_iter().map(reason).collect()
}

/// What has no file, package or setting that tells it.
fn others((old, then): (&Side, &ServiceState), (new, now): (&Side, &ServiceState)) -> Vec<Reason> {
    let mut texts = Vec::new();
    if let (Some(one), Some(other)) = (&old.common, &new.common) {
        if !std::ptr::eq(one.rules, other.rules) {
            texts.push("the version of pnpm has other rules");
        }
        if one.settings != other.settings {
            texts.push("settings of pnpm changed (.npmrc, pnpm-workspace.yaml, package.json#pnpm)");
        }
    }
    let links =
        |state: &ServiceState| state.images.iter().map(|image| image.links.clone()).collect::<Vec<_>>();
    if links(then) != links(now) {
        texts.push("the list of the workspace's packages changed, which the image has links to");
    }
    let shared =
        |state: &ServiceState| state.images.iter().map(|image| image.shared.clone()).collect::<Vec<_>>();
    let edges = |state: &ServiceState| {
        let image = |image: &ImageState| (image.production.clone(), image.names.clone(), image.lockfile);
        state.images.iter().map(image).collect::<Vec<_>>()
    };
    if edges(then) != edges(now) || then.full != now.full {
        texts.push("pnpm-lock.yaml: packages depend on each other in another way");
    } else if shared(then) != shared(now) {
        texts.push("packages lie in other layers: other services use the same packages now");
    }
    if texts.is_empty() && then.inputs.keys != now.inputs.keys {
        texts.push("what runs for the build, what it is given or what it downloads changed");
    }
    texts.into_iter().map(|text| Reason::Other { text }).collect()
}

/// The graph of a closure, to say how one comes from a service to a package.
#[derive(Default)]
struct Ways {
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Ways {
    fn of(closure: &Closure) -> Ways {
        Ways::default().and(Some(closure))
    }

    fn and(mut self, closure: Option<&Closure>) -> Ways {
        let Some(closure) = closure else { return self };
        let direct = closure.direct.iter().map(|(folder, list)| (folder.to_string(), list));
        let packages =
            closure.packages.iter().map(|(path, package)| (path.name().to_owned(), &package.children));
        for (from, list) in direct.chain(packages) {
            let to = list.iter().map(|(_, to)| match to {
                Dependency::Package(path) => path.name().to_owned(),
                Dependency::Link(folder) => folder.to_string(),
            });
            self.edges.entry(from).or_default().extend(to);
        }
        self
    }

    /// The shortest way to a folder; nothing where it is the service itself, or nothing leads there.
    fn to_folder(&self, service: &str, folder: &ImporterId) -> Vec<String> {
        self.to(service, folder.as_str())
    }

    /// The shortest way to a package; nothing where the service itself depends on it.
    fn to_package(&self, service: &str, name: &str) -> Vec<String> {
        match self.to(service, name) {
            way if way.len() > 2 => way,
            _ => Vec::new(),
        }
    }

    fn to(&self, from: &str, to: &str) -> Vec<String> {
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front().filter(|at| *at != to) {
            for next in self.edges.get(at).into_iter().flatten() {
                if next != from && !before.contains_key(next.as_str()) {
                    before.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while let Some(above) = before.get(at) {
            way.push(at.to_owned());
            at = above;
        }
        if !way.is_empty() {
            way.push(from.to_owned());
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests;
