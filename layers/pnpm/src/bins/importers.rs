//! The `.bin` of an importer.

use std::collections::{BTreeMap, BTreeSet};

use super::{BinSource, Bins, Linked};
use crate::rules::{DirectDependencies, ImporterPaths};
use crate::{Dependency, ImporterId};

impl Bins<'_> {
    /// The content of `<importer>/node_modules/.bin`.
    pub(super) fn of_importer(&self, importer: &ImporterId) -> Linked {
        let directory = format!("{}/.bin", self.locations.modules_of(importer));
        let public_root =
            importer.is_root() && !self.workspace.settings.hoisting.public_hoist_pattern.is_empty();
        let sources = match self.rules().importer_paths {
            ImporterPaths::RealUnlessPublicRoot { direct_dependencies } if !public_root => {
                self.by_real_paths(importer, direct_dependencies)
            }
            ImporterPaths::RealUnlessPublicRoot { .. } | ImporterPaths::Links => self.by_links(importer),
        };
        let mut linked = self.linker.link(&directory, &sources);
        if self.rules().commands_of_installed_peers && self.workspace.settings.resolution.auto_install_peers {
            let taken = sources
                .iter()
                .flat_map(|source| &source.bins.commands)
                .map(|command| command.name.as_str())
                .collect();
            linked.extend(self.linker.link_besides(&directory, &self.peers(importer), &taken));
        }
        if self.scripts && self.rules().importers_linked_again_for_scripts {
            linked.extend(self.linker.link(&directory, &self.by_links(importer)));
        }
        linked
    }

    /// The required peers of the direct dependencies, through the links in the dependencies' slots, in the order of the
    /// dependencies.
    fn peers(&self, importer: &ImporterId) -> Vec<BinSource<'_>> {
        let mut peers: BTreeMap<String, &Dependency> = BTreeMap::new();
        for (_, dependency) in self.closure.direct.get(importer).into_iter().flatten() {
            let Dependency::Package(dep_path) = dependency else { continue };
            let (Some(package), Some(place)) =
                (self.closure.packages.get(dep_path), self.locations.of(dep_path))
            else {
                continue;
            };
            let info = self.workspace.lockfile.packages.get(dep_path.package_key());
            let required = |alias: &String| info.is_some_and(|info| info.required_peers.contains(alias));
            let children = package.children.iter().filter(|(alias, _)| required(alias));
            peers.extend(children.map(|(alias, child)| (format!("{}/{alias}", place.modules()), child)));
        }
        peers.into_iter().filter_map(|(location, child)| self.source(child, Some(location), true)).collect()
    }

    /// The direct dependencies. Where duplicates are left out, without those that the root has under the same name.
    fn by_real_paths(&self, importer: &ImporterId, looked_at: DirectDependencies) -> Vec<BinSource<'_>> {
        let root = ImporterId::root();
        let of_root: BTreeSet<&(String, Dependency)> = match self.dedupe && !importer.is_root() {
            true => self.closure.direct.get(&root).into_iter().flatten().collect(),
            false => BTreeSet::new(),
        };
        let direct = self.closure.direct.get(importer).into_iter().flatten();
        let kept = direct.filter(|dependency| !of_root.contains(dependency));
        let asked = kept.filter(|(_, dependency)| match looked_at {
            DirectDependencies::All => true,
            DirectDependencies::WithBinInLockfile => self.may_have_bin(dependency),
        });
        asked.filter_map(|(_, dependency)| self.source(dependency, None, true)).collect()
    }

    fn may_have_bin(&self, dependency: &Dependency) -> bool {
        matches!(dependency, Dependency::Link(_)) || self.has_bin(dependency)
    }

    /// Everything linked in the importer's node_modules: its direct dependencies and, in the root, publicly hoisted
    /// packages. The order is the one in which pnpm reads the folder (names without scope first), because the first of
    /// two links to one package provides its commands.
    fn by_links(&self, importer: &ImporterId) -> Vec<BinSource<'_>> {
        let modules = self.locations.modules_of(importer);
        let by = |alias: &str, dependency: &Dependency, direct| {
            self.source(dependency, Some(format!("{modules}/{alias}")), direct)
        };
        let linked = self.links_of(importer);
        let mut links: BTreeMap<&str, (&Dependency, bool)> = BTreeMap::new();
        links.extend(
            self.hoisted
                .iter()
                .filter(|hoisted| importer.is_root() && hoisted.public)
                .map(|hoisted| (hoisted.alias.as_str(), (&hoisted.target, false))),
        );
        links.extend(linked.iter().map(|(alias, dependency)| (alias.as_str(), (dependency, true))));
        let (scoped, plain): (Vec<_>, Vec<_>) =
            links.into_iter().partition(|(alias, _)| alias.starts_with('@'));
        let ordered = plain.into_iter().chain(scoped);
        ordered.filter_map(|(alias, (dependency, direct))| by(alias, dependency, direct)).collect()
    }

    /// The links that the importer has after deduplication.
    fn links_of(&self, importer: &ImporterId) -> Vec<&(String, Dependency)> {
        let direct = self.closure.direct.get(importer).into_iter().flatten();
        let of_root = crate::layout::direct::root_targets(
            self.closure,
            self.hoisted,
            self.dedupe && !importer.is_root(),
        );
        direct.filter(|(_, dependency)| !of_root.contains(dependency)).collect()
    }
}
