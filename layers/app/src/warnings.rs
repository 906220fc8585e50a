//! What a build says before its scripts run. In: a request, what the scripts see. Out: warnings.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;
use fourply_scripts::events::install_events;
use fourply_scripts::files::folder_of;

use crate::AppRequest;
use crate::left_out::LeftOut;
use crate::request::DEFAULT_OUTPUT;
use crate::sources::SourceFile;

pub(crate) struct BuildWarnings<'a> {
    pub request: &'a AppRequest<'a>,
    /// The packages that have the script.
    pub built: &'a BTreeSet<ImporterId>,
    pub script: &'a str,
}

impl BuildWarnings<'_> {
    /// The root's install scripts may be about any package of the workspace, and a build has those of one service alone.
    pub(crate) fn of_root(&self, levels: &[Vec<ImporterId>]) {
        let root = ImporterId::root();
        if !self.request.install_scripts() || levels.iter().flatten().any(|id| *id == root) {
            return;
        }
        let manifest = self.request.workspace().manifests.get(&root);
        for (event, command) in manifest.into_iter().flat_map(install_events) {
            let text = format!("{event} of the workspace's root does not run: {command}");
            self.request.install.host.warn(&text);
        }
    }

    /// What only the root depends on is in the image, and no build of the service's concerns it, as for `pnpm --filter 'service...' run`.
    pub(crate) fn of_unbuilt(&self) {
        let others =
            self.request.production.importers.iter().filter(|id| !id.is_root() && !self.built.contains(*id));
        for package in others.filter(|id| self.has_script(id)) {
            let text = format!(
                "{package} is in the image, as the root depends on it, and is not built: if {} uses it, let its package.json say so, or name {package} in [build] projects",
                self.request.service
            );
            self.request.install.host.warn(&text);
        }
    }

    /// A glob that names nothing is most often misspelt.
    pub(crate) fn of_inputs(&self, left_out: &LeftOut) {
        let configured = self.request.inputs.root.iter().flatten().filter(|glob| !glob.starts_with('!'));
        for glob in configured.filter(|glob| !left_out.counting.contains(glob)) {
            let text = format!("{glob:?} of the root's inputs names no file outside of packages");
            self.request.install.host.warn(&text);
        }
    }

    fn has_script(&self, package: &ImporterId) -> bool {
        let manifest = self.request.workspace().manifests.get(package);
        manifest.is_some_and(|manifest| manifest.scripts.contains_key(self.script))
    }

    /// Built packages that have something where builds leave their outputs.
    pub(crate) fn perhaps_stale(&self) -> bool {
        let root = &self.request.workspace().root;
        self.built.iter().any(|package| folder_of(root, package).join(DEFAULT_OUTPUT).exists())
    }

    /// What lies where a build leaves its outputs, though no ignore file names it, is of an earlier build: of `all` files, it is not `given`
    /// to this one.
    pub(crate) fn of_stale(&self, given: &BTreeSet<String>, all: &[SourceFile]) {
        for package in self.built {
            let folder = format!("{}/", package.path_of(DEFAULT_OUTPUT));
            let mut left = all.iter().map(|source| &source.path);
            if left.any(|path| path.starts_with(&folder) && !given.contains(path)) {
                let text = format!(
                    "{folder} is taken for what an earlier build left, and is not there for this one: let .gitignore name it, \
                     or configure it as an output if it is to stay"
                );
                self.request.install.host.warn(&text);
            }
        }
    }
}
