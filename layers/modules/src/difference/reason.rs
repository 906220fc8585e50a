//! Why a path differs, if the workspace explains it. In: one difference. Out: a reason or `None`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{Closure, DepPath, Importer, ImporterId, Target, Workspace, parent, slot_names};
use fourply_store::{InputKind, read_text};

use super::model::{DifferenceKind, DifferenceReason, PathDifference, is_below};
use crate::{EntryKind, PruneRule, Removal};

/// The inputs for reasons.
#[derive(Debug)]
pub struct KnownWorkspace<'a> {
    workspace: &'a Workspace,
    target: &'a Target,
    production: &'a Closure,
    all: &'a Closure,
    /// The workspace's root in the image.
    pub(super) root_in_image: &'a str,
    slots: BTreeMap<String, DepPath>,
    removed: BTreeMap<String, PruneRule>,
}

impl<'a> KnownWorkspace<'a> {
    /// `production` is the planned closure, `all` the same with development dependencies, `removals` the files that the
    /// image leaves out of the tree.
    pub fn new(
        workspace: &'a Workspace,
        target: &'a Target,
        (production, all): (&'a Closure, &'a Closure),
        removals: Vec<Removal>,
        root_in_image: &'a str,
    ) -> KnownWorkspace<'a> {
        let removed = removals.into_iter().map(|removal| (removal.path, removal.rule)).collect();
        let slots = slot_names(workspace);
        KnownWorkspace { workspace, target, production, all, root_in_image, slots, removed }
    }

    /// The folders of links of all importers.
    pub(super) fn modules_dirs(&self) -> BTreeSet<String> {
        let dir = &self.workspace.settings.folders.modules_dir;
        self.workspace.lockfile.importers.keys().map(|importer| importer.path_of(dir)).collect()
    }

    /// The virtual store, if `virtualStoreDir` is outside these folders of links.
    pub(super) fn store_outside(&self, roots: &BTreeSet<String>) -> Option<String> {
        let store = &self.workspace.settings.folders.virtual_store_dir;
        (!roots.iter().any(|root| is_below(store, root))).then(|| store.clone())
    }

    pub(super) fn reason(&self, one: &PathDifference, folder: &Path) -> Option<DifferenceReason> {
        if one.kind == DifferenceKind::Missing
            && let Some(rule) = self.pruned(one)
        {
            return Some(DifferenceReason::Pruned(rule));
        }
        let slot = self.slot(&one.path);
        match one.kind {
            DifferenceKind::Extra | DifferenceKind::Missing
                if one.path.contains("/.bin/") || one.path.ends_with("/.bin") =>
            {
                Some(DifferenceReason::Command)
            }
            DifferenceKind::Extra if slot.is_none() => self.extra(one),
            DifferenceKind::Extra => {
                slot.flatten().map_or(Some(DifferenceReason::NotInLockfile), |slot| self.package(&slot))
            }
            DifferenceKind::Missing => match slot.flatten() {
                Some(slot) if !self.all.packages.contains_key(&slot) => {
                    Some(DifferenceReason::LinkedImporter)
                }
                Some(slot) => self.limits(&slot).map(DifferenceReason::SomePlatforms),
                None if self.is_linked_alone(&one.path) => Some(DifferenceReason::LinkedImporter),
                None => self.hoisted(&one.path),
            },
            DifferenceKind::Target => self.hoisted(&one.path),
            DifferenceKind::Content if one.path.contains("/.bin/") => Some(DifferenceReason::Command),
            DifferenceKind::Content => slot.and_then(|_| has_install_script(folder, &one.path)),
            DifferenceKind::Type | DifferenceKind::Mode => None,
        }
    }

    /// The rule that leaves out the file, or the whole folder.
    fn pruned(&self, one: &PathDifference) -> Option<PruneRule> {
        if one.planned.as_ref().is_some_and(|planned| planned.kind != EntryKind::Directory) {
            return self.removed.get(&one.path).copied();
        }
        let below = self.removed.iter().filter(|(path, _)| is_below(path, &one.path));
        let (count, rule) = below.fold((0, None), |(count, _), (_, rule)| (count + 1, Some(*rule)));
        rule.filter(|_| count > 0 && count >= one.below.div_ceil(2))
    }

    /// The package of the slot around a path. The outer `None` means no slot, the inner `None` a slot without a known
    /// package.
    fn slot(&self, path: &str) -> Option<Option<DepPath>> {
        let store = format!("{}/", self.workspace.settings.folders.virtual_store_dir);
        let name = path.strip_prefix(&store)?.split('/').next()?;
        (name != "node_modules").then(|| self.slots.get(name).cloned())
    }

    /// The reason for a package that is on disk and not planned.
    fn package(&self, dep_path: &DepPath) -> Option<DifferenceReason> {
        if self.production.packages.contains_key(dep_path) {
            return None;
        }
        let skipped =
            [self.production, self.all].into_iter().find_map(|closure| closure.skipped.get(dep_path));
        if let Some(reason) = skipped {
            return Some(DifferenceReason::OtherPlatform(reason.clone()));
        }
        let info = self.workspace.lockfile.info(dep_path);
        let runs = info.is_none_or(|info| {
            self.target.is_among(info.os.as_deref(), info.cpu.as_deref(), info.libc.as_deref())
        });
        match self.limits(dep_path).filter(|_| !runs) {
            Some(limits) => Some(DifferenceReason::OtherPlatform(limits)),
            None if self.all.packages.contains_key(dep_path) => Some(DifferenceReason::Development),
            None => Some(DifferenceReason::OtherImporters),
        }
    }

    /// The platforms that a package declares.
    fn limits(&self, dep_path: &DepPath) -> Option<String> {
        let info = self.workspace.lockfile.info(dep_path)?;
        let lists = [("os", &info.os), ("cpu", &info.cpu), ("libc", &info.libc)];
        let words: Vec<String> = lists
            .into_iter()
            .filter_map(|(name, list)| Some(format!("{name} {}", list.as_ref()?.join(", "))))
            .collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// The reason for a path outside slots that is on disk and not planned.
    fn extra(&self, one: &PathDifference) -> Option<DifferenceReason> {
        let (importer, lists) = self.owner(&one.path)?;
        let modules = importer.path_of(&self.workspace.settings.folders.modules_dir);
        let alias = one.path.strip_prefix(&format!("{modules}/")).unwrap_or_default();
        if !self.production.importers.contains(importer) {
            let development = self.all.importers.contains(importer);
            return Some(if development {
                DifferenceReason::Development
            } else {
                DifferenceReason::OtherImporters
            });
        }
        if lists.dev_dependencies.contains_key(alias) {
            return Some(DifferenceReason::Development);
        }
        self.hoisted(&one.path)
    }

    /// The importer whose node_modules is at or around a path.
    fn owner(&self, path: &str) -> Option<(&ImporterId, &Importer)> {
        let dir = &self.workspace.settings.folders.modules_dir;
        let importers = self.workspace.lockfile.importers.iter();
        let own = importers.filter(|(importer, _)| {
            let modules = importer.path_of(dir);
            path == modules || is_below(path, &modules)
        });
        own.max_by_key(|(importer, _)| importer.as_str().len())
    }

    /// Whether a path belongs to a package that the service does not depend on, and that is included because a link of
    /// the image leads to it.
    fn is_linked_alone(&self, path: &str) -> bool {
        self.owner(path).is_some_and(|(importer, _)| {
            self.production.importers.contains(importer) && !self.all.importers.contains(importer)
        })
    }

    /// The reason for a hoisted link: one in the virtual store's node_modules, or next to the root's own dependencies.
    fn hoisted(&self, path: &str) -> Option<DifferenceReason> {
        let folders = &self.workspace.settings.folders;
        let private = format!("{}/node_modules", folders.virtual_store_dir);
        let top = path.strip_prefix(&format!("{}/", folders.modules_dir)).is_some_and(|alias| {
            !alias.starts_with('.') && alias.matches('/').count() == usize::from(alias.starts_with('@'))
        });
        (is_below(path, &private) || path == private || top).then_some(DifferenceReason::Hoisted)
    }
}

/// The reason for a file in a package that declares install scripts.
fn has_install_script(folder: &Path, path: &str) -> Option<DifferenceReason> {
    let mut package = parent(path);
    while !package.is_empty() && !folder.join(package).join("package.json").is_file() {
        package = parent(package);
    }
    let text = read_text(&folder.join(package).join("package.json"), InputKind::PackageJson).ok()?;
    let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
    let has = |name: &str| manifest.get("scripts").is_some_and(|scripts| scripts.get(name).is_some());
    let compiles = folder.join(package).join("binding.gyp").is_file();
    (compiles || ["preinstall", "install", "postinstall"].into_iter().any(has))
        .then_some(DifferenceReason::InstallScript)
}
