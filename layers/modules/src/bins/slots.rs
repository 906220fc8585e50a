//! The `.bin` of a package in its slot.

use super::{Bins, Linked, Source};
use crate::{Bundled, DepPath, Dependency, Dialect};

impl Bins<'_> {
    /// What `<package>/node_modules/.bin` holds; nothing where no command is offered.
    pub(super) fn of_slot(&self, dep_path: &DepPath) -> Option<Linked> {
        let package = self.closure.packages.get(dep_path)?;
        let place = self.places.of(dep_path)?;
        let directory = format!("{}/node_modules/.bin", place.package);
        let own = Dependency::Package(dep_path.clone());
        let own = self.source(&own, None, true).filter(|_| package.has_bin);
        let bundled = if package.bundled == Bundled::None { Vec::new() } else { self.bundled(dep_path, &place.package) };
        let children = self.children(dep_path);
        if self.dialect() == Dialect::V12 {
            let sources: Vec<Source<'_>> = children.into_iter().chain(bundled).chain(own).collect();
            return some(self.linker.link(&directory, &sources));
        }
        let mut linked = self.linker.link(&directory, &children);
        linked.extend(self.linker.link(&directory, &bundled));
        // Whatever is built links its dependencies' commands once more, with its own; a patch counts as a build. 11 waits with an own
        // command until its file is there.
        if dep_path.patch_hash().is_some() || self.built.contains(dep_path) {
            let own = own.map(|own| Source { only_present: self.dialect() == Dialect::V11, ..own });
            let sources: Vec<Source<'_>> = self.real_children(dep_path).into_iter().chain(own).collect();
            linked.extend(self.linker.link(&directory, &sources));
            linked.extend(self.linker.link(&directory, &bundled));
        }
        some(linked)
    }

    /// The dependencies with commands. With a workspace folder among its dependencies, 9 to 11 link whatever stands in the slot,
    /// by the links there.
    fn children(&self, dep_path: &DepPath) -> Vec<Source<'_>> {
        let Some(package) = self.closure.packages.get(dep_path) else { return Vec::new() };
        let links = package.children.iter().any(|(_, child)| matches!(child, Dependency::Link(_)));
        if !links || self.dialect() == Dialect::V12 {
            return self.real_children(dep_path);
        }
        let Some(place) = self.places.of(dep_path) else { return Vec::new() };
        let modules = place.modules();
        let others = package.children.iter().filter(|(alias, _)| *alias != place.name);
        others.filter_map(|(alias, child)| self.source(child, Some(format!("{modules}/{alias}")), true)).collect()
    }

    fn real_children(&self, dep_path: &DepPath) -> Vec<Source<'_>> {
        let children = self.closure.packages.get(dep_path).into_iter().flat_map(|package| &package.children);
        children.filter(|(_, child)| self.has_bin(child)).filter_map(|(_, child)| self.source(child, None, true)).collect()
    }

    fn bundled(&self, dep_path: &DepPath, package_dir: &str) -> Vec<Source<'_>> {
        let bundled = self.packs.get(dep_path).into_iter().flat_map(|offers| &offers.bundled);
        let source = |(folder, bins)| {
            let real = format!("{package_dir}/{folder}");
            Source { location: real.clone(), real, bins, direct: true, only_present: false }
        };
        bundled.map(|(folder, bins)| source((folder, bins))).collect()
    }
}

fn some(linked: Linked) -> Option<Linked> {
    (linked != Linked::default()).then_some(linked)
}
