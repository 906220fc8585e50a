//! What linking knows: a closure, its locations, what packages offer. Out: sources of commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::commands::PackageBins;
use super::link::{BinSource, Linker, Rank};
use crate::layout::hoist::Hoisted;
use crate::layout::locations::Locations;
use crate::rules::{BinRules, HoistedLinks};
use crate::{Closure, DepPath, Dependency, ImporterId, Workspace};

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
    pub(crate) locations: &'a Locations<'a>,
    pub(crate) hoisted: &'a [Hoisted],
    pub(crate) workspace: &'a Workspace,
    pub(crate) linker: Linker<'a>,
    /// `dedupeDirectDeps`.
    pub(crate) dedupe: bool,
    /// Whether the scripts of the workspace's packages were run, which links the importers' commands once more.
    pub(crate) scripts: bool,
    /// See [`has_build_pass`].
    pub(crate) build_pass: bool,
    pub(crate) offers: &'a Offers,
}

impl Bins<'_> {
    pub(super) fn rules(&self) -> &'static BinRules {
        &self.linker.rules.bins
    }

    /// What a dependency offers, as a source that is reached by `location`, or by its real path.
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
