//! Commands: which `.bin` directories there are, and what stands in each.
//!
//! In: a closure, its locations, what its packages offer and what is hoisted. Out: nodes for slots and importers, and the files that
//! become executable. It opens nothing: [`Offers`] come in.
//!
//! | where | whose commands | pnpm's function |
//! |---|---|---|
//! | an importer's node_modules | its direct dependencies, workspace packages too; for the root also what is publicly hoisted | `linkBinsOfImporter`, `linkBinsOfPackages` |
//! | a package's own node_modules, in its slot | its dependencies', its bundled packages'; its own too where the rules say so, or where it was patched or built | `linkAllBins`, `linkBinsOfDependencies` |
//! | the virtual store's node_modules | what is privately hoisted | `hoist` |

mod commands;
mod importers;
mod link;
mod node_path;
mod runtime;
mod shim;
mod slots;
mod winner;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use commands::{Files, PackageBins, package_bins, strip_carriage_return};
pub(crate) use link::{Linked, Linker, Rank, Source};
pub(crate) use node_path::NodePath;

use crate::layout::hoist::Hoisted;
use crate::layout::places::Places;
use crate::rules::{BinRules, HoistedLinks, SlotPasses};
use crate::{Bundled, Closure, DepPath, Dependency, ImporterId, Resolution, Workspace};

/// What one package's files offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOffers {
    /// The package's own commands; nothing where it has no package.json.
    pub own: Option<PackageBins>,
    /// Those of the packages in its own node_modules, by folder (`node_modules/x`), sorted.
    pub bundled: Vec<(String, PackageBins)>,
    /// It has install scripts, or what pnpm takes for such.
    pub requires_build: bool,
}

/// What packages and folders offer, as far as a layout asks for it: see [`Layout`](crate::Layout).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// By package.
    pub packs: BTreeMap<DepPath, Arc<PackOffers>>,
    /// What packages offered before their scripts ran, of those that have some.
    pub published: BTreeMap<DepPath, Arc<PackOffers>>,
    /// By folder of the workspace.
    pub folders: BTreeMap<ImporterId, PackageBins>,
}

/// Everything that linking needs to know.
pub(crate) struct Bins<'a> {
    pub(crate) closure: &'a Closure,
    pub(crate) places: &'a Places<'a>,
    pub(crate) hoisted: &'a [Hoisted],
    pub(crate) workspace: &'a Workspace,
    pub(crate) linker: Linker<'a>,
    /// `dedupeDirectDeps`.
    pub(crate) dedupe: bool,
    /// Whether the scripts of the workspace's packages were run, which links the importers' commands once more.
    pub(crate) scripts: bool,
    /// See [`has_build_pass`].
    pub(crate) build_pass: bool,
    /// What is linked.
    pub(crate) offers: &'a Offers,
}

/// The outcome for a whole tree.
#[derive(Debug, Default)]
pub(crate) struct AllBins {
    /// For each package, what its slot gets.
    pub(crate) slots: BTreeMap<DepPath, Linked>,
    /// The rest.
    pub(crate) links: Linked,
}

/// Whether pnpm goes through the packages that are built or patched, as it does when scripts run or anything is patched.
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
    /// Links everything, in pnpm's order.
    pub(crate) fn link(&self) -> AllBins {
        let mut all = AllBins { links: self.of_private_modules(), ..AllBins::default() };
        all.slots = self
            .closure
            .packages
            .keys()
            .filter_map(|dep_path| Some((dep_path.clone(), self.of_slot(dep_path)?)))
            .collect();
        for importer in &self.closure.importers {
            all.links.extend(self.of_importer(importer));
        }
        all
    }

    fn rules(&self) -> &'static BinRules {
        &self.linker.rules.bins
    }

    /// What a dependency offers, as a source that is reached by `location`, or by its real path.
    fn source(&self, dependency: &Dependency, location: Option<String>, direct: bool) -> Option<Source<'_>> {
        let bins = match dependency {
            Dependency::Package(dep_path) => self.offers.packs.get(dep_path)?.own.as_ref()?,
            Dependency::Link(folder) => self.offers.folders.get(folder)?,
        };
        let real = self.places.target(dependency)?;
        let rank = match dependency {
            _ if direct => Rank::Direct,
            Dependency::Package(_) => Rank::Hoisted,
            Dependency::Link(_) => match self.rules().hoisted_links {
                HoistedLinks::LikePackages => Rank::Hoisted,
                HoistedLinks::AfterPackages => Rank::HoistedLink,
            },
        };
        Some(Source {
            location: location.unwrap_or_else(|| real.clone()),
            real,
            bins,
            rank,
            only_present: false,
        })
    }

    fn has_bin(&self, dependency: &Dependency) -> bool {
        package(dependency)
            .and_then(|dep_path| self.closure.packages.get(dep_path))
            .is_some_and(|package| package.has_bin)
    }

    /// `<virtual store>/node_modules/.bin`.
    fn of_private_modules(&self) -> Linked {
        let modules = self.places.private_modules();
        let private = self.hoisted.iter().filter(|hoisted| !hoisted.public && self.has_bin(&hoisted.target));
        let sources: Vec<Source<'_>> = private
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

fn package(dependency: &Dependency) -> Option<&DepPath> {
    match dependency {
        Dependency::Package(dep_path) => Some(dep_path),
        Dependency::Link(_) => None,
    }
}

/// Whether a package's pack has to be looked at: the lockfile says that it has commands, or brings packages along, or the lockfile
/// cannot say, which is so for all that no registry gave.
fn may_offer(closure: &Closure, dep_path: &DepPath, direct: &BTreeSet<&DepPath>) -> bool {
    let Some(package) = closure.packages.get(dep_path) else { return false };
    let unsaid = !matches!(package.resolution, Resolution::Registry { .. }) && direct.contains(dep_path);
    package.has_bin || package.bundled != Bundled::None || unsaid
}
