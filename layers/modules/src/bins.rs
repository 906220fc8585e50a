//! Commands: which `.bin` directories there are, and what stands in each.
//!
//! In: a closure, its places, its packs and what is hoisted. Out: nodes for slots and importers, and the files that become
//! executable. Packs are opened only for packages with commands, and only the first time.
//!
//! | where | whose commands | pnpm's function |
//! |---|---|---|
//! | an importer's node_modules | its direct dependencies, workspace packages too; for the root also what is publicly hoisted | `linkBinsOfImporter`, `linkBinsOfPackages` |
//! | a package's own node_modules, in its slot | its dependencies', its bundled packages'; its own too where the rules say so, or where it was patched or built | `linkAllBins`, `linkBinsOfDependencies` |
//! | the virtual store's node_modules | what is privately hoisted | `hoist` |

mod commands;
mod importers;
mod link;
mod load;
mod node_path;
mod runtime;
mod shim;
mod slots;
mod winner;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fourply_blob::Key;
use fourply_store::Store;
use rayon::prelude::*;

pub(crate) use commands::mend;
pub(crate) use link::{Linked, Linker, Rank, Source};
pub(crate) use load::PackOffers;
pub(crate) use node_path::NodePath;

use crate::layout::error::LayoutError;
use crate::layout::hoist::Hoisted;
use crate::layout::places::Places;
use crate::rules::{BinRules, HoistedLinks, SlotPasses};
use crate::{Bundled, Closure, Contents, DepPath, Dependency, ImporterId, Resolution, Workspace};
use commands::PackageBins;

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
    /// Whether pnpm goes through the packages that are built or patched, as it does when scripts run or anything is patched.
    build_pass: bool,
    /// What packages offer.
    packs: BTreeMap<DepPath, Arc<PackOffers>>,
    /// What packages offered before their scripts ran.
    published: BTreeMap<DepPath, Arc<PackOffers>>,
    /// What folders of the workspace offer.
    folders: BTreeMap<ImporterId, PackageBins>,
}

/// The outcome for a whole tree.
#[derive(Debug, Default)]
pub(crate) struct AllBins {
    /// For each package, what its slot gets.
    pub(crate) slots: BTreeMap<DepPath, Linked>,
    /// The rest.
    pub(crate) links: Linked,
}

/// What [`Bins::new`] is made from, besides the packs.
pub(crate) struct BinInputs<'a> {
    pub(crate) closure: &'a Closure,
    pub(crate) places: &'a Places<'a>,
    pub(crate) hoisted: &'a [Hoisted],
    pub(crate) workspace: &'a Workspace,
    pub(crate) linker: Linker<'a>,
    pub(crate) dedupe: bool,
    pub(crate) scripts: bool,
    /// The packs of packages before their scripts ran.
    pub(crate) published: &'a Contents,
    /// What a build left of the workspace.
    pub(crate) built: Option<&'a Key>,
}

impl<'a> Bins<'a> {
    /// Reads what all packages with commands offer.
    pub(crate) fn new(
        store: &Store,
        contents: &Contents,
        inputs: BinInputs<'a>,
    ) -> Result<Bins<'a>, LayoutError> {
        let BinInputs { closure, places, hoisted, workspace, linker, dedupe, scripts, published, built } =
            inputs;
        let rules = linker.rules;
        let patches = !workspace.settings.patched_dependencies.is_empty()
            || !workspace.lockfile.patched_dependencies.is_empty();
        let build_pass = match rules.bins.slot_passes {
            SlotPasses::AgainBeforeBuild { .. } => scripts || patches,
            SlotPasses::Once => false,
        };
        let direct: BTreeSet<&DepPath> = dependencies(closure).filter_map(package).collect();
        let wanted: Vec<&DepPath> = closure
            .packages
            .keys()
            .filter(|dep_path| build_pass || may_offer(closure, dep_path, &direct))
            .collect();
        let packs = wanted.into_par_iter().map(|dep_path| {
            let missing = || LayoutError::NoContent { dep_path: dep_path.to_string() };
            let id = contents.0.get(dep_path).ok_or_else(missing)?;
            Ok((dep_path.clone(), load::of_pack(store, id, dep_path.as_str(), rules)?))
        });
        let packs = packs.collect::<Result<BTreeMap<_, _>, LayoutError>>()?;
        let published = published.0.iter().map(|(dep_path, id)| {
            Ok((dep_path.clone(), load::of_pack(store, id, dep_path.as_str(), rules)?))
        });
        let published = published.collect::<Result<BTreeMap<_, _>, LayoutError>>()?;
        let failed = |error| LayoutError::store("cannot read what the build left", error);
        let built = built.map(|pack| store.open_pack(pack)).transpose().map_err(failed)?;
        let mut folders = BTreeMap::new();
        let children =
            closure.packages.values().flat_map(|package| &package.children).map(|(_, child)| child);
        let hoisted_targets = hoisted.iter().map(|hoisted| &hoisted.target);
        for dependency in dependencies(closure).chain(children).chain(hoisted_targets) {
            let Dependency::Link(folder) = dependency else { continue };
            if folders.contains_key(folder) {
                continue;
            }
            let manifest = workspace.manifests.get(folder).map(|manifest| &manifest.raw);
            let built = built.as_deref();
            if let Some(bins) =
                load::of_folder(&workspace.root, folder, built, manifest, &rules.bins.commands)?
            {
                folders.insert(folder.clone(), bins);
            }
        }
        Ok(Bins {
            closure,
            places,
            hoisted,
            workspace,
            linker,
            dedupe,
            scripts,
            build_pass,
            packs,
            published,
            folders,
        })
    }

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
            Dependency::Package(dep_path) => self.packs.get(dep_path)?.own.as_ref()?,
            Dependency::Link(folder) => self.folders.get(folder)?,
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
