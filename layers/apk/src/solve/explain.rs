//! The reason why there is no solution. In: the decisions that were made anyway. Out: text in apk's form, familiar to
//! apk's users: for each package what it `conflicts` with, what it `breaks`, what it `satisfies`; for each name without
//! a package, the packages that require it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::graph::{Name, Package};
use super::state::SolverState;
use crate::dependency::ApkDependency;

/// The width of apk's lines without a terminal.
const WIDTH: usize = 50;

/// Explains. `chosen` are the chosen packages, in order.
pub(super) fn explain(state: &SolverState<'_, '_>, world: &[ApkDependency], chosen: &[Package]) -> String {
    let mut blocks = Vec::new();
    let mut told = BTreeSet::new();
    let mut missing = |dependency: &ApkDependency, blocks: &mut Vec<String>| {
        let name = state.graph.find(&dependency.name);
        let there = name.is_some_and(|name| state.chosen(name).is_some());
        if !dependency.conflict && !there && told.insert(dependency.name.clone()) {
            blocks.push(missing_name(state, dependency, &required_by(state, dependency, world, chosen)));
        }
    };
    world.iter().for_each(|dependency| missing(dependency, &mut blocks));
    for package in chosen {
        blocks.extend(faulty_package(state, *package, chosen, world));
        state.graph.needs[*package].iter().for_each(|need| missing(need.dependency, &mut blocks));
    }
    blocks.join("\n")
}

/// The chosen packages that depend on one of the names, each once, in the order in which apk comes by them.
fn dependents(state: &SolverState<'_, '_>, names: &[Name], chosen: &[Package]) -> Vec<Package> {
    let graph = state.graph;
    let mut left: BTreeSet<Package> = chosen.iter().copied().collect();
    let by = names.iter().flat_map(|name| &graph.dependents[*name]);
    by.flat_map(|by| &graph.providers[*by])
        .map(|provider| provider.package)
        .filter(|package| left.remove(package))
        .collect()
}

/// Who needs a name that nobody has.
fn required_by(
    state: &SolverState<'_, '_>,
    missing: &ApkDependency,
    world: &[ApkDependency],
    chosen: &[Package],
) -> Vec<String> {
    let asks = |dependency: &ApkDependency| !dependency.conflict && dependency.name == missing.name;
    let of_world = world.iter().filter(|dependency| asks(dependency));
    let mut words: Vec<String> = of_world.map(|dependency| format!("world[{dependency}]")).collect();
    let name = state.graph.find(&missing.name);
    for package in dependents(state, name.as_slice(), chosen) {
        let needs = state.graph.needs[package].iter().map(|need| need.dependency);
        let needs = needs.filter(|dependency| asks(dependency));
        words.extend(needs.map(|dependency| format!("{}[{dependency}]", shown(state, package))));
    }
    words
}

fn shown(state: &SolverState<'_, '_>, package: Package) -> String {
    let record = &state.graph.candidates[package].record;
    format!("{}-{}", record.name, record.version)
}

fn missing_name(state: &SolverState<'_, '_>, missing: &ApkDependency, by: &[String]) -> String {
    let graph = state.graph;
    let providers: BTreeSet<&str> = graph
        .find(&missing.name)
        .iter()
        .flat_map(|name| &graph.providers[*name])
        .map(|provider| graph.candidates[provider.package].record.name.as_str())
        .collect();
    let mut text = String::new();
    if providers.is_empty() {
        let _ = writeln!(text, "  {} (no such package):", missing.name);
    } else {
        let _ = writeln!(text, "  {} (virtual):", missing.name);
        let _ =
            writeln!(text, "    note: please select one of the 'provided by'\n          packages explicitly");
        list(&mut text, "provided by", providers.iter().map(|name| (*name).to_owned()));
    }
    list(&mut text, "required by", by.iter().cloned());
    text.trim_end().to_owned()
}

fn faulty_package(
    state: &SolverState<'_, '_>,
    package: Package,
    chosen: &[Package],
    world: &[ApkDependency],
) -> Option<String> {
    let graph = state.graph;
    let record = &graph.candidates[package].record;
    let own = (graph.own[package], Some(record.version.as_str()));
    let names: Vec<(Name, Option<&str>)> =
        std::iter::once(own).chain(graph.provides[package].iter().copied()).collect();
    let all_names: Vec<Name> = names.iter().map(|(name, _)| *name).collect();
    let dependents = dependents(state, &all_names, chosen);
    let of_names = |wanted: bool| -> Vec<String> {
        let fits = |dependency: &ApkDependency| {
            let mut same = names.iter().filter(|(name, _)| graph.names[*name] == dependency.name);
            same.any(|(_, version)| {
                let admitted = dependency.admits(Some(*version));
                admitted == wanted && (!dependency.conflict || !admitted)
            })
        };
        let of_world = world.iter().filter(|dependency| fits(dependency));
        let of_world = of_world.map(|dependency| format!("world[{dependency}]"));
        let of_packages = dependents.iter().flat_map(|by| {
            let needs = graph.needs[*by].iter().map(|need| need.dependency);
            let needs =
                needs.filter(|dependency| !(dependency.conflict && *by == package) && fits(dependency));
            needs.map(|dependency| format!("{}[{dependency}]", shown(state, *by)))
        });
        let mut seen = BTreeSet::new();
        of_world.chain(of_packages).filter(|text| seen.insert(text.clone())).collect()
    };
    let conflicts = conflicts(state, package, chosen, &names);
    let breaks = of_names(false);
    let masked = masked(state, package);
    if conflicts.is_empty() && breaks.is_empty() && masked.is_empty() {
        return None;
    }
    let mut text = format!("  {}:\n", shown(state, package));
    list(&mut text, "masked in", masked.into_iter());
    list(&mut text, "conflicts", conflicts.into_iter());
    list(&mut text, "breaks", breaks.into_iter());
    list(&mut text, "satisfies", of_names(true).into_iter());
    Some(text.trim_end().to_owned())
}

/// Other chosen packages that stand for one of its names, if at least one of the two has a version; and itself, if it
/// provides a name twice.
fn conflicts(
    state: &SolverState<'_, '_>,
    package: Package,
    chosen: &[Package],
    names: &[(Name, Option<&str>)],
) -> Vec<String> {
    let graph = state.graph;
    let mut found = Vec::new();
    let mut seen: BTreeSet<Name> = BTreeSet::new();
    for (at, (name, version)) in names.iter().enumerate() {
        let again = !seen.insert(*name);
        let twice = at > 0 && names.iter().filter(|(other, _)| other == name).count() > 1;
        for provider in &graph.providers[*name] {
            let other = provider.package;
            let without = version.is_none() && provider.version.is_none();
            if other == package || !chosen.contains(&other) || without || again {
                continue;
            }
            found.push(match graph.own[other] == *name {
                true => shown(state, other),
                false => format!("{}[{}{}]", shown(state, other), graph.names[*name], with_version(*version)),
            });
        }
        if twice {
            found.push(format!(
                "{}[{}{}]",
                shown(state, package),
                graph.names[*name],
                with_version(*version)
            ));
        }
    }
    found
}

fn with_version(version: Option<&str>) -> String {
    version.map(|version| format!("={version}")).unwrap_or_default()
}

/// The tags of the package's repositories, if none of them may be used for it.
fn masked(state: &SolverState<'_, '_>, package: Package) -> Vec<String> {
    if state.tag_allowed(package) {
        return Vec::new();
    }
    let places = state.graph.candidates[package].repositories.iter();
    let tags: BTreeSet<&str> =
        places.filter_map(|place| state.problem.tags.get(*place)?.as_deref()).collect();
    tags.iter().map(|tag| format!("@{tag}")).collect()
}

/// `    label: word word …`, wrapped and indented as by apk.
fn list(text: &mut String, label: &str, words: impl Iterator<Item = String>) {
    let start = format!("    {label}:");
    let mut column = 0;
    for word in words {
        if column == 0 {
            text.push_str(&start);
            column = start.len();
        } else if column + 1 + word.len() > WIDTH {
            let _ = write!(text, "\n{}", " ".repeat(start.len()));
            column = start.len();
        }
        let _ = write!(text, " {word}");
        column += 1 + word.len();
    }
    if column > 0 {
        text.push('\n');
    }
}
