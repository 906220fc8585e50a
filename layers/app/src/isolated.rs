//! Workspace packages that a service needs, each built in isolation: its own closure is installed in a folder of its
//! own, where its scripts see no other package's files. Its result is the same for every service, is built once for all
//! of them, and stays valid when a service gets another dependency. In: the packages in order, sources. Out: the result
//! of each.
//!
//! Not every package can be isolated. A package in a cycle needs the other packages. A package with undeclared
//! dependencies fails. Results other than new files cannot be kept. These packages and their dependents are built in
//! the service's own folder. This is recorded until the package's package.json or its dependencies change. A failure is
//! cached only after the service build succeeds, proving isolation caused it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fourply_blob::{Inputs as _, Key};
use fourply_modules::PlanRequest;
use fourply_pnpm::{Closure, ImporterId, Include, closure};
use fourply_store::Store;
use rayon::prelude::*;

use crate::built_files::{self, BuiltFiles, BuiltPackages};
use crate::hash::{HashedSource, list_key};
use crate::key::package_key;
use crate::owner::{folders, owner};
use crate::root_inputs::RootInputs;
use crate::scripts::runs;
use crate::sources::needed_folders;
use crate::workshop::{Finished, Workshop};
use crate::{AppError, AppRequest, Result, Tasks, build_levels};
use fourply_scripts::ScriptHost;
use fourply_scripts::try_in_turns;
use fourply_scripts::twice::{Made, MadeIn};

fourply_store::record! {
    /// A package that cannot be built in isolation.
    struct NotIsolatedOf<'a> in NotIsolated, rules 2 => bool {
        /// The package's key with its package.json instead of its sources.
        habit: &'a Key,
    }
}

fourply_blob::inputs! {
    /// A package whose files contain the path of the build folder.
    struct PlacedInputs<'a>: "package in its place", rules 2 {
        package: &'a Key,
        folder: &'a Path,
    }
}

/// The inputs of isolated builds.
pub(crate) struct IsolatedBuilds<'a> {
    /// The request for a service.
    pub request: &'a AppRequest<'a>,
    pub tasks: &'a Tasks,
    /// The sources of the service's build.
    pub sources: &'a [HashedSource],
    /// The root's inputs among them, and the packages that they are for.
    pub root: Option<&'a RootInputs>,
}

/// The result of isolated builds.
#[derive(Debug, Default)]
pub(crate) struct IsolatedOutcome {
    pub made: BuiltPackages,
    /// The keys of the stored results.
    pub keys: BTreeSet<Key>,
    /// The keys of failed packages.
    failed: Vec<Key>,
}

impl IsolatedOutcome {
    /// Records the failed packages, so that they are not tried again. The service was built, so their sources were not
    /// the cause.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) fn remember_failures(&self, request: &AppRequest<'_>) -> Result<()> {
        let keep = |key| Ok(request.store().put(&NotIsolatedOf { habit: key }, &true)?);
        self.failed.iter().try_for_each(keep)
    }
}

/// A package to build.
struct Piece<'a> {
    package: &'a ImporterId,
    closure: Closure,
}

impl IsolatedBuilds<'_> {
    /// Builds the packages with scripts in all levels except the last, or finds earlier results.
    ///
    /// # Errors
    /// All errors except those of the scripts themselves.
    pub(crate) fn build(&self, levels: &[Vec<ImporterId>]) -> Result<IsolatedOutcome> {
        let before = levels.split_last().map_or(&[][..], |(_, before)| before);
        let packages: Vec<&ImporterId> = before.iter().flatten().filter(|id| self.has_script(id)).collect();
        let (workspace, machine) = (self.request.workspace(), self.request.install.target);
        let closure =
            |package: &ImporterId| closure(workspace, std::slice::from_ref(package), Include::All, machine);
        let pieces =
            packages.into_par_iter().map(|package| Ok(Piece { package, closure: closure(package)? }));
        let pieces = pieces.collect::<Result<Vec<_>>>()?;
        let waits: Vec<BTreeSet<usize>> = (0..pieces.len()).map(|number| needs(&pieces, number)).collect();
        let outcome = Mutex::new(IsolatedOutcome::default());
        try_in_turns::<AppError>(
            &waits,
            self.request.install.host.jobs,
            self.request.install.host.cancelled,
            |number, stop| {
                let (Some(piece), Some(waits)) = (pieces.get(number), waits.get(number)) else {
                    return Ok(());
                };
                let needs = waits.iter().filter_map(|other| Some(pieces.get(*other)?.package));
                let Some(made) = all_of(&outcome, needs) else { return Ok(()) };
                let build = IsolatedBuild { all: self, piece, made: &made, stop };
                let found = build.run()?;
                let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                match found {
                    Found::Built(made, key) => {
                        outcome.made.insert(piece.package.clone(), made);
                        outcome.keys.insert(key);
                    }
                    Found::Failed(key) => outcome.failed.push(key),
                    Found::NotIsolated => {}
                }
                Ok(())
            },
        )?;
        Ok(outcome.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn has_script(&self, package: &ImporterId) -> bool {
        let manifest = self.request.workspace().manifests.get(package);
        let runs = |manifest| runs(package, manifest, self.tasks, self.request.install_scripts());
        manifest.is_some_and(runs)
    }
}

/// The earlier pieces that a piece needs, directly or indirectly.
fn needs(pieces: &[Piece<'_>], number: usize) -> BTreeSet<usize> {
    let needed = pieces.get(number).map(|piece| piece.closure.importers.as_slice()).unwrap_or_default();
    let earlier = pieces.iter().take(number).enumerate();
    earlier.filter(|(_, piece)| needed.contains(piece.package)).map(|(number, _)| number).collect()
}

/// The results of these packages; `None` if one of them was not built in isolation.
fn all_of<'a>(
    outcome: &Mutex<IsolatedOutcome>,
    packages: impl Iterator<Item = &'a ImporterId>,
) -> Option<BuiltPackages> {
    let outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
    packages.map(|package| Some((package.clone(), *outcome.made.get(package)?))).collect()
}

enum Found {
    /// With the key of the stored result.
    Built(BuiltFiles, Key),
    Failed(Key),
    NotIsolated,
}

/// A package, and the results of the packages that it needs.
struct IsolatedBuild<'a> {
    all: &'a IsolatedBuilds<'a>,
    piece: &'a Piece<'a>,
    made: &'a BuiltPackages,
    stop: &'a (dyn Fn() -> bool + Sync),
}

impl IsolatedBuild<'_> {
    fn run(&self) -> Result<Found> {
        let Piece { package, closure } = self.piece;
        let levels = build_levels(closure, package, &[], &self.all.tasks.edges());
        let leaves = self.all.tasks.leaves(&closure.importers.iter().collect());
        if leaves || levels.last().is_none_or(|last| last.len() != 1) {
            return Ok(Found::NotIsolated);
        }
        let IsolatedBuilds { request, tasks, .. } = *self.all;
        let values = request.values.of_package();
        let request = AppRequest {
            service: package,
            values: &values,
            full: closure,
            projects: &[],
            install: stoppable(request.install, self.stop),
            ..*request
        };
        let sources = self.sources();
        let keys = Keys::of(&request, tasks, &sources);
        if let Some(found) = keys.known(request.store())? {
            return Ok(found);
        }
        let workshop = Workshop {
            request: &request,
            tasks,
            levels: &levels,
            sources: &sources,
            made: self.made,
            look: true,
        };
        match workshop.work(&|| keys.known(request.store()), &|finished| keys.keep(request.store(), finished))
        {
            Err(AppError::Script(failure)) => {
                let text = format!(
                    "{package} cannot be built with what it depends on alone ({}): it is built once more, with what {} depends on",
                    failure.ended, self.all.request.service
                );
                request.install.host.warn(&text);
                Ok(Found::Failed(keys.habit()))
            }
            other => other,
        }
    }

    /// The service's sources in the package's closure, and the root's sources except those that only other packages
    /// refer to.
    fn sources(&self) -> Vec<HashedSource> {
        let packages = folders(self.all.request.workspace().manifests.keys());
        let needed = folders(&needed_folders(&self.piece.closure));
        let seen = |hashed: &&HashedSource| {
            let path = &hashed.source.path;
            match owner(&packages, path, false) {
                "." => self.all.root.is_none_or(|root| root.concerns(path, &needed)),
                owner => needed.contains(owner),
            }
        };
        self.all.sources.iter().filter(seen).cloned().collect()
    }
}

/// The same install, which stops if the host's stops or `stop` returns true.
fn stoppable<'a>(install: PlanRequest<'a>, stop: &'a (dyn Fn() -> bool + Sync)) -> PlanRequest<'a> {
    PlanRequest { host: ScriptHost { cancelled: stop, ..install.host }, ..install }
}

/// The keys of a package's stored results.
struct Keys<'a> {
    request: &'a AppRequest<'a>,
    tasks: &'a Tasks,
    sources: &'a [HashedSource],
    made: Key,
    /// For a result that contains the build folder's path: valid only for folders of this store.
    placed: Key,
}

impl<'a> Keys<'a> {
    fn of(request: &'a AppRequest<'a>, tasks: &'a Tasks, sources: &'a [HashedSource]) -> Keys<'a> {
        let made = package_key(request, tasks, &list_key(sources));
        let placed = PlacedInputs { package: &made, folder: request.install.host.folder }.key();
        Keys { request, tasks, sources, made, placed }
    }

    /// The key of the record that it cannot be isolated. Computing a key over an install takes time, so it is not
    /// computed if a result exists.
    fn habit(&self) -> Key {
        let manifest = self.request.service.path_of("package.json");
        let manifest: Vec<_> =
            self.sources.iter().filter(|hashed| hashed.source.path == manifest).cloned().collect();
        package_key(self.request, self.tasks, &list_key(&manifest))
    }

    /// The result of an earlier build.
    fn known(&self, store: &Store) -> Result<Option<Found>> {
        let host = &self.request.install.host;
        for (key, placed) in [(&self.made, false), (&self.placed, true)] {
            let found = host.sandbox.known(key, |key| {
                let pack = store.derived_pack(key)?;
                Ok::<_, AppError>(pack.map(|pack| Found::Built(BuiltFiles { pack, placed }, *key)))
            })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(store.has(&NotIsolatedOf { habit: &self.habit() }).then_some(Found::NotIsolated))
    }

    /// Stores the package's result.
    fn keep(&self, store: &Store, finished: &Finished<'_>) -> Result<Found> {
        let (root, place) = (finished.scratch.root(), finished.scratch.place());
        let made = match &finished.made {
            Some(paths) => built_files::keep(store, &root, paths, Some(&place))?,
            None => None,
        };
        let Some(made) = made else {
            if finished.complete {
                store.put(&NotIsolatedOf { habit: &self.habit() }, &true)?;
            }
            return Ok(Found::NotIsolated);
        };
        // Downloads during the build are part of the key.
        let keys = Keys::of(self.request, self.tasks, self.sources);
        let key = if made.placed { keys.placed } else { keys.made };
        let (host, package) = (&self.request.install.host, self.request.service);
        if let Some(run) = host.sandbox.compared() {
            let noted = Made::new(MadeIn::Project, package.as_str(), keys.made, made.pack);
            run.note(noted.below(place.stand_in()));
        }
        host.sandbox.keep(&key, |key| {
            if finished.complete {
                store.record_derived(key, &made.pack)?;
            }
            Ok(Found::Built(made, *key))
        })
    }
}
