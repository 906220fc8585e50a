//! Levels of packages, one after the other, each from cache if its inputs match those of an earlier build. In: a build
//! folder with node_modules, sources, scripts, results of isolated packages. Out: the built workspace in that folder.
//!
//! When a level's scripts run, the folder contains only the sources of this level and of earlier ones, sources that
//! belong to no level, and the root's own files: a script cannot see a file that is not in its level's key. A changed
//! line of a service therefore runs only the service's scripts, and the results of its workspace packages are restored.
//!
//! For packages that cannot be isolated, a level's result is kept for this build folder. If it cannot be kept, because
//! scripts did more than create files, they run every time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::Key;
use fourply_pnpm::ImporterId;
use fourply_store::Store;

use crate::built_files::{self, BuiltPackages};
use crate::copies::Copies;
use crate::generated::is_cache;
use crate::hash::{HashedSource, list_key};
use crate::owner::owner;
use crate::scratch::Scratch;
use crate::scripts::Run;
use crate::{AppError, Result};
use fourply_scripts::beneath::Beneath;

/// A lockfile as pnpm writes it for a workspace without dependencies. nx fails if one of its keys is missing.
const EMPTY_LOCKFILE: &str =
    "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\npackages: {}\n\nsnapshots: {}\n";

/// pnpm's record of such an install, with the parts that nx reads.
const EMPTY_MODULES: &str = "hoistedDependencies: {}\n";

/// The inputs for building levels.
pub(crate) struct Levels<'a> {
    /// The store of the levels' results.
    pub store: &'a Store,
    /// The build folder, installed.
    pub scratch: &'a Scratch,
    /// The location of the sources.
    pub from: &'a Path,
    pub sources: &'a [HashedSource],
    /// Every package of the workspace.
    pub packages: BTreeSet<String>,
    pub run: &'a Run<'a>,
    /// The key of a level, from the key of the sources that it sees. It does not include sandboxes.
    pub key: &'a dyn Fn(&[ImporterId], &Key) -> Key,
    /// Packages in node_modules that are copies of folders.
    pub copies: Copies,
    /// Results of isolated packages, which need not be built here.
    pub made: &'a BuiltPackages,
}

impl Levels<'_> {
    /// Builds all levels in the build folder. The last one has the requested package. Its result is examined only with
    /// `look`, and returned if it can be kept.
    ///
    /// # Errors
    /// Those of scripts; or a file cannot be read or written.
    pub(crate) fn build(&self, levels: &[Vec<ImporterId>], look: bool) -> Result<Option<Vec<String>>> {
        let mut stages = self.stages(levels).into_iter();
        if let Some(command) = self.run.tasks.command() {
            return self.command(command, levels, stages.flatten().collect());
        }
        let mut visible = stages.next().unwrap_or_default();
        let fill = || self.scratch.fill(self.from, &visible);
        tracing::info_span!("fill").in_scope(fill)?;
        self.mark_root(levels)?;
        let root = self.scratch.root();
        self.copies.refresh(self.store, &root, &|folder| !levels.iter().flatten().any(|id| id == folder))?;
        let mut left = None;
        for (index, (level, sources)) in levels.iter().zip(stages).enumerate() {
            let added = self.scratch.add(self.from, &sources);
            added.map_err(|error| after(error, levels.get(..index).unwrap_or_default()))?;
            visible.extend(sources);
            let rest = self.put_back(level)?;
            if self.run.concerns(&rest) {
                self.scratch.empty_homes()?;
                match index + 1 == levels.len() {
                    true if look => left = self.looked_at(&rest)?,
                    true => self.run.level(&rest)?,
                    false => self.kept(&rest, &visible)?,
                }
            }
            self.copies.refresh(self.store, &root, &|folder| level.contains(folder))?;
        }
        Ok(left)
    }

    /// Writes a lockfile without packages to the root. Tools find a workspace's root by it (for example Next.js before
    /// 16), and nx reads it together with pnpm's record of an install. The real one is not an input: each change of it
    /// would run all scripts again.
    fn mark_root(&self, levels: &[Vec<ImporterId>]) -> Result<()> {
        if levels.iter().flatten().any(ImporterId::is_root) {
            return Ok(());
        }
        let root = Beneath::open(&self.scratch.root())?;
        let modules = &self.run.around.settings.folders.modules_dir;
        if self.from.join("nx.json").is_file() && root.has_folder(modules)? {
            root.write(&format!("{modules}/.modules.yaml"), false, EMPTY_MODULES.as_bytes())?;
        }
        Ok(root.write("pnpm-lock.yaml", false, EMPTY_LOCKFILE.as_bytes())?)
    }

    /// Runs one command instead of scripts, with all sources in place.
    fn command(
        &self,
        command: &str,
        levels: &[Vec<ImporterId>],
        sources: Vec<HashedSource>,
    ) -> Result<Option<Vec<String>>> {
        self.scratch.fill(self.from, &sources)?;
        self.mark_root(levels)?;
        self.scratch.empty_homes()?;
        self.copies.refresh(self.store, &self.scratch.root(), &|_| true)?;
        levels.iter().try_for_each(|level| self.run.installs(level))?;
        self.run.command(command)?;
        self.copies.refresh(self.store, &self.scratch.root(), &|_| true)?;
        Ok(None)
    }

    /// The sources that exist from the beginning, then those of each level.
    fn stages(&self, levels: &[Vec<ImporterId>]) -> Vec<Vec<HashedSource>> {
        let places =
            levels.iter().enumerate().flat_map(|(index, level)| level.iter().map(move |id| (id, index + 1)));
        let places: BTreeMap<&str, usize> = places.map(|(id, stage)| (id.as_str(), stage)).collect();
        let mut stages = vec![Vec::new(); levels.len() + 1];
        for hashed in self.sources {
            let stage = match owner(&self.packages, &hashed.source.path, false) {
                // Every package may read the root's files, even if the root is a package of the build.
                "." => 0,
                package => places.get(package).copied().unwrap_or(0),
            };
            if let Some(stage) = stages.get_mut(stage) {
                stage.push(hashed.clone());
            }
        }
        stages
    }

    /// Restores the results of the level's isolated packages. Returns the packages that must be built here.
    fn put_back(&self, level: &[ImporterId]) -> Result<Vec<ImporterId>> {
        let (root, place) = (self.scratch.root(), self.scratch.place());
        for made in level.iter().filter_map(|package| self.made.get(package)) {
            let pack = self.store.open_pack(&made.pack)?;
            built_files::put_back(&pack, &root, made.placed.then_some(&place))?;
        }
        Ok(level.iter().filter(|package| !self.made.contains_key(*package)).cloned().collect())
    }

    /// Builds a level, or restores its last result.
    fn kept(&self, level: &[ImporterId], visible: &[HashedSource]) -> Result<()> {
        let (key, root) = ((self.key)(level, &list_key(visible)), self.scratch.root());
        let known = self.run.sandbox.known(&key, |key| self.store.derived_pack(key))?;
        if let Some(pack) = known.and_then(|id| self.store.open_pack(&id).ok()) {
            return built_files::put_back(&pack, &root, None);
        }
        if let Some(paths) = self.looked_at(level)?
            && let Some(made) = built_files::keep(self.store, &root, &paths, None)?
        {
            // Downloads during the build are part of the key.
            let key = (self.key)(level, &list_key(visible));
            self.run.sandbox.keep(&key, |key| self.store.record_derived(key, &made.pack))?;
        }
        Ok(())
    }

    /// Builds a level. Returns the files that it created, including node_modules; `None` if it did anything else.
    fn looked_at(&self, level: &[ImporterId]) -> Result<Option<Vec<String>>> {
        let (before, modules) = (self.scratch.listing()?, self.scratch.snapshot()?);
        self.run.level(level)?;
        let made = self.scratch.listing()?.since(&before);
        let changes = self.scratch.snapshot()?.since(&modules);
        let all = changes.gone.is_empty();
        Ok(made.filter(|_| all).map(|mut made| {
            made.extend(changes.written.into_iter().filter(|path| !is_cache(path)));
            made
        }))
    }
}

/// Adds the packages whose scripts ran before a replaced folder was found.
fn after(error: AppError, levels: &[Vec<ImporterId>]) -> AppError {
    let packages: Vec<&str> = levels.iter().flatten().map(ImporterId::as_str).collect();
    match error {
        AppError::Scripts(error) => {
            error.after_all(&format!("the scripts of {}", packages.join(", "))).into()
        }
        other => other,
    }
}
