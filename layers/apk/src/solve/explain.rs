//! The reason why there is no solution. In: the decisions that were made anyway. Out: text in apk's form, familiar to
//! apk's users: for each package what it `conflicts` with, what it `breaks`, what it `satisfies`; for each name without
//! a package, the packages that require it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::graph::{Name, Package};
use super::state::SolverState;
use crate::dependency::ApkDependency;

/// The width of apk's lines without a terminal.
const WIDTH: usize = 50;

/// Explains. `chosen` are the chosen packages, in order.
pub(super) fn explain(state: &SolverState<'_, '_>, world: &[ApkDependency], chosen: &[Package]) -> String {
    let asked = asked(state, world, chosen);
    let unknown =
        |dependency: &&ApkDependency| !dependency.conflict && state.graph.find(&dependency.name).is_none();
    let no_such = |dependency: &ApkDependency| {
        format!("  {} (no such package):\n    required by: world[{dependency}]", dependency.name)
    };
    let mut blocks: Vec<String> = world.iter().filter(unknown).map(no_such).collect();
    for (name, by) in &asked {
        let missing = state.chosen(*name).is_none();
        let needed: Vec<&Asked<'_>> = by.iter().filter(|asked| !asked.dependency.conflict).collect();
        if missing && !needed.is_empty() {
            blocks.push(missing_name(state, *name, &needed));
        }
    }
    for package in chosen {
        blocks.extend(faulty_package(state, *package, chosen, &asked));
    }
    blocks.join("\n")
}

/// A dependency and the package that has it.
struct Asked<'a> {
    by: String,
    dependency: &'a ApkDependency,
}

impl Asked<'_> {
    fn shown(&self) -> String {
        format!("{}[{}]", self.by, self.dependency)
    }
}

fn asked<'a>(
    state: &'a SolverState<'_, '_>,
    world: &'a [ApkDependency],
    chosen: &[Package],
) -> BTreeMap<Name, Vec<Asked<'a>>> {
    let mut asked: BTreeMap<Name, Vec<Asked<'a>>> = BTreeMap::new();
    for dependency in world {
        if let Some(name) = state.graph.find(&dependency.name) {
            asked.entry(name).or_default().push(Asked { by: "world".into(), dependency });
        }
    }
    let mut chosen = chosen.to_vec();
    chosen.sort_by_key(|package| &state.graph.candidates[*package].record.name);
    for package in &chosen {
        for need in &state.graph.needs[*package] {
            let by = shown(state, *package);
            asked.entry(need.name).or_default().push(Asked { by, dependency: need.dependency });
        }
    }
    asked
}

fn shown(state: &SolverState<'_, '_>, package: Package) -> String {
    let record = &state.graph.candidates[package].record;
    format!("{}-{}", record.name, record.version)
}

fn missing_name(state: &SolverState<'_, '_>, name: Name, by: &[&Asked<'_>]) -> String {
    let graph = state.graph;
    let providers: BTreeSet<&str> = graph.providers[name]
        .iter()
        .map(|provider| graph.candidates[provider.package].record.name.as_str())
        .collect();
    let mut text = String::new();
    if providers.is_empty() {
        let _ = writeln!(text, "  {} (no such package):", graph.names[name]);
    } else {
        let _ = writeln!(text, "  {} (virtual):", graph.names[name]);
        let _ =
            writeln!(text, "    note: please select one of the 'provided by'\n          packages explicitly");
        list(&mut text, "provided by", providers.iter().map(|name| (*name).to_owned()));
    }
    list(&mut text, "required by", by.iter().map(|asked| asked.shown()));
    text.trim_end().to_owned()
}

fn faulty_package(
    state: &SolverState<'_, '_>,
    package: Package,
    chosen: &[Package],
    asked: &BTreeMap<Name, Vec<Asked<'_>>>,
) -> Option<String> {
    let graph = state.graph;
    let record = &graph.candidates[package].record;
    let own = (graph.own[package], Some(record.version.as_str()));
    let names: Vec<(Name, Option<&str>)> =
        std::iter::once(own).chain(graph.provides[package].iter().copied()).collect();
    let of_names = |wanted: bool| -> Vec<String> {
        let all = names
            .iter()
            .flat_map(|(name, version)| asked.get(name).into_iter().flatten().map(move |a| (a, version)));
        let fitting = all.filter(|(asked, version)| {
            if asked.dependency.conflict && asked.by == shown(state, package) {
                return false;
            }
            let admitted = asked.dependency.admits(Some(**version));
            admitted == wanted && (!asked.dependency.conflict || !admitted)
        });
        let mut seen = BTreeSet::new();
        fitting.map(|(asked, _)| asked.shown()).filter(|text| seen.insert(text.clone())).collect()
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
