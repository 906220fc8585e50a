//! Where every file and link of an install goes, exactly as pnpm's linkers lay them out. The isolated layout is here,
//! the hoisted one in `hoisted`.
//!
//! In: a closure, the archives of its packages, the offers of their files. Out: a [`Tree`]. It opens nothing:
//! [`Layout::packages`] and [`Layout::folders`] name what it needs [`Offers`] of.
//!
//! Where real pnpm's result depends on which of its parallel tasks ends first, the order here is fixed:
//! - Importers are processed in the closure's order, which decides hoisting (see `hoist`).
//! - If a workspace package and a dependency with the same name are both hoisted, the link to the workspace package
//!   stays.
//! - If two files below `directories.bin` have the same name, the first in path order is the command.

pub(crate) mod direct;
pub(crate) mod error;
pub(crate) mod hoist;
mod hoisted;
pub(crate) mod locations;
mod options;
pub(crate) mod paths;
pub(crate) mod pattern;
pub(crate) mod spots;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::bins::hoisted::HoistedBins;
use crate::bins::{
    AllBins, Bins, Linked, Linker, NodePath, Offers, has_build_pass, wanted_folders, wanted_packages,
};
use crate::dir_name::dir_name;
use crate::rules::{LayoutRules, PrivateModules, SelfLink, ShebangLineEnd, SlotPasses};
use crate::{
    Closure, DepPath, Dependency, ImporterId, Node, NodeLinker, PackageContents, Slot, Tree, Workspace,
};
pub use error::LayoutError;
use hoist::{Hoisted, WorkspaceLinks};
use hoisted::ImporterLinks;
use locations::{LinkLocation, Locations};
pub use options::LayoutOptions;
use paths::{parent, relative_link};
use spots::Spots;

/// The layout of one closure: names and links are resolved, commands are not linked yet.
pub struct Layout<'a> {
    workspace: &'a Workspace,
    closure: &'a Closure,
    options: &'a LayoutOptions,
    kind: Kind<'a>,
}

/// The resolved names and links.
enum Kind<'a> {
    Isolated { locations: Locations<'a>, hoisted: Vec<Hoisted> },
    Hoisted { spots: Spots, links: ImporterLinks, direct: BTreeMap<String, String> },
}

/// A tree, and the fixes to it that need access to package archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The tree; of each slot, `replaced` is empty.
    pub tree: Tree,
    /// Scripts whose first line ends with CR LF, by package and path in it. The result of
    /// [`strip_carriage_return`](crate::strip_carriage_return) belongs into `replaced` of their slots.
    pub carriage_returns: Vec<(DepPath, String)>,
}

impl<'a> Layout<'a> {
    /// Computes the location of every package, and the hoisted links.
    ///
    /// # Errors
    /// A name that is not a valid path, or two packages that would share a directory.
    pub fn new(
        workspace: &'a Workspace,
        closure: &'a Closure,
        options: &'a LayoutOptions,
    ) -> Result<Layout<'a>, LayoutError> {
        let kind = match workspace.settings.node_linker {
            NodeLinker::Isolated => {
                let locations = locations_of(workspace, closure, &options.rules.layout)?;
                let mut hoisted = hoist::hoist(workspace, closure, &locations, &options.rules.hoist);
                if options.workspace_links == WorkspaceLinks::OfClosure {
                    hoisted.retain(|hoisted| hoisted.is_in(closure));
                }
                Kind::Isolated { locations, hoisted }
            }
            NodeLinker::Hoisted => {
                let spots = Spots::new(workspace, closure)?;
                let links = hoisted::importer_links(workspace, closure, &spots);
                let direct = hoisted::direct_links(workspace, closure, &spots);
                Kind::Hoisted { spots, links, direct }
            }
        };
        Ok(Layout { workspace, closure, options, kind })
    }

    /// The packages whose [`Offers`] are needed.
    pub fn packages(&self) -> Vec<&'a DepPath> {
        match &self.kind {
            Kind::Isolated { .. } => wanted_packages(self.closure, self.build_pass()),
            Kind::Hoisted { .. } => self.closure.packages.keys().collect(),
        }
    }

    /// The workspace folders whose [`Offers`] are needed.
    pub fn folders(&self) -> BTreeSet<&ImporterId> {
        match &self.kind {
            Kind::Isolated { hoisted, .. } => wanted_folders(self.closure, hoisted),
            Kind::Hoisted { links, .. } => links.values().flat_map(BTreeMap::values).collect(),
        }
    }

    fn build_pass(&self) -> bool {
        has_build_pass(self.workspace, &self.options.rules.bins, self.options.scripts)
    }

    /// Plans the tree of a closure.
    ///
    /// # Errors
    /// A package without an archive.
    pub fn plan(&self, contents: &PackageContents, offers: &Offers) -> Result<Planned, LayoutError> {
        let mut planned = match &self.kind {
            Kind::Isolated { locations, hoisted } => self.isolated(contents, offers, locations, hoisted)?,
            Kind::Hoisted { spots, links, direct } => {
                self.hoisted(contents, offers, spots, (links, direct))?
            }
        };
        for slot in &mut planned.tree.slots {
            slot.beside = self.options.beside.0.get(&slot.dep_path).copied();
        }
        Ok(planned)
    }

    fn isolated(
        &self,
        contents: &PackageContents,
        offers: &Offers,
        locations: &Locations<'_>,
        hoisted: &[Hoisted],
    ) -> Result<Planned, LayoutError> {
        let Layout { closure, options, .. } = self;
        let dedupe = self.workspace.settings.hoisting.dedupe_direct_deps;
        let mut links = direct::direct_links(closure, locations, hoisted, dedupe);
        direct::hoisted_links(locations, hoisted, &mut links);
        let private = locations.private_modules();
        match options.rules.layout.private_modules {
            PrivateModules::IfAnythingIsHoisted if !hoisted.is_empty() => {
                links.insert(private.clone(), Node::Directory);
            }
            PrivateModules::IfAnythingIsHoisted | PrivateModules::IfUsed => {}
        }
        let bins = Bins {
            closure,
            locations,
            hoisted,
            workspace: self.workspace,
            linker: self.linker(Some(&private)),
            dedupe,
            scripts: options.scripts,
            build_pass: self.build_pass(),
            lacking: &options.lacking,
            offers: &offers.before_patches(options.rules.bins.missing_target),
            patched: offers,
        };
        assemble(closure, contents, locations, links, bins.link(), &options.rules.layout)
    }

    fn hoisted(
        &self,
        contents: &PackageContents,
        offers: &Offers,
        spots: &Spots,
        (links, direct): (&ImporterLinks, &BTreeMap<String, String>),
    ) -> Result<Planned, LayoutError> {
        let (before, patched) = match self.options.rules.bins.slot_passes {
            SlotPasses::AgainBeforeBuild { .. } => {
                (offers.before_patches(self.options.rules.bins.missing_target), Cow::Borrowed(offers))
            }
            SlotPasses::Once => (offers.with_files_before_patches(), offers.with_files_before_patches()),
        };
        let bins = HoistedBins {
            workspace: self.workspace,
            closure: self.closure,
            spots,
            links,
            direct,
            linker: self.linker(None),
            build_pass: self.build_pass(),
            offers: &before,
            patched: &patched,
        };
        let Linked { nodes, executables } = bins.link();
        let mut tree = hoisted::assemble(self.closure, contents, spots, links, direct, nodes)?;
        let carriage_returns = make_executable(&mut tree, executables, &self.options.rules.layout);
        Ok(Planned { tree, carriage_returns })
    }

    /// `private` is the folder of privately hoisted links.
    fn linker<'l>(&'l self, private: Option<&'l str>) -> Linker<'l> {
        let (settings, options) = (&self.workspace.settings, self.options);
        let searched = settings.bins.extend_node_path
            && settings.hoisting.hoist
            && !settings.hoisting.hoist_pattern.is_empty();
        let node_path = NodePath {
            rule: options.rules.bins.node_path,
            root: &options.root_in_image,
            hoisted: private.filter(|_| searched),
        };
        Linker { rules: options.rules, symlinks: settings.bins.prefer_symlinked_executables, node_path }
    }
}

/// The directories of each package's files, relative to the workspace's root.
///
/// # Errors
/// A name that is not a valid path.
pub fn package_dirs(
    ws: &Workspace,
    closure: &Closure,
) -> Result<BTreeMap<DepPath, Vec<String>>, LayoutError> {
    if ws.settings.node_linker == NodeLinker::Hoisted {
        return Ok(Spots::new(ws, closure)?.by_package());
    }
    let locations = locations_of(ws, closure, &ws.rules.layout)?;
    let place = |dep_path: &DepPath| Some((dep_path.clone(), vec![locations.of(dep_path)?.package.clone()]));
    Ok(closure.packages.keys().filter_map(place).collect())
}

/// The package of each directory of the virtual store, by the directory's name. It covers all packages of the lockfile,
/// needed or not.
pub fn slot_names(ws: &Workspace) -> BTreeMap<String, DepPath> {
    let (rules, length) = (&ws.rules.layout.dir_name, ws.settings.folders.virtual_store_dir_max_length);
    let all = ws.lockfile.snapshots.keys();
    all.map(|dep_path| (dir_name(dep_path.as_str(), rules, length), dep_path.clone())).collect()
}

fn locations_of<'a>(
    ws: &'a Workspace,
    closure: &'a Closure,
    rules: &LayoutRules,
) -> Result<Locations<'a>, LayoutError> {
    let settings = &ws.settings;
    let length = settings.folders.virtual_store_dir_max_length;
    Locations::new(
        closure,
        &rules.dir_name,
        &settings.folders.virtual_store_dir,
        &settings.folders.modules_dir,
        length,
    )
}

fn assemble(
    closure: &Closure,
    contents: &PackageContents,
    locations: &Locations<'_>,
    mut links: BTreeMap<String, Node>,
    bins: AllBins,
    rules: &LayoutRules,
) -> Result<Planned, LayoutError> {
    let AllBins { slots: mut of_slots, links: Linked { nodes, mut executables } } = bins;
    links.extend(nodes);
    if !closure.packages.is_empty() {
        links.insert(locations.virtual_store.to_owned(), Node::Directory);
    }
    let mut slots = Vec::with_capacity(closure.packages.len());
    for (dep_path, package) in &closure.packages {
        let missing = || LayoutError::NoContent { dep_path: dep_path.to_string() };
        let (pack, place) =
            (contents.0.get(dep_path).ok_or_else(missing)?, locations.of(dep_path).ok_or_else(missing)?);
        let mut nodes = sibling_links(&package.children, locations, place, rules.self_dependency_link);
        if let Some(linked) = of_slots.remove(dep_path) {
            nodes.extend(linked.nodes);
            executables.extend(linked.executables);
        }
        slots.push(Slot {
            dir: place.slot.clone(),
            dep_path: dep_path.clone(),
            pack: *pack,
            package_dir: place.package.clone(),
            executables: BTreeSet::new(),
            beside: None,
            replaced: BTreeMap::new(),
            nested: BTreeSet::new(),
            nodes,
        });
    }
    slots.sort_by(|a, b| a.dir.cmp(&b.dir));
    add_directories(&mut links, &closure.importers);
    let mut tree = Tree { slots, links, workspace_executables: BTreeSet::new() };
    let carriage_returns = make_executable(&mut tree, executables, rules);
    Ok(Planned { tree, carriage_returns })
}

/// Makes files executable; returns those in packages whose shebang must lose its CR.
fn make_executable(
    tree: &mut Tree,
    executables: BTreeMap<String, bool>,
    rules: &LayoutRules,
) -> Vec<(DepPath, String)> {
    let fixed = rules.shebang_line_end == ShebangLineEnd::Fixed;
    let mut damaged = BTreeSet::new();
    for (file, carriage_return) in executables {
        match slot_of(&mut tree.slots, &file) {
            Some((slot, path)) => {
                if carriage_return && fixed {
                    damaged.insert((slot.dep_path.clone(), path.clone()));
                }
                slot.executables.insert(path);
            }
            None => drop(tree.workspace_executables.insert(file)),
        }
    }
    damaged.into_iter().collect()
}

/// The links next to a package. If a package depends on its own name, the link goes into its own node_modules and hides
/// nothing.
fn sibling_links(
    children: &[(String, Dependency)],
    locations: &Locations<'_>,
    place: &LinkLocation,
    self_link: SelfLink,
) -> BTreeMap<String, Node> {
    let mut nodes = BTreeMap::new();
    for (alias, child) in children {
        let modules = match self_link {
            _ if *alias != place.name => place.modules(),
            SelfLink::InOwnModules => format!("{}/node_modules", place.package),
            SelfLink::LeftOut => continue,
        };
        let link = format!("{modules}/{alias}");
        if let Some(target) = locations.target(child) {
            let target = relative_link(&link, &target);
            nodes.insert(link, Node::Symlink(target));
        }
    }
    nodes
}

/// The innermost slot whose package contains `file`, and the file's path in the package. `slots` must be sorted.
fn slot_of<'a>(slots: &'a mut [Slot], file: &str) -> Option<(&'a mut Slot, String)> {
    let mut folder = parent(file);
    while !folder.is_empty() {
        if let Ok(at) = slots.binary_search_by(|slot| slot.dir.as_str().cmp(folder)) {
            let slot = slots.get_mut(at)?;
            let path = file.strip_prefix(slot.package_dir.as_str())?.strip_prefix('/')?.to_owned();
            return Some((slot, path));
        }
        folder = parent(folder);
    }
    None
}

/// Adds every directory above a link, up to the folders of the workspace, which are not part of this tree.
fn add_directories(links: &mut BTreeMap<String, Node>, importers: &[ImporterId]) {
    let mut folders: BTreeSet<&str> = BTreeSet::from([""]);
    for importer in importers {
        let mut folder = importer.as_str();
        while folders.insert(folder) {
            folder = parent(folder);
        }
    }
    let paths: Vec<String> = links.keys().cloned().collect();
    for path in paths {
        let mut directory = parent(&path);
        while !folders.contains(directory) && !links.contains_key(directory) {
            links.insert(directory.to_owned(), Node::Directory);
            directory = parent(directory);
        }
    }
}
