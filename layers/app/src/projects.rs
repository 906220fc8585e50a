//! Files of other workspace projects in a service's image, which its own build does not affect. In: a built service,
//! the entries of its files that are in other projects. Out: the service with these files. Each project is built like a
//! service, with its own closure in its own folder. It is built once for all services with the same request, and no
//! script of one sees the other.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::{Closure, ImporterId, Include, Target, Workspace, closure};
use fourply_store::{Pack, PackBuilder, PackKind, Store};

use crate::captured::programs;
use crate::hash::HashedSource;
use crate::included::{Entry, IncludedFiles};
use crate::links::resolved;
use crate::listing::inside;
use crate::request::Selection;
use crate::{AppError, AppRequest, BuiltApp, Patterns, Result, Tasks, TurboCache};

fourply_blob::inputs! {
    /// A service with files of other projects.
    struct JoinedInputs<'a>: "service with files of projects", rules 1 {
        service: &'a Key,
        projects: Vec<Key>,
        files: Vec<&'a IncludedFiles>,
    }
}

/// The inputs for adding files of projects.
pub(crate) struct Projects<'a> {
    /// The request.
    pub request: &'a AppRequest<'a>,
    /// The entries in other projects.
    pub entries: Vec<Entry>,
    /// Builds one project.
    pub build: &'a dyn Fn(&AppRequest<'_>) -> Result<BuiltApp>,
}

impl Projects<'_> {
    /// Builds the projects and adds the entries' files.
    ///
    /// # Errors
    /// Those of the projects' builds; or two files have the same target.
    pub(crate) fn join(&self, app: BuiltApp) -> Result<BuiltApp> {
        if self.entries.is_empty() {
            return Ok(app);
        }
        let owners: BTreeSet<&ImporterId> = self.entries.iter().map(|entry| &entry.owner).collect();
        let built = owners.into_iter().map(|owner| Ok((owner, self.built(owner)?)));
        let built = built.collect::<Result<BTreeMap<_, _>>>()?;
        let projects = built.values().map(|built| built.key).collect();
        let files = self.entries.iter().map(|entry| &entry.spec).collect();
        let key = JoinedInputs { service: &app.key, projects, files }.key();
        let reused = app.reused && built.values().all(|built| built.reused);
        let store = self.request.store();
        let mut joined = Joined::new(store, &*store.open_pack(&app.pack)?, &app)?;
        for entry in &self.entries {
            if let Some(project) = built.get(&entry.owner) {
                joined.add(entry, &*store.open_pack(&project.pack)?, project)?;
            }
        }
        let programs = joined.programs(self.request.service);
        let pack = match store.derived_pack(&key)?.filter(|pack| store.has_pack(pack)) {
            Some(pack) => pack,
            None => joined.builder.save(store)?,
        };
        store.record_derived(&key, &pack)?;
        let sources = app.sources.iter().chain(built.values().flat_map(|built| &built.sources));
        let sources: BTreeMap<&str, &HashedSource> =
            sources.map(|hashed| (hashed.source.path.as_str(), hashed)).collect();
        let sources = sources.into_values().cloned().collect();
        let level = built.values().filter_map(|built| built.level).chain(app.level).min();
        Ok(BuiltApp { pack, key, reused, programs, absolute: joined.absolute, sources, level, ..app })
    }

    /// A project with the files of all entries in it, at their own paths.
    fn built(&self, owner: &ImporterId) -> Result<BuiltApp> {
        let request = self.request;
        let (workspace, machine) = (request.workspace(), request.install.target);
        let alone = alone(owner);
        let of_owner = self.entries.iter().filter(|entry| entry.owner == *owner);
        let files = of_owner.map(|entry| IncludedFiles { from: entry.inside().to_owned(), to: None });
        let files: Vec<IncludedFiles> = files.collect();
        let choice = (request.selection.project_script)(owner);
        let tasks = choice
            .map(|choice| Tasks::new(workspace, owner, &[], &choice, &TurboCache::default()))
            .transpose()?;
        let full = full(workspace, owner, tasks.as_ref(), machine)?;
        let values = request.values.of_package();
        (self.build)(&AppRequest {
            service: owner,
            tasks: tasks.as_ref(),
            selection: Selection { outputs: &[], named: true, files: &files, ..request.selection },
            full: &full,
            projects: &[],
            values: &values,
            production: &alone,
            ..*request
        })
    }
}

/// The closure of a project that contributes only its files.
pub(crate) fn alone(owner: &ImporterId) -> Closure {
    Closure {
        importers: vec![owner.clone()],
        direct: BTreeMap::new(),
        packages: BTreeMap::new(),
        skipped: BTreeMap::new(),
        mismatched: BTreeMap::new(),
        include: Include::Production,
        others: Default::default(),
        unlinked: Default::default(),
    }
}

/// The packages that a project's build finds installed.
///
/// # Errors
/// Those of a closure.
pub(crate) fn full(
    workspace: &Workspace,
    owner: &ImporterId,
    tasks: Option<&Tasks>,
    machine: &Target,
) -> Result<Closure> {
    let others = tasks.into_iter().flat_map(Tasks::packages).filter(|package| package != owner);
    let importers: Vec<ImporterId> = [owner.clone()].into_iter().chain(others).collect();
    Ok(closure(workspace, &importers, Include::All, machine)?)
}

/// The service's archive with additional files.
struct Joined {
    builder: PackBuilder,
    /// Target path → source.
    places: BTreeMap<String, String>,
    absolute: BTreeSet<String>,
}

impl Joined {
    fn new(store: &Store, pack: &Pack, app: &BuiltApp) -> Result<Joined> {
        let (builder, places) = (PackBuilder::spooling(store), BTreeMap::new());
        let mut joined = Joined { builder, places, absolute: BTreeSet::new() };
        for entry in pack.entries() {
            joined.put(pack, &entry.path, entry.path.clone(), app)?;
        }
        Ok(joined)
    }

    fn add(&mut self, entry: &Entry, pack: &Pack, project: &BuiltApp) -> Result<()> {
        let below = format!("{}/", entry.path);
        let glob = entry.is_glob().then(|| Patterns::new(&[entry.inside().to_owned()])).transpose()?;
        for found in pack.entries() {
            let path = found.path.as_str();
            let at = match path.strip_prefix(&below) {
                Some(rest) => entry.destination(rest),
                None if path == entry.path => entry.destination(""),
                None if glob.as_ref().is_some_and(|glob| glob.names(inside(&entry.owner, path))) => {
                    path.to_owned()
                }
                None => continue,
            };
            self.check_link(entry, &found.kind, path, &at)?;
            self.put(pack, path, at, project)?;
        }
        Ok(())
    }

    /// A moved link must lead to something that is moved with it.
    fn check_link(&self, entry: &Entry, kind: &PackKind, path: &str, at: &str) -> Result<()> {
        let PackKind::Symlink { target } = kind else { return Ok(()) };
        let to = resolved(path, target);
        let inside = |to: ImporterId| to.as_str().starts_with(&format!("{}/", entry.path));
        match at == path || to.is_some_and(inside) {
            true => Ok(()),
            false => Err(entry.refuse_link(path, target)),
        }
    }

    fn put(&mut self, pack: &Pack, path: &str, at: String, of: &BuiltApp) -> Result<()> {
        if let Some(other) = self.places.get(&at).filter(|other| *other != path) {
            return Err(AppError::TwoFiles { one: path.to_owned(), other: other.clone(), at });
        }
        let Some(entry) = pack.find(path) else { return Ok(()) };
        match &entry.kind {
            PackKind::Symlink { target } => self.builder.add_symlink(&at, target)?,
            PackKind::File { executable } => {
                self.builder.copy_file(&at, *executable, &mut pack.reader(entry))?;
            }
        }
        if of.absolute.contains(path) {
            self.absolute.insert(at.clone());
        }
        self.places.insert(at, path.to_owned());
        Ok(())
    }

    fn programs(&self, service: &ImporterId) -> Vec<String> {
        programs(self.places.keys().map(String::as_str), service)
    }
}
