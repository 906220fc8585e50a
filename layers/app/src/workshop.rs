//! One install, and the scripts that run in it. In: a request, the order of its packages, sources, what packages made by themselves. Out:
//! what the caller keeps of the folder. It knows neither what is kept nor under which key.

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

/// All that one run of scripts takes.
pub(crate) struct Workshop<'a> {
    /// What was asked for: its `full` closure is installed.
    pub request: &'a AppRequest<'a>,
    pub tasks: &'a Tasks,
    /// The packages in the order in which they are built, the one that all is for in the last level.
    pub levels: &'a [Vec<ImporterId>],
    /// What the scripts see.
    pub sources: &'a [HashedSource],
    /// What need not be built here.
    pub made: &'a BuiltPackages,
    /// Whether it is asked what the last level made.
    pub look: bool,
}

/// A folder in which scripts ran.
pub(crate) struct Finished<'a> {
    pub scratch: &'a Scratch,
    /// What scripts did in node_modules.
    pub changes: &'a Changes,
    /// The files that the last level made, where that was asked and is all that it did.
    pub made: Option<Vec<String>>,
    /// No optional package was missing because it could not be fetched: otherwise the next build may make something else.
    pub complete: bool,
}

impl Workshop<'_> {
    /// Runs the scripts, and answers what `keep` makes of the folder after them; or what is `known`, as another build may have done it
    /// while this one waited for the folder.
    ///
    /// # Errors
    /// Those of scripts and of files. The next build starts from clean sources.
    pub(crate) fn work<T>(
        &self,
        known: &dyn Fn() -> Result<Option<T>>,
        keep: &dyn Fn(&Finished<'_>) -> Result<T>,
    ) -> Result<T> {
        let host = &self.request.install.host;
        // An install that scripts of a weaker sandbox could reach is not gone on with: they may outlive their build there.
        let level = host.sandbox.strength().level;
        let sources = list_key(self.sources);
        let install = level.key(&kept_install(self.request, &sources, false));
        // Not in the name: what is built holds the folder's path, and is to be the same before and after a download.
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
        // Where no script can run, a package whose own has to says so first.
        host.admit(self.request.service.as_str())?;
        let scratch = &scratch;
        let ran = self.run(scratch);
        let seen = match info_span!("look", of = %self.request.service).in_scope(|| scratch.look()) {
            Ok(seen) => seen,
            Err(error) => {
                // Nothing of it can be told from what was installed.
                scratch.forget()?;
                scratch.empty_homes()?;
                return Err(ran.err().unwrap_or(error));
            }
        };
        let kept = ran.and_then(|made| self.keep(scratch, (made, complete), &seen, keep));
        info_span!("tidy", of = %self.request.service).in_scope(|| scratch.tidy(&seen))?;
        scratch.is_made_of(&made_of())?;
        if !self.request.values.secrets.is_empty() {
            // A script may have written down what it was given.
            scratch.empty_homes()?;
            scratch.fill(&self.request.workspace().root, self.sources)?;
        }
        if host.sandbox.is_tainted() {
            scratch.forget()?;
        }
        kept
    }

    /// Keeps what the scripts made.
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
        // What lies there of the outputs of packages that are built is of an earlier build.
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

    /// The workspace's pnpm, where a script of the build mentions it.
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
