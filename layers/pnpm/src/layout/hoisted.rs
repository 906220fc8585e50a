//! The tree of `nodeLinker: hoisted`: packages in real directories, some nested, and the importers' links to each
//! other.
//!
//! In: a closure, the archives of its packages, the offers of their files. Out: a [`Tree`]. By some rules the whole
//! workspace is installed; links and commands are made only for importers that the service needs.
//!
//! Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, headlessInstall.

use std::collections::{BTreeMap, BTreeSet};

use super::direct::root_targets;
use super::error::LayoutError;
use super::locations::is_name;
use super::paths::{parent, relative_link};
use super::pattern::HoistPatterns;
use super::spots::Spots;
use crate::rules::{DirectLinks, HoistedImporters, WorkspaceLinks};
use crate::{
    Closure, DepPath, Dependency, ImporterId, Include, Node, PackageContents, Slot, Tree, Workspace,
};

/// The links of importers: folder of links → alias → folder of the workspace.
pub(crate) type ImporterLinks = BTreeMap<String, BTreeMap<String, ImporterId>>;

/// The links between the folders of the workspace.
pub(crate) fn importer_links(workspace: &Workspace, closure: &Closure, spots: &Spots) -> ImporterLinks {
    let (workspace_links, deduped) = match workspace.rules.hoisted.workspace_links {
        WorkspaceLinks::None => (BTreeMap::new(), false),
        WorkspaceLinks::All { deduped, names_taken_by, of } => {
            (workspace_links(workspace, closure, spots, (names_taken_by, of)), deduped)
        }
    };
    let dedupe = workspace.settings.hoisting.dedupe_direct_deps;
    let mut of_root = root_targets(closure, &[], dedupe);
    let targets: Vec<Dependency> = workspace_links.values().cloned().map(Dependency::Link).collect();
    of_root.extend(targets.iter().filter(|_| dedupe && deduped));
    let mut links = ImporterLinks::new();
    for importer in &closure.importers {
        for (alias, dependency) in closure.direct.get(importer).into_iter().flatten() {
            if let Dependency::Link(folder) = dependency
                && (importer.is_root() || !of_root.contains(dependency))
            {
                let modules = importer.path_of("node_modules");
                links.entry(modules).or_default().insert(alias.clone(), folder.clone());
            }
        }
    }
    if !workspace_links.is_empty() {
        links.entry("node_modules".to_owned()).or_default().extend(workspace_links);
    }
    links
}

/// The root's links to workspace packages: those that the hoist patterns match and whose names are free.
fn workspace_links(
    workspace: &Workspace,
    closure: &Closure,
    spots: &Spots,
    (names_taken_by, of): (HoistedImporters, HoistedImporters),
) -> BTreeMap<String, ImporterId> {
    let settings = &workspace.settings.hoisting;
    let mut links = BTreeMap::new();
    if !settings.hoist_workspace_packages {
        return links;
    }
    let public = HoistPatterns::new(&settings.public_hoist_pattern);
    let private = HoistPatterns::new(if settings.hoist { &settings.hoist_pattern } else { &[] });
    let mut taken = taken_names(workspace, closure, spots, names_taken_by);
    for (importer, manifest) in &workspace.manifests {
        let Some(name) = manifest.name.as_ref().filter(|name| !importer.is_root() && is_name(name)) else {
            continue;
        };
        if of == HoistedImporters::Installed && !closure.importers.contains(importer) {
            continue;
        }
        if (public.matches(name) || private.matches(name)) && taken.insert(name.to_lowercase()) {
            links.insert(name.clone(), importer.clone());
        }
    }
    links
}

/// In lower case: the names that the root depends on or has, and the packages that other importers depend on.
fn taken_names(
    workspace: &Workspace,
    closure: &Closure,
    spots: &Spots,
    by: HoistedImporters,
) -> BTreeSet<String> {
    let mut taken: BTreeSet<String> = spots
        .sorted
        .iter()
        .filter(|spot| spot.modules == "node_modules")
        .map(|spot| spot.alias.to_lowercase())
        .collect();
    let counts = |id: &ImporterId| by == HoistedImporters::All || closure.importers.contains(id);
    for (id, importer) in workspace.lockfile.importers.iter().filter(|(id, _)| counts(id)) {
        let development = (closure.include == Include::All).then_some(&importer.dev_dependencies);
        let lists = [Some(&importer.dependencies), development, Some(&importer.optional_dependencies)];
        for (alias, entry) in lists.into_iter().flatten().flatten() {
            let package = DepPath::from_reference(alias, &entry.version);
            if id.is_root() || package.is_some_and(|package| !closure.skipped.contains_key(&package)) {
                taken.insert(alias.to_lowercase());
            }
        }
    }
    taken
}

/// The importers' links to direct dependencies that are not in the root under the same name.
pub(crate) fn direct_links(
    workspace: &Workspace,
    closure: &Closure,
    spots: &Spots,
) -> BTreeMap<String, String> {
    let mut links = BTreeMap::new();
    match workspace.rules.hoisted.direct_links {
        DirectLinks::None => return links,
        DirectLinks::ToFirstPlace => {}
    }
    for importer in &closure.importers {
        for (alias, dependency) in closure.direct.get(importer).into_iter().flatten() {
            let Dependency::Package(package) = dependency else { continue };
            let Some(target) = spots.first_of_walk(package) else { continue };
            let link = format!("{}/{alias}", importer.path_of("node_modules"));
            if spots.at(&link).is_none() && target != format!("node_modules/{alias}") {
                links.insert(link, target.to_owned());
            }
        }
    }
    links
}

/// Assembles a tree. `nodes` are commands; executable files are not marked yet.
///
/// # Errors
/// A package without an archive.
pub(crate) fn assemble(
    closure: &Closure,
    contents: &PackageContents,
    spots: &Spots,
    importer_links: &ImporterLinks,
    direct_links: &BTreeMap<String, String>,
    mut nodes: BTreeMap<String, Node>,
) -> Result<Tree, LayoutError> {
    for (modules, links) in importer_links {
        for (alias, folder) in links {
            let link = format!("{modules}/{alias}");
            let target = relative_link(&link, folder.as_str());
            nodes.insert(link, Node::Symlink(target));
        }
    }
    for (link, dir) in direct_links {
        nodes.insert(link.clone(), Node::Symlink(relative_link(link, dir)));
    }
    add_directories(&mut nodes, spots, closure);
    let mut slots = slots(contents, spots)?;
    let mut links = BTreeMap::new();
    for (path, node) in nodes {
        let around =
            spots.around(&path).and_then(|spot| slots.binary_search_by(|slot| slot.dir.cmp(&spot.dir)).ok());
        match around.and_then(|at| slots.get_mut(at)) {
            Some(slot) => drop(slot.nodes.insert(path, node)),
            None => drop(links.insert(path, node)),
        }
    }
    Ok(Tree { slots, links, workspace_executables: BTreeSet::new() })
}

fn slots(contents: &PackageContents, spots: &Spots) -> Result<Vec<Slot>, LayoutError> {
    let mut slots: Vec<Slot> = Vec::with_capacity(spots.sorted.len());
    for spot in &spots.sorted {
        let missing = || LayoutError::NoContent { dep_path: spot.package.to_string() };
        let pack = *contents.0.get(&spot.package).ok_or_else(missing)?;
        let around = spots.around(&spot.dir).map(|around| around.dir.as_str());
        let around = around.and_then(|dir| slots.binary_search_by(|slot| slot.dir.as_str().cmp(dir)).ok());
        if let Some(around) = around.and_then(|at| slots.get_mut(at)) {
            around.nested.insert(spot.dir.clone());
        }
        slots.push(Slot {
            dir: spot.dir.clone(),
            dep_path: spot.package.clone(),
            pack,
            package_dir: spot.dir.clone(),
            executables: BTreeSet::new(),
            beside: None,
            replaced: BTreeMap::new(),
            nested: BTreeSet::new(),
            nodes: BTreeMap::new(),
        });
    }
    Ok(slots)
}

/// Adds every directory with packages, links or commands, up to the folders of the workspace.
fn add_directories(nodes: &mut BTreeMap<String, Node>, spots: &Spots, closure: &Closure) {
    let mut known: BTreeSet<&str> = spots.sorted.iter().map(|spot| spot.dir.as_str()).collect();
    known.insert("");
    for importer in closure.importers.iter().chain(&closure.others) {
        let mut folder = importer.as_str();
        while known.insert(folder) {
            folder = parent(folder);
        }
    }
    let paths: Vec<String> =
        nodes.keys().cloned().chain(spots.sorted.iter().map(|spot| spot.dir.clone())).collect();
    for path in paths {
        let mut directory = parent(&path);
        while !known.contains(directory) && !nodes.contains_key(directory) {
            nodes.insert(directory.to_owned(), Node::Directory);
            directory = parent(directory);
        }
    }
}
