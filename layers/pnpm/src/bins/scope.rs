//! The inputs of linking: a closure, its locations, what packages offer. Out: sources of commands.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::commands::PackageBins;
use super::link::{BinSource, Linker, Rank};
use crate::layout::hoist::Hoisted;
use crate::layout::locations::Locations;
use crate::rules::{BinRules, HoistedLinks, MissingTarget};
use crate::{Closure, DepPath, Dependency, ImporterId, Workspace};

/// The commands and scripts of one package, read from its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOffers {
    /// The package's own commands; `None` without a package.json.
    pub own: Option<PackageBins>,
    /// The commands of the packages in its own node_modules, by folder (`node_modules/x`), sorted.
    pub bundled: Vec<(String, PackageBins)>,
    /// It has install scripts, or files that pnpm treats as such.
    pub requires_build: bool,
}

/// The offers of packages and folders that a layout asks for: see [`Layout`](crate::Layout).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// By package.
    pub packs: BTreeMap<DepPath, Arc<PackOffers>>,
    /// The offers of packages with install scripts, before their scripts ran.
    pub published: BTreeMap<DepPath, Arc<PackOffers>>,
    /// The offers of patched packages, before patching.
    pub unpatched: BTreeMap<DepPath, Arc<PackOffers>>,
    /// By folder of the workspace.
    pub folders: BTreeMap<ImporterId, PackageBins>,
}

impl Offers {
    /// The offers before patching, as the rules see them at that point.
    pub(crate) fn before_patches(&self, missing: MissingTarget) -> Cow<'_, Offers> {
        self.mixed(|before, patched| match missing {
            MissingTarget::LeftOut => before.clone(),
            MissingTarget::Linked => before.with_targets_of(patched),
        })
    }

    /// The commands of patched packages, with the files from before patching.
    pub(crate) fn with_files_before_patches(&self) -> Cow<'_, Offers> {
        self.mixed(|before, patched| patched.with_targets_of(before))
    }

    /// `mix` gets the offers of a package before and after its patch.
    fn mixed(&self, mix: impl Fn(&PackageBins, &PackageBins) -> PackageBins) -> Cow<'_, Offers> {
        let mut mixed = Cow::Borrowed(self);
        for (package, before) in &self.unpatched {
            let Some(patched) = self.packs.get(package) else { continue };
            let own = match (&before.own, &patched.own) {
                (Some(before), Some(patched)) => Some(mix(before, patched)),
                (_, own) => own.clone(),
            };
            let offers = PackOffers { own, ..PackOffers::clone(before) };
            mixed.to_mut().packs.insert(package.clone(), Arc::new(offers));
        }
        mixed
    }
}

/// The inputs of linking.
pub(crate) struct Bins<'a> {
    pub(crate) closure: &'a Closure,
    pub(crate) locations: &'a Locations<'a>,
    pub(crate) hoisted: &'a [Hoisted],
    pub(crate) workspace: &'a Workspace,
    pub(crate) linker: Linker<'a>,
    /// `dedupeDirectDeps`.
    pub(crate) dedupe: bool,
    /// Whether the scripts of workspace packages ran. pnpm then links the importers' commands once more.
    pub(crate) scripts: bool,
    /// See [`has_build_pass`].
    pub(crate) build_pass: bool,
    /// See [`LayoutOptions`](crate::LayoutOptions).
    pub(crate) lacking: &'a BTreeSet<DepPath>,
    /// The offers before packages are patched, when commands are linked.
    pub(crate) offers: &'a Offers,
    /// The offers after patching.
    pub(crate) patched: &'a Offers,
}

impl<'a> Bins<'a> {
    /// The same inputs with other offers.
    pub(super) fn with(&self, offers: &'a Offers) -> Bins<'a> {
        Bins { offers, linker: self.linker.clone(), ..*self }
    }

    pub(super) fn rules(&self) -> &'static BinRules {
        &self.linker.rules.bins
    }

    /// A dependency as a source of commands, reached by `location` or by its real path.
    pub(super) fn source(
        &self,
        dependency: &Dependency,
        location: Option<String>,
        direct: bool,
    ) -> Option<BinSource<'_>> {
        let bins = match dependency {
            Dependency::Package(dep_path) => self.offers.packs.get(dep_path)?.own.as_ref()?,
            Dependency::Link(folder) => self.offers.folders.get(folder)?,
        };
        let real = self.locations.target(dependency)?;
        let rank = match dependency {
            _ if direct => Rank::Direct,
            Dependency::Package(_) => Rank::Hoisted,
            Dependency::Link(_) => match self.rules().hoisted_links {
                HoistedLinks::LikePackages => Rank::Hoisted,
                HoistedLinks::AfterPackages => Rank::HoistedLink,
            },
        };
        Some(BinSource {
            location: location.unwrap_or_else(|| real.clone()),
            real,
            bins,
            rank,
            only_present: false,
            patched: None,
        })
    }

    pub(super) fn has_bin(&self, dependency: &Dependency) -> bool {
        package(dependency)
            .and_then(|dep_path| self.closure.packages.get(dep_path))
            .is_some_and(|package| package.has_bin)
    }
}

pub(super) fn package(dependency: &Dependency) -> Option<&DepPath> {
    match dependency {
        Dependency::Package(dep_path) => Some(dep_path),
        Dependency::Link(_) => None,
    }
}

#[cfg(test)]
mod tests;
