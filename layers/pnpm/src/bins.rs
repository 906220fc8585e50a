//! Commands: which `.bin` directories exist, and what each one contains.
//!
//! In: a closure, its locations, what its packages offer and what is hoisted. Out: nodes for slots and importers, and
//! the files that become executable. This module opens no files: callers pass [`Offers`].
//!
//! | directory | whose commands it has | pnpm's function |
//! |---|---|---|
//! | an importer's node_modules | its direct dependencies, workspace packages included; in the root also publicly hoisted packages | `linkBinsOfImporter`, `linkBinsOfPackages` |
//! | a package's own node_modules, in its slot | its dependencies and its bundled packages; also its own where the rules say so, or if the package was patched or built | `linkAllBins`, `linkBinsOfDependencies` |
//! | the virtual store's node_modules | privately hoisted packages | `hoist` |

mod commands;
pub(crate) mod hoisted;
mod importers;
mod link;
mod node_path;
mod runtime;
mod scope;
mod shim;
mod slots;
mod winner;

use std::collections::{BTreeMap, BTreeSet};

pub use commands::{PackageBins, PackageFiles, package_bins, strip_carriage_return};
pub(crate) use link::{BinSource, Linked, Linker, Rank};
pub(crate) use node_path::NodePath;
pub(crate) use scope::Bins;
use scope::package;
pub use scope::{Offers, PackOffers};

use crate::layout::hoist::Hoisted;
use crate::rules::{BinRules, SlotPasses};
use crate::{Bundled, Closure, DepPath, Dependency, ImporterId, Resolution, Workspace};

/// The result for a whole tree.
#[derive(Debug, Default)]
pub(crate) struct AllBins {
    /// The nodes of each package's slot.
    pub(crate) slots: BTreeMap<DepPath, Linked>,
    pub(crate) links: Linked,
}

/// Whether pnpm makes a second pass over built or patched packages. It does when scripts run or any package is patched.
pub(crate) fn has_build_pass(workspace: &Workspace, rules: &BinRules, scripts: bool) -> bool {
    let patches = !workspace.settings.resolution.patched_dependencies.is_empty()
        || !workspace.lockfile.patched_dependencies.is_empty();
    match rules.slot_passes {
        SlotPasses::AgainBeforeBuild { .. } => scripts || patches,
        SlotPasses::Once => false,
    }
}

/// The packages whose files decide what is linked.
pub(crate) fn wanted_packages(closure: &Closure, build_pass: bool) -> Vec<&DepPath> {
    let direct: BTreeSet<&DepPath> = dependencies(closure).filter_map(package).collect();
    let wanted = |dep_path: &&DepPath| build_pass || may_offer(closure, dep_path, &direct);
    closure.packages.keys().filter(wanted).collect()
}

/// The folders of the workspace whose files decide what is linked.
pub(crate) fn wanted_folders<'a>(closure: &'a Closure, hoisted: &'a [Hoisted]) -> BTreeSet<&'a ImporterId> {
    let children = closure.packages.values().flat_map(|package| &package.children).map(|(_, child)| child);
    let hoisted = hoisted.iter().map(|hoisted| &hoisted.target);
    let all = dependencies(closure).chain(children).chain(hoisted);
    let folders = all.filter_map(|dependency| match dependency {
        Dependency::Link(folder) => Some(folder),
        Dependency::Package(_) => None,
    });
    folders.collect()
}

impl Bins<'_> {
    /// Links all commands, in pnpm's order.
    pub(crate) fn link(&self) -> AllBins {
        let (private, linked_last) = match self.rules().slot_passes {
            SlotPasses::AgainBeforeBuild { .. } => (self.offers, self.patched),
            SlotPasses::Once => (self.patched, self.offers),
        };
        let private = self.with(private).of_private_modules();
        let mut all = AllBins { links: private, ..AllBins::default() };
        all.slots = self
            .closure
            .packages
            .keys()
            .filter_map(|dep_path| Some((dep_path.clone(), self.of_slot(dep_path)?)))
            .collect();
        let importers = self.with(linked_last);
        for importer in &self.closure.importers {
            all.links.extend(importers.of_importer(importer));
        }
        all
    }

    /// `<virtual store>/node_modules/.bin`.
    fn of_private_modules(&self) -> Linked {
        let modules = self.locations.private_modules();
        let private = self.hoisted.iter().filter(|hoisted| !hoisted.public && self.has_bin(&hoisted.target));
        let sources: Vec<BinSource<'_>> = private
            .filter_map(|hoisted| {
                self.source(&hoisted.target, Some(format!("{modules}/{}", hoisted.alias)), true)
            })
            .collect();
        self.linker.link(&format!("{modules}/.bin"), &sources)
    }
}

fn dependencies(closure: &Closure) -> impl Iterator<Item = &Dependency> {
    closure.direct.values().flatten().map(|(_, dependency)| dependency)
}

/// Whether the package archive must be read: the lockfile says that the package has commands or bundles packages, or
/// the lockfile cannot say (the package is not from a registry).
fn may_offer(closure: &Closure, dep_path: &DepPath, direct: &BTreeSet<&DepPath>) -> bool {
    let Some(package) = closure.packages.get(dep_path) else { return false };
    let unsaid = !matches!(package.resolution, Resolution::Registry { .. }) && direct.contains(dep_path);
    package.has_bin || package.bundled != Bundled::None || unsaid
}
