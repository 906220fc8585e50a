//! Commands under `nodeLinker: hoisted`: every node_modules has the commands of the packages in it. In: spots, links of
//! importers, what packages offer. Out: nodes and executables.
//!
//! | step | in which node_modules | whose commands |
//! |---|---|---|
//! | all packages are laid out | every node_modules | all packages in it, including those bundled by the package around it |
//! | before a package is built or patched | its own, at its first location | its dependencies and itself |
//! | importers have their links | those of the installed importers | everything in it, direct dependencies first |
//!
//! Source: pnpm/pnpm@d22a3f65ee pkg-manager/headless/src/linkHoistedModules.ts, linkAllPkgsInOrder; exec/build-modules/src/index.ts,
//! linkBinsOfDependencies; pkg-manager/headless/src/index.ts, linkBinsOfImporter.

use std::collections::{BTreeMap, BTreeSet};

use super::link::{BinSource, Linked, Linker, Rank};
use super::{Offers, PackageBins};
use crate::layout::spots::{Spot, Spots};
use crate::rules::{HoistedLinks, MissingTarget, OwnCommand, SlotPasses};
use crate::{Bundled, Closure, DepPath, Dependency, ImporterId, Workspace};

/// The inputs of linking.
pub(crate) struct HoistedBins<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) closure: &'a Closure,
    pub(crate) spots: &'a Spots,
    /// The links of importers: folder of links → alias → folder of the workspace.
    pub(crate) links: &'a BTreeMap<String, BTreeMap<String, ImporterId>>,
    /// Links of importers to packages: by the link, the package's directory.
    pub(crate) direct: &'a BTreeMap<String, String>,
    pub(crate) linker: Linker<'a>,
    /// See [`has_build_pass`](super::has_build_pass).
    pub(crate) build_pass: bool,
    /// The offers before packages are patched.
    pub(crate) offers: &'a Offers,
    /// The offers after patching, when importers have their links.
    pub(crate) patched: &'a Offers,
}

impl HoistedBins<'_> {
    /// Links all commands, in pnpm's order.
    pub(crate) fn link(&self) -> Linked {
        let by_modules = self.spots.by_modules();
        let mut modules: BTreeSet<String> = by_modules.keys().map(|modules| (*modules).to_owned()).collect();
        modules.extend(self.spots.sorted.iter().map(|spot| format!("{}/node_modules", spot.dir)));
        let patched = HoistedBins { offers: self.patched, linker: self.linker.clone(), ..*self };
        let first = match self.linker.rules.bins.missing_target {
            MissingTarget::LeftOut => self,
            MissingTarget::Linked => &patched,
        };
        let mut linked = Linked::default();
        for folder in modules {
            let spots = by_modules.get(folder.as_str()).map(Vec::as_slice).unwrap_or_default();
            let sources = first.packages(&folder, spots);
            linked.extend(self.linker.link(&format!("{folder}/.bin"), &ordered(sources)));
        }
        if self.build_pass {
            for spot in self.built() {
                linked.extend(self.of_built(spot, &by_modules));
            }
        }
        for importer in &self.closure.importers {
            let folder = importer.path_of("node_modules");
            let spots = by_modules.get(folder.as_str()).map(Vec::as_slice).unwrap_or_default();
            linked.extend(patched.of_importer(importer, &folder, spots));
        }
        linked
    }

    /// The packages in a folder, including those bundled by the package around it.
    fn packages(&self, folder: &str, spots: &[&Spot]) -> BTreeMap<String, BinSource<'_>> {
        let mut sources = BTreeMap::new();
        if let Some(around) = folder.strip_suffix("/node_modules").and_then(|dir| self.spots.at(dir)) {
            let offers = self.offers.packs.get(&around.package);
            for (path, bins) in offers.into_iter().flat_map(|offers| &offers.bundled) {
                let Some(name) = path.strip_prefix("node_modules/") else { continue };
                sources.insert(name.to_owned(), self.source(format!("{folder}/{name}"), bins));
            }
        }
        for spot in spots {
            sources.remove(&spot.alias);
            if let Some(bins) = self.own(&spot.package) {
                sources.insert(spot.alias.clone(), self.source(spot.dir.clone(), bins));
            }
        }
        sources
    }

    /// The packages that are built or patched; empty if there is no such pass.
    fn built(&self) -> impl Iterator<Item = &Spot> {
        self.spots.sorted.iter().filter(|spot| {
            let requires_build =
                self.offers.packs.get(&spot.package).is_some_and(|offers| offers.requires_build);
            (requires_build || spot.package.patch_hash().is_some())
                && self.spots.nearest(&spot.package) == Some(spot.dir.as_str())
        })
    }

    fn of_built(&self, spot: &Spot, by_modules: &BTreeMap<&str, Vec<&Spot>>) -> Linked {
        let SlotPasses::AgainBeforeBuild { own_as_published, .. } = self.linker.rules.bins.slot_passes else {
            return Linked::default();
        };
        let Some(package) = self.closure.packages.get(&spot.package) else { return Linked::default() };
        let mut sources = Vec::new();
        for (_, child) in &package.children {
            let Dependency::Package(child) = child else { continue };
            let has_bin = self.closure.packages.get(child).is_some_and(|child| child.has_bin);
            let bins = self.patched.packs.get(child).and_then(|offers| offers.own.as_ref());
            if let (true, Some(dir), Some(bins)) = (has_bin, self.spots.nearest(child), bins) {
                sources.push(self.source(dir.to_owned(), bins));
            }
        }
        let before = self.offers.published.get(&spot.package).filter(|_| own_as_published);
        let own = match before {
            Some(offers) => offers.own.as_ref(),
            None => self.own(&spot.package),
        };
        let only_present = match self.linker.rules.bins.own_command {
            OwnCommand::LikeOthers => false,
            OwnCommand::IfPresent => true,
        };
        let patched = self.patched.packs.get(&spot.package).and_then(|offers| offers.own.as_ref());
        let own = own.map(|bins| self.source(spot.dir.clone(), bins));
        sources.extend(own.map(|own| BinSource { only_present, patched, ..own }));
        let folder = format!("{}/node_modules", spot.dir);
        let directory = format!("{folder}/.bin");
        let mut linked = self.linker.link(&directory, &sources);
        if package.bundled != Bundled::None {
            let spots = by_modules.get(folder.as_str()).map(Vec::as_slice).unwrap_or_default();
            linked.extend(self.linker.link(&directory, &ordered(self.packages(&folder, spots))));
        }
        linked
    }

    fn of_importer(&self, importer: &ImporterId, folder: &str, spots: &[&Spot]) -> Linked {
        let mut sources = self.packages(folder, spots);
        for (alias, target) in self.links.get(folder).into_iter().flatten() {
            sources.remove(alias);
            if let Some(bins) = self.offers.folders.get(target) {
                let location = format!("{folder}/{alias}");
                let real = target.as_str().to_owned();
                sources.insert(alias.clone(), BinSource { real, ..self.source(location, bins) });
            }
        }
        let below = format!("{folder}/");
        for (link, dir) in self.direct {
            let Some(alias) = link.strip_prefix(&below) else { continue };
            if let Some(bins) = self.spots.at(dir).and_then(|spot| self.own(&spot.package)) {
                sources.insert(
                    alias.to_owned(),
                    BinSource { real: dir.clone(), ..self.source(link.clone(), bins) },
                );
            }
        }
        let manifest = self.workspace.manifests.get(importer);
        let direct = |alias: &String| {
            manifest.is_some_and(|manifest| {
                [&manifest.dependencies, &manifest.dev_dependencies, &manifest.optional_dependencies]
                    .iter()
                    .any(|list| list.contains_key(alias))
            })
        };
        let links = self.links.get(folder);
        for (alias, source) in &mut sources {
            let is_link = links.is_some_and(|links| links.contains_key(alias));
            source.rank = match self.linker.rules.bins.hoisted_links {
                _ if direct(alias) => Rank::Direct,
                HoistedLinks::AfterPackages if is_link => Rank::HoistedLink,
                HoistedLinks::AfterPackages | HoistedLinks::LikePackages => Rank::Hoisted,
            };
            source.only_present = source.only_present && source.rank != Rank::Direct;
        }
        self.linker.link(&format!("{folder}/.bin"), &ordered(sources))
    }

    fn source<'b>(&self, location: String, bins: &'b PackageBins) -> BinSource<'b> {
        let only_present = self.linker.rules.hoisted.commands_wait_for_files;
        BinSource { real: location.clone(), location, bins, rank: Rank::Direct, only_present, patched: None }
    }

    fn own(&self, package: &DepPath) -> Option<&PackageBins> {
        self.offers.packs.get(package)?.own.as_ref()
    }
}

/// Sorted as pnpm reads a folder: names without scope first.
fn ordered(sources: BTreeMap<String, BinSource<'_>>) -> Vec<BinSource<'_>> {
    let (scoped, plain): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|(alias, _)| alias.starts_with('@'));
    plain.into_iter().chain(scoped).map(|(_, source)| source).collect()
}
