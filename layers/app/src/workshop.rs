//! One install, and the scripts that run in it. In: a request, its packages in order, sources, results of isolated
//! packages. Out: the caller's result from the folder. This module must not know what is kept or under which key.

use std::path::Path;

use fourply_pnpm::ImporterId;

use crate::built_files::BuiltPackages;
use crate::copies::Copies;
use crate::hash::{HashedSource, list_key};
use crate::key::{kept_install, level_key};
use crate::levels::Levels;
use crate::owner::folders;
use crate::passed_over::is_built;
use crate::scratch::{Scratch, Seen};
use crate::scripts::Run;
use crate::{AppRequest, Result, Tasks};
use fourply_modules::{PlannedTree, plan_build};
use fourply_scripts::environment::ScriptEnvironment;
use fourply_scripts::events::ONLY_ALLOW;
use fourply_scripts::install::Changes;
use fourply_scripts::{BuildPnpm, pack_folders, pnpm_version};
use fourply_scripts::{Event, ScriptsError};
use tracing::info_span;

/// The inputs for one run of scripts.
pub(crate) struct Workshop<'a> {
    /// The request. Its `full` closure is installed.
    pub request: &'a AppRequest<'a>,
    pub tasks: &'a Tasks,
    /// The packages in build order; the requested one is in the last level.
    pub levels: &'a [Vec<ImporterId>],
    /// The files that the scripts see.
    pub sources: &'a [HashedSource],
    /// Results of isolated packages, which need not be built here.
    pub made: &'a BuiltPackages,
    /// Whether the caller needs the last level's result.
    pub look: bool,
}

/// A folder in which scripts ran.
pub(crate) struct Finished<'a> {
    pub scratch: &'a Scratch,
    /// The scripts' changes in node_modules.
    pub changes: &'a Changes,
    /// The last level's files, if requested and if it did nothing else.
    pub made: Option<Vec<String>>,
    /// Whether no optional package was missing because of a failed fetch. Otherwise the next build may have another
    /// result.
    pub complete: bool,
}

impl Workshop<'_> {
    /// Runs the scripts, and returns the result of `keep` for the folder; or the result of `known`, because another
    /// build may have finished it while this one waited for the folder.
    ///
    /// # Errors
    /// Those of scripts and of files. The next build starts from clean sources.
    pub(crate) fn work<T>(
        &self,
        known: &dyn Fn() -> Result<Option<T>>,
        keep: &dyn Fn(&Finished<'_>) -> Result<T>,
    ) -> Result<T> {
        let host = &self.request.install.host;
        // An install that scripts of a weaker sandbox could reach is not reused: those scripts may outlive their build.
        let level = host.sandbox.strength().level;
        let sources = list_key(self.sources);
        let install = level.key(&kept_install(self.request, &sources, false));
        // Not part of the name: built files contain the folder's path, which must be the same before and after a
        // download.
        let made_of = || kept_install(self.request, &sources, true);
        let settings = &self.request.workspace().settings;
        let scratch = Scratch::open(host.folder, &install, self.request.full, settings, host.report)?;
        if let Some(known) = known()? {
            return Ok(known);
        }
        host.sandbox.admit(host.report)?;
        scratch.take_made_of(&made_of())?;
        if host.sandbox.compared().is_some() {
            scratch.forget()?;
        }
        let install = || scratch.install(self.request.store(), &|root| self.tree(root));
        let complete = info_span!("install", of = %self.request.service).in_scope(install)?;
        // If no script can run, the package with its own script must fail first.
        host.admit(self.request.service.as_str())?;
        let scratch = &scratch;
        let ran = self.run(scratch);
        let seen = match info_span!("look", of = %self.request.service).in_scope(|| scratch.look()) {
            Ok(seen) => seen,
            Err(error) => {
                // The installed state is no longer a reference.
                scratch.forget()?;
                scratch.empty_homes()?;
                return Err(ran.err().unwrap_or(error));
            }
        };
        let kept = ran.and_then(|made| self.keep(scratch, (made, complete), &seen, keep));
        info_span!("tidy", of = %self.request.service).in_scope(|| scratch.tidy(&seen))?;
        scratch.is_made_of(&made_of())?;
        if !self.request.values.secrets.is_empty() {
            // A script may have written its secrets there.
            scratch.empty_homes()?;
            scratch.fill(&self.request.workspace().root, self.sources)?;
        }
        if host.sandbox.is_tainted() {
            scratch.forget()?;
        }
        kept
    }

    /// Keeps the scripts' results.
    fn keep<T>(
        &self,
        scratch: &Scratch,
        (made, complete): (Option<Vec<String>>, bool),
        seen: &Seen,
        keep: &dyn Fn(&Finished<'_>) -> Result<T>,
    ) -> Result<T> {
        let _span = info_span!("keep", of = %self.request.service).entered();
        let changes = scratch.changes(self.request.store(), seen, &|root| self.planned(root))?;
        keep(&Finished { scratch, changes: &changes, made, complete })
    }

    fn tree(&self, root: &Path) -> Result<PlannedTree> {
        let (package, full) = (self.request.service, self.request.full);
        self.request
            .install
            .host
            .report
            .event(Event::Install { package: Some(package), packages: full.packages.len() });
        self.planned(root)
    }

    fn planned(&self, root: &Path) -> Result<PlannedTree> {
        let full = self.request.full;
        let (request, workspace) = (self.request, self.request.workspace());
        let outputs = request.selection.stale()?;
        let cleared = |folder: &ImporterId| !(request.selection.named && folder == request.service);
        // Existing files at built packages' outputs are from an earlier build.
        let stale =
            |folder: &ImporterId, path: &str| cleared(folder) && self.is_built(folder) && outputs.names(path);
        let rules = &workspace.rules.packing;
        let folders = pack_folders(request.store(), &workspace.root, full, rules, &stale)?;
        Ok(plan_build(&request.install, full, &root.to_string_lossy(), &folders)?)
    }

    fn is_built(&self, folder: &ImporterId) -> bool {
        is_built(&self.request.sources(), folder, self.tasks)
    }

    fn run(&self, scratch: &Scratch) -> Result<Option<Vec<String>>> {
        let (request, host) = (self.request, &self.request.install.host);
        let node = request.install.host.node(request.node_version)?;
        let package_manager = request.workspace().package_manager().and_then(pnpm_version);
        let pnpm = self.pnpm(package_manager)?;
        let (root, home, tmp) = (scratch.root(), scratch.home(), scratch.tmp());
        let env = request.env();
        let around = ScriptEnvironment {
            root: &root,
            home: &home,
            tmp: &tmp,
            node: &node,
            pnpm: pnpm.as_ref(),
            pnpm_version: package_manager,
            extra: &env,
            source_date_epoch: request.install.settings.source_date_epoch,
            settings: &request.workspace().settings,
        };
        let view = host.view(&root, &node, pnpm.as_ref(), [&home, &tmp])?;
        let access = &request.install.settings.network;
        let run = Run {
            sandbox: host.sandbox,
            view: &view,
            may_reach: &|id| access.of_folder(request.workspace(), id),
            network: access,
            fetcher: host.fetcher,
            tasks: self.tasks,
            folders: &scratch.folders(request.full),
            without: (!request.values.own_script).then_some(request.service),
            secrets: Some((request.service, &request.values.secrets))
                .filter(|(_, secrets)| !secrets.is_empty()),
            install: request.install_scripts(),
            manifests: &request.workspace().manifests,
            around: &around,
            jobs: request.install.host.jobs,
            cancelled: request.install.host.cancelled,
            report: request.install.host.report,
        };
        let key =
            |packages: &[ImporterId], visible: &_| level_key(request, self.tasks, packages, &root, visible);
        Levels {
            store: request.store(),
            scratch,
            from: &request.workspace().root,
            sources: self.sources,
            packages: folders(request.workspace().manifests.keys()),
            run: &run,
            key: &key,
            copies: Copies::new(request.workspace(), request.full)?,
            made: self.made,
        }
        .build(self.levels, self.look)
    }

    /// The workspace's pnpm, if a script of the build mentions it.
    fn pnpm(&self, version: Option<&str>) -> Result<Option<BuildPnpm>> {
        let manifests = &self.request.workspace().manifests;
        let manifests = self.levels.iter().flatten().filter_map(|id| manifests.get(id));
        let scripts = manifests.flat_map(|manifest| manifest.scripts.values().map(String::as_str));
        let mut scripts = scripts.filter(|text| *text != ONLY_ALLOW).chain(self.tasks.command());
        if !scripts.any(|text| {
            text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "pnpm" || word == "pnpx")
        }) {
            return Ok(None);
        }
        let version = version.ok_or_else(|| ScriptsError::Tool {
            what: "pnpm".to_owned(),
            reason:
                "a script calls it, but the root's package.json has no \"packageManager\": \"pnpm@VERSION\""
                    .into(),
        })?;
        Ok(Some(self.request.install.host.pnpm(version)?))
    }
}
