//! The tree of `nodeLinker: hoisted`: packages in real directories, some in others, and the importers' links to one another.
//!
//! In: a closure, the packs of its packages, what their files offer. Out: a [`Tree`]. The whole workspace is installed, as pnpm does it; links
//! and commands of importers are made for those that the service needs.
//!
//! Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/index.ts, headlessInstall.

use std::collections::{BTreeMap, BTreeSet};

use super::direct::root_targets;
use super::error::LayoutError;
use super::paths::{parent, relative_link};
use super::spots::Spots;
use crate::{Closure, Dependency, ImporterId, Node, PackageContents, Slot, Tree, Workspace};

/// The links of importers: folder of links → alias → folder of the workspace.
pub(crate) type ImporterLinks = BTreeMap<String, BTreeMap<String, ImporterId>>;

/// The links between the folders of the workspace.
pub(crate) fn importer_links(workspace: &Workspace, closure: &Closure) -> ImporterLinks {
    let of_root = root_targets(closure, &[], workspace.settings.hoisting.dedupe_direct_deps);
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
    links
}

/// Puts a tree together. `nodes` are commands; which files become executable is still to be said.
///
/// # Errors
/// A package without a pack.
pub(crate) fn assemble(
    closure: &Closure,
    contents: &PackageContents,
    spots: &Spots,
    importer_links: &ImporterLinks,
    mut nodes: BTreeMap<String, Node>,
) -> Result<Tree, LayoutError> {
    for (modules, links) in importer_links {
        for (alias, folder) in links {
            let link = format!("{modules}/{alias}");
            let target = relative_link(&link, folder.as_str());
            nodes.insert(link, Node::Symlink(target));
        }
    }
    add_directories(&mut nodes, spots, closure);
    let mut slots = slots(contents, spots)?;
    let mut links = BTreeMap::new();
    for (path, node) in nodes {
        let around = spots.around(&path).and_then(|spot| slots.binary_search_by(|slot| slot.dir.cmp(&spot.dir)).ok());
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

/// Adds every directory that packages, links and commands lie in, up to the folders of the workspace.
fn add_directories(nodes: &mut BTreeMap<String, Node>, spots: &Spots, closure: &Closure) {
    let mut known: BTreeSet<&str> = spots.sorted.iter().map(|spot| spot.dir.as_str()).collect();
    known.insert("");
    for importer in closure.importers.iter().chain(&closure.others) {
        let mut folder = importer.as_str();
        while known.insert(folder) {
            folder = parent(folder);
        }
    }
    let paths: Vec<String> = nodes.keys().cloned().chain(spots.sorted.iter().map(|spot| spot.dir.clone())).collect();
    for path in paths {
        let mut directory = parent(&path);
        while !known.contains(directory) && !nodes.contains_key(directory) {
            nodes.insert(directory.to_owned(), Node::Directory);
            directory = parent(directory);
        }
    }
}
