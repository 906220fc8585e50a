//! One package.json against its importer.

use std::collections::{BTreeMap, BTreeSet};

use super::hooks::Lists;
use super::stale::Difference;
use crate::{Importer, ImporterDependency, ImporterId, Workspace};

pub(super) fn differences(workspace: &Workspace, id: &ImporterId, wanted: &Lists) -> Vec<Difference> {
    let mut wanted = Wanted::new(workspace, wanted);
    let difference = |name: String, manifest: Option<String>, lockfile: Option<String>| Difference {
        importer: Some(id.clone()),
        name,
        manifest,
        lockfile,
    };
    let Some(importer) = workspace.lockfile.importers.get(id) else {
        if wanted.entries.is_empty() {
            return Vec::new();
        }
        return vec![difference(absent(workspace, &wanted), None, None)];
    };
    let locked = locked(workspace, importer);
    wanted.add_perhaps(&locked);
    let names: BTreeSet<&String> = wanted.entries.keys().chain(locked.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let (manifest, lockfile) = (wanted.entries.get(name), locked.get(name));
        match (manifest, lockfile) {
            (Some((list, said)), Some((other, known))) if said == known && list != other => {
                found.push(difference(name.clone(), Some((*list).to_owned()), Some((*other).to_owned())));
            }
            (Some((_, said)), Some((_, known))) if said == known => {}
            _ => {
                let list = manifest.or(lockfile).map_or("dependencies", |(list, _)| *list);
                let text = |entry: Option<&(&str, String)>| entry.map(|(_, specifier)| specifier.clone());
                found.push(difference(format!("{list}.{name}"), text(manifest), text(lockfile)));
            }
        }
    }
    if importer.publish_directory != wanted.lists.publish_directory {
        let name = "publishConfig.directory".to_owned();
        found.push(difference(
            name,
            wanted.lists.publish_directory.clone(),
            importer.publish_directory.clone(),
        ));
    }
    let meta = |value: &Option<serde_json::Value>| {
        value.as_ref().filter(|value| value.as_object().is_none_or(|map| !map.is_empty())).cloned()
    };
    let (said, known) = (meta(&wanted.lists.meta), meta(&importer.dependencies_meta));
    if said != known {
        let text = |value: Option<serde_json::Value>| value.map(|value| value.to_string());
        found.push(difference("dependenciesMeta".to_owned(), text(said), text(known)));
    }
    found
}

/// The lockfile lacks a package. The text names an importer that the lockfile has for a deleted folder, if both ask for
/// the same dependencies.
fn absent(workspace: &Workspace, wanted: &Wanted<'_>) -> String {
    let gone = workspace.lockfile.importers.iter().filter(|(id, _)| !workspace.manifests.contains_key(*id));
    let mut same = gone.filter(|(_, importer)| locked(workspace, importer) == wanted.entries);
    match same.next() {
        Some((old, _)) => format!(
            "the lockfile does not have this package; it has {old}, which is no longer a package of the workspace"
        ),
        None => "the lockfile does not have this package".to_owned(),
    }
}

/// The dependencies of package.json, each name once. Optional dependencies win over production, production over
/// development. Peers come last, where they are installed automatically.
struct Wanted<'a> {
    lists: &'a Lists,
    entries: BTreeMap<String, (&'static str, String)>,
}

impl<'a> Wanted<'a> {
    fn new(workspace: &Workspace, lists: &'a Lists) -> Wanted<'a> {
        let mut entries = BTreeMap::new();
        let mut add = |list: &'static str, specifiers: &BTreeMap<String, String>| {
            entries
                .extend(specifiers.iter().map(|(name, specifier)| (name.clone(), (list, specifier.clone()))));
        };
        if workspace.settings.resolution.auto_install_peers {
            add("dependencies", &lists.peer);
        }
        add("devDependencies", &lists.development);
        add("dependencies", &lists.production);
        add("optionalDependencies", &lists.optional);
        if workspace.settings.resolution.exclude_links_from_lockfile {
            entries.retain(|_, (_, specifier)| !specifier.starts_with("link:"));
        }
        Wanted { lists, entries }
    }

    fn add_perhaps(&mut self, locked: &BTreeMap<String, (&'static str, String)>) {
        for (name, range) in &self.lists.perhaps {
            if let Some(entry) = locked.get(name).filter(|(_, known)| known == range) {
                self.entries.entry(name.clone()).or_insert_with(|| entry.clone());
            }
        }
    }
}

fn locked(workspace: &Workspace, importer: &Importer) -> BTreeMap<String, (&'static str, String)> {
    let mut entries = BTreeMap::new();
    let mut add = |list: &'static str, dependencies: &BTreeMap<String, ImporterDependency>| {
        entries
            .extend(dependencies.iter().map(|(name, entry)| (name.clone(), (list, entry.specifier.clone()))));
    };
    add("devDependencies", &importer.dev_dependencies);
    add("dependencies", &importer.dependencies);
    add("optionalDependencies", &importer.optional_dependencies);
    if workspace.settings.resolution.exclude_links_from_lockfile {
        entries.retain(|_, (_, specifier)| !specifier.starts_with("link:"));
    }
    entries
}
