//! The steps of a build from request to package archive, in order. In: a request. Out: a built application.
//!
//! Sources are listed and hashed, which gives the key. If the key was built before, the work ends there. Otherwise:
//! isolated workspace packages, install, sync, scripts, capture of outputs and of files generated in node_modules,
//! archive.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::ImporterId;

use crate::build_parts::{noted, places, sources_of, unused};
use crate::captured::Captured;
use crate::empty_folders::empty_folders;
use crate::generated;
use crate::hash::{HashedSource, hash_contents, hash_known, key_over, list_key, with_contents};
use crate::included::Entry;
use crate::included_files::IncludedCapture;
use crate::inside::files_stay_inside;
use crate::isolated::{IsolatedBuilds, IsolatedOutcome};
use crate::kept::{BuildKeeper, Kept};
use crate::key::{build_decisions, build_key, prebuilt_decisions, prebuilt_key};
use crate::listing::Listing;
use crate::outputs::{OutputCapture, capture};
use crate::own_files::OwnFiles;
use crate::owner::folders;
use crate::packing::Packing;
use crate::passed_over::{self, has_work};
use crate::projects::Projects;
use crate::root_inputs::RootInputs;
use crate::secret_check::SecretCheck;
use crate::seen::{entries, levels, root_inputs, seen, with_script};
use crate::sources::{Listed, SourceFile};
use crate::unresolved::unresolved;
use crate::warnings::Warnings;
use crate::why::{self, BuildReason};
use crate::workshop::{Finished, Workshop};
use crate::{AppError, AppRequest, BuiltApp, Patterns, Result, ScriptFailure, StatCache, Tasks};
use fourply_scripts::install::Changes;
use fourply_scripts::written::Places;
use fourply_scripts::{Event, Running, pack_folders};
use tracing::info_span;

/// Builds, or finds the result of an earlier build with the same inputs.
///
/// It waits for programs and for other builds, so no rayon thread may call it: its files are read on these.
///
/// # Errors
/// See [`AppError`]. A failed build records nothing, and the next one starts from clean sources.
pub fn build(request: &AppRequest<'_>) -> Result<BuiltApp> {
    let _running = Running::begin(request.install.host.report);
    let manifests = &request.workspace().manifests;
    if !manifests.contains_key(request.service) {
        return Err(AppError::NoManifest { service: request.service.clone() });
    }
    let (build, others) = Build::new(request)?;
    let app = match request.tasks {
        Some(tasks) if has_work(request, &build.levels(tasks), tasks)? => build.scripted(tasks)?,
        _ => build.prebuilt()?,
    };
    let project = |request: &AppRequest<'_>| Build::new(request)?.0.project();
    Projects { request, entries: others, build: &project }.join(app)
}

fourply_blob::inputs! {
    /// The name of the file with times and sizes of hashed files.
    struct StatCacheInputs<'a>: "stat cache", rules 2 {
        root: &'a Path,
        service: &'a ImporterId,
        what: &'a str,
    }
}

/// The scripts of one build.
struct Scripts<'a> {
    tasks: &'a Tasks,
    levels: &'a [Vec<ImporterId>],
    /// The packages with the script.
    built: &'a BTreeSet<ImporterId>,
    /// The sources given to them.
    given: &'a BTreeSet<String>,
    /// The root's inputs; all of it if `None`.
    root: Option<&'a RootInputs>,
}

struct Build<'a> {
    request: &'a AppRequest<'a>,
    outputs: Patterns,
    package_outputs: Patterns,
    /// The service's configured files in the build folder.
    entries: Vec<Entry>,
    secrets: SecretCheck,
}

impl<'a> Build<'a> {
    /// Returns also the configured files of other projects, which this build does not affect.
    fn new(request: &'a AppRequest<'a>) -> Result<(Build<'a>, Vec<Entry>)> {
        let selection = &request.selection;
        let (entries, others) = entries(&request.sources())?;
        let build = Build {
            request,
            outputs: Patterns::new(&request.outputs())?,
            package_outputs: Patterns::new(selection.package_outputs)?,
            entries,
            secrets: SecretCheck::new(&request.values.secrets),
        };
        Ok((build, others))
    }

    /// Builds another project. If it has no script, its sources are the result.
    fn project(&self) -> Result<BuiltApp> {
        let Some(tasks) = self.request.tasks else { return self.prebuilt() };
        let levels = self.levels(tasks);
        if !self.with_script(&levels, tasks).is_empty() {
            return self.scripted(tasks);
        }
        let sources = self.sources(&BTreeSet::new(), self.root_inputs(&levels, tasks)?)?.files;
        let paths = sources.into_iter().map(|source| source.path).collect();
        let root = &self.request.workspace().root;
        self.as_it_lies(self.captured(root, &BTreeSet::new(), None, Some(&paths))?)
    }

    fn prebuilt(&self) -> Result<BuiltApp> {
        let root = &self.request.workspace().root;
        self.as_it_lies(self.captured(root, &BTreeSet::new(), None, None)?)
    }

    fn as_it_lies(&self, files: Vec<Captured>) -> Result<BuiltApp> {
        let root = &self.request.workspace().root;
        // There may be very many files: each path is held once.
        let contents = self.hash(&sources_of(&files), "prebuilt")?;
        let sources = || files.iter().map(|captured| &captured.source).zip(&contents);
        let key = prebuilt_key(self.request, &key_over(sources()));
        let (record, decisions) =
            (self.place_of("why as it lies"), || prebuilt_decisions(self.request, sources()));
        // Files of folders that are not outputs are not in the key.
        let folders = self.folders(root)?;
        let dist = match self.keeper().remembered(&key)? {
            Some(dist) => {
                why::keep_other(&record, &key, decisions)?;
                dist
            }
            None => {
                self.say_why_packed(&why::reason(&record, &key, &decisions()));
                let packed =
                    self.keeper().pack(root, &files, &contents, key, Kept::default(), &Places::default())?;
                why::keep(&record, &key, &decisions())?;
                packed
            }
        };
        let sources = files.into_iter().zip(contents);
        let sources =
            sources.map(|(captured, content)| HashedSource { source: captured.source, content }).collect();
        Ok(BuiltApp { folders, sources, ..dist })
    }

    fn keeper(&self) -> BuildKeeper<'_> {
        BuildKeeper { request: self.request, secrets: &self.secrets }
    }

    fn levels(&self, tasks: &Tasks) -> Vec<Vec<ImporterId>> {
        levels(&self.request.sources(), tasks)
    }

    fn scripted(&self, tasks: &Tasks) -> Result<BuiltApp> {
        let levels = self.levels(tasks);
        let built = self.with_script(&levels, tasks);
        let root = self.root_inputs(&levels, tasks)?;
        let Listed { mut files, left_out, ignored } = self.sources(&built, root.clone())?;
        if !built.contains(self.request.service) {
            files.extend(passed_over::outputs(&self.request.sources(), &self.outputs)?);
            files.sort();
            files.dedup();
        }
        let contents = self.hash(&files.iter().collect::<Vec<_>>(), "sources")?;
        let sources = with_contents(files, contents);
        // Downloads of scripts are part of the key.
        let current = || build_key(self.request, &list_key(&sources), tasks);
        let key = current();
        let host = &self.request.install.host;
        let (record, decisions) = (self.place_of("why"), || build_decisions(self.request, tasks, &sources));
        if let Some((level, dist)) = host.sandbox.known_at(&key, |key| self.keeper().remembered(key))? {
            why::keep_other(&record, &key, decisions)?;
            return Ok(BuiltApp { sources, level: Some(level), ..dist });
        }
        let decisions = decisions().at_level(host.sandbox.strength().level);
        let reason = match host.sandbox.compared() {
            Some(_) => BuildReason::Again,
            None => why::reason(&record, &key, &decisions),
        };
        self.say_why(&reason);
        let given = sources.iter().map(|hashed| hashed.source.path.clone()).collect();
        let warnings = Warnings { request: self.request, tasks, levels: &levels, built: &built };
        warnings.give(&left_out, &sources);
        if warnings.perhaps_stale() {
            warnings.of_stale(&given, &self.sources(&BTreeSet::new(), root.clone())?.files);
        }
        let scripts = Scripts { tasks, levels: &levels, built: &built, given: &given, root: root.as_ref() };
        let request = self.request;
        let dist = self.run(&scripts, &sources, &current).map_err(|error| match error {
            AppError::Script(failure) => {
                let unresolved = unresolved(request, &failure, &built, tasks);
                let seen = sources.iter().map(|hashed| hashed.source.path.as_str()).collect();
                let git_ignored = ignored.named_in(&failure.log, &seen);
                AppError::Script(Box::new(ScriptFailure { left_out, unresolved, git_ignored, ..*failure }))
            }
            other => other,
        })?;
        why::keep(&record, &current(), &decisions)?;
        Ok(BuiltApp { sources, level: Some(host.sandbox.made_at()), ..dist })
    }

    /// Runs the scripts.
    fn run(
        &self,
        scripts: &Scripts<'_>,
        sources: &[HashedSource],
        key: &dyn Fn() -> Key,
    ) -> Result<BuiltApp> {
        let Scripts { tasks, levels, root, .. } = *scripts;
        let request = self.request;
        let isolated = match tasks.command() {
            // It builds all packages itself.
            Some(_) => IsolatedOutcome::default(),
            None => IsolatedBuilds { request, tasks, sources, root }.build(levels)?,
        };
        let workshop = Workshop { request, tasks, levels, sources, made: &isolated.made, look: false };
        let (sandbox, keeper) = (request.install.host.sandbox, self.keeper());
        let known = || sandbox.known(&key(), |key| keeper.remembered(key));
        let keep = |finished: &Finished<'_>| {
            sandbox.keep(&key(), |key| self.keep(finished, scripts, *key, &isolated.keys))
        };
        let dist = workshop.work(&known, &keep)?;
        if let Some(run) = sandbox.compared() {
            noted(&dist, request.service, key()).into_iter().for_each(|made| run.note(made));
        }
        isolated.remember_failures(request)?;
        Ok(dist)
    }

    /// Keeps the scripts' output files.
    fn keep(
        &self,
        finished: &Finished<'_>,
        scripts: &Scripts<'_>,
        key: Key,
        packages: &BTreeSet<Key>,
    ) -> Result<BuiltApp> {
        let root = finished.scratch.root();
        let files = self.captured(&root, scripts.built, Some(scripts.given), None)?;
        let files_taken = sources_of(&files);
        files_stay_inside(&root, &files_taken)?;
        let contents = hash_contents(&root, &files_taken)?;
        let places = places(self.request, finished.scratch);
        let generated = self.generated(&root, &places, finished.changes)?;
        let (folders, packages, partial) = (self.folders(&root)?, packages.clone(), !finished.complete);
        let unused = unused(self.request, &root, &files, scripts.given)?;
        let all = crate::owner::folders(self.request.workspace().manifests.keys());
        let empty = empty_folders(&root, self.request.service, &self.outputs, &all);
        let kept = Kept { folders, generated, packages, unused, empty, partial };
        self.keeper().pack(&root, &files, &contents, key, kept, &places)
    }

    /// The files that scripts wrote to node_modules for the image.
    fn generated(&self, root: &Path, places: &Places, changes: &Changes) -> Result<Option<Key>> {
        if self.request.selection.modules.is_none() {
            return Ok(None);
        }
        generated::GeneratedCapture { request: self.request, secrets: &self.secrets, root, places }
            .keep(changes)
    }

    /// The packages of the build that have the script.
    fn with_script(&self, levels: &[Vec<ImporterId>], tasks: &Tasks) -> BTreeSet<ImporterId> {
        with_script(&self.request.sources(), levels, tasks)
    }

    fn root_inputs(&self, levels: &[Vec<ImporterId>], tasks: &Tasks) -> Result<Option<RootInputs>> {
        root_inputs(&self.request.sources(), levels, tasks, &self.entries)
    }

    fn sources(&self, built: &BTreeSet<ImporterId>, root: Option<RootInputs>) -> Result<Listed> {
        let _span = info_span!("sources", of = %self.request.service).entered();
        seen(&self.request.sources(), built, root)
    }

    /// The path of records about this service of this workspace.
    fn place_of(&self, what: &str) -> PathBuf {
        let (root, request) = (&self.request.workspace().root, self.request);
        let (folder, what) = why::place(what, request.target);
        let name = StatCacheInputs { root, service: request.service, what: &what }.key();
        request.install.host.folder.join(folder).join(name.hex())
    }

    fn say_why(&self, reason: &BuildReason) {
        let event = Event::Build { package: self.request.service, reason: &reason.to_string() };
        self.request.install.host.report.event(event);
    }

    /// Reports why files without scripts are packed again. The first time, nothing is reported.
    fn say_why_packed(&self, reason: &BuildReason) {
        if *reason == BuildReason::First {
            return;
        }
        let event = Event::Take { package: self.request.service, reason: &reason.to_string() };
        self.request.install.host.report.event(event);
    }

    /// Hashes files of the user's tree with the stat cache.
    fn hash(&self, files: &[&SourceFile], what: &str) -> Result<Vec<Key>> {
        let root = &self.request.workspace().root;
        let _span = info_span!("hash", of = what).entered();
        let path = self.place_of(what);
        let mut cache = StatCache::read(&path);
        let (contents, changed) = hash_known(root, files, &mut cache, self.request.now)?;
        if changed {
            cache.write(&path)?;
        }
        Ok(contents)
    }

    /// `given` are the files given to scripts; if `only` is set, no other files are captured.
    fn captured(
        &self,
        root: &Path,
        built: &BTreeSet<ImporterId>,
        given: Option<&BTreeSet<String>>,
        only: Option<&BTreeSet<String>>,
    ) -> Result<Vec<Captured>> {
        let (request, workspace) = (self.request, self.request.workspace());
        let _span = info_span!("outputs", of = %request.service).entered();
        let packages = folders(workspace.manifests.keys());
        let modules = &workspace.settings.folders.modules_dir;
        let own = OwnFiles::new(&request.inputs.written, &request.inputs.streams)?;
        // Files in the build folder are the scripts', so none is the program's own.
        let own = given.is_none().then_some(&own);
        let of_tasks = request.package_turbo_outputs().into_iter();
        let of_tasks: BTreeMap<&str, Patterns> =
            of_tasks.map(|(id, texts)| Ok((id, Patterns::new(texts)?))).collect::<Result<_>>()?;
        capture(&OutputCapture {
            included: IncludedCapture {
                entries: &self.entries,
                listing: Listing { root, packages: &packages, modules, only, special: None, own },
                workspace: &workspace.root,
                root_in_image: request.install.root_in_image,
            },
            service: request.service,
            outputs: &self.outputs,
            named: request.selection.named,
            program: request.program().as_deref(),
            packing: Packing {
                store: request.store(),
                root,
                rules: &workspace.rules.packing,
                prune: request.selection.prune,
                outputs: &self.package_outputs,
                sources: given,
            },
            of_tasks: &of_tasks,
            production: request.production,
            manifests: &workspace.manifests,
            built,
        })
    }

    /// The packages that the image takes from folders of the workspace at `root`.
    fn folders(&self, root: &Path) -> Result<BTreeMap<ImporterId, Key>> {
        let (request, rules) = (self.request, &self.request.workspace().rules.packing);
        Ok(pack_folders(request.store(), root, request.production, rules, &|_, _| false)?)
    }
}
