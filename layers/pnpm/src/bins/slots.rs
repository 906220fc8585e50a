//! The `.bin` of a package in its slot.

use super::{BinSource, Bins, Linked, Rank};
use crate::rules::{OwnCommand, SlotChildren, SlotPasses};
use crate::{Bundled, DepPath, Dependency};

impl Bins<'_> {
    /// The content of `<package>/node_modules/.bin`; `None` if there are no commands.
    pub(super) fn of_slot(&self, dep_path: &DepPath) -> Option<Linked> {
        let package = self.closure.packages.get(dep_path)?;
        let place = self.locations.of(dep_path)?;
        let has_manifest = self.offers.packs.get(dep_path).is_none_or(|offers| offers.own.is_some());
        if self.lacking.contains(dep_path) && !has_manifest {
            return None;
        }
        let directory = format!("{}/node_modules/.bin", place.package);
        let bundled = if package.bundled == Bundled::None {
            Vec::new()
        } else {
            self.bundled(dep_path, &place.package)
        };
        let mut children = self.children(dep_path);
        let own = self.source(&Dependency::Package(dep_path.clone()), None, true);
        let only_present = match self.rules().own_command {
            OwnCommand::LikeOthers => false,
            OwnCommand::IfPresent => true,
        };
        let patched = self.patched.packs.get(dep_path).and_then(|offers| offers.own.as_ref());
        let own = own.map(|own| BinSource { only_present, patched, ..own });
        let (own_as_published, node_path) = match self.rules().slot_passes {
            SlotPasses::AgainBeforeBuild { own_as_published, node_path } => (own_as_published, node_path),
            SlotPasses::Once => {
                children.extend(bundled);
                children.extend(own.filter(|_| package.has_bin));
                return some(self.linker.link(&directory, &children));
            }
        };
        let mut linked = self.linker.link(&directory, &children);
        linked.extend(self.linker.link(&directory, &bundled));
        if self.is_relinked(dep_path) {
            let children = self.with(self.patched);
            let mut sources = children.real_children(dep_path);
            let before = self.offers.published.get(dep_path).filter(|_| own_as_published);
            let published = before.map(|offers| offers.own.as_ref());
            sources.extend(match published {
                Some(bins) => own.and_then(|own| Some(BinSource { bins: bins?, ..own })),
                None => own,
            });
            let linker = if node_path { self.linker.clone() } else { self.linker.without_node_path() };
            linked.extend(linker.link(&directory, &sources));
            linked.extend(linker.link(&directory, &bundled));
        }
        some(linked)
    }

    /// Whether its commands are linked a second time, including its own. This happens before a package is built or
    /// patched, even if its scripts then turn out to be forbidden.
    fn is_relinked(&self, dep_path: &DepPath) -> bool {
        let requires_build = self.offers.packs.get(dep_path).is_some_and(|offers| offers.requires_build);
        self.build_pass && (requires_build || dep_path.patch_hash().is_some())
    }

    /// The dependencies with commands. If a workspace folder or a package that could not be fetched is among the
    /// dependencies, some rules link everything in the slot through the links there.
    fn children(&self, dep_path: &DepPath) -> Vec<BinSource<'_>> {
        let Some(package) = self.closure.packages.get(dep_path) else { return Vec::new() };
        let links = self.lacking.contains(dep_path)
            || package.children.iter().any(|(_, child)| matches!(child, Dependency::Link(_)));
        match self.rules().slot_children {
            SlotChildren::ByLinks => {}
            SlotChildren::ByLinksBesideFolders if links => {}
            SlotChildren::ByLinksBesideFolders | SlotChildren::ByRealPaths => {
                return self.real_children(dep_path);
            }
        }
        let Some(place) = self.locations.of(dep_path) else { return Vec::new() };
        let modules = place.modules();
        let others = package.children.iter().filter(|(alias, _)| *alias != place.name);
        others
            .filter_map(|(alias, child)| self.source(child, Some(format!("{modules}/{alias}")), true))
            .collect()
    }

    fn real_children(&self, dep_path: &DepPath) -> Vec<BinSource<'_>> {
        let children = self.closure.packages.get(dep_path).into_iter().flat_map(|package| &package.children);
        children
            .filter(|(_, child)| self.has_bin(child))
            .filter_map(|(_, child)| self.source(child, None, true))
            .collect()
    }

    fn bundled(&self, dep_path: &DepPath, package_dir: &str) -> Vec<BinSource<'_>> {
        let bundled = self.offers.packs.get(dep_path).into_iter().flat_map(|offers| &offers.bundled);
        let source = |(folder, bins)| {
            let real = format!("{package_dir}/{folder}");
            BinSource {
                location: real.clone(),
                real,
                bins,
                rank: Rank::Direct,
                only_present: false,
                patched: None,
            }
        };
        bundled.map(|(folder, bins)| source((folder, bins))).collect()
    }
}

fn some(linked: Linked) -> Option<Linked> {
    (linked != Linked::default()).then_some(linked)
}
