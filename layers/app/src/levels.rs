//! Levels of packages, one after the other, each from cache where its inputs are those of an earlier build. In: a build folder with
//! node_modules, sources, scripts, what packages made each by itself. Out: the built workspace in that folder.
//!
//! When a level's scripts run, the folder holds the sources of no package but those of this level and of earlier ones, those that are in
//! no level, and the root's own files: a script cannot see what is not in its level's key. So a changed line of a service runs the
//! scripts of the service alone, and what its workspace packages made is put back.
//!
//! Of packages that could not be built by themselves, the result of a level is kept for this build folder. If it cannot be kept, because
//! scripts did more than to make files, they run every time.

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

/// A lockfile as pnpm writes one of a workspace that depends on nothing. nx fails without one of its keys.
const EMPTY_LOCKFILE: &str =
    "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\npackages: {}\n\nsnapshots: {}\n";

/// The note of such an install, as far as nx reads it.
const EMPTY_MODULES: &str = "hoistedDependencies: {}\n";

/// All that building levels takes.
pub(crate) struct Levels<'a> {
    /// Where results of levels are kept.
    pub store: &'a Store,
    /// The build folder, installed.
    pub scratch: &'a Scratch,
    /// Where the sources lie.
    pub from: &'a Path,
    pub sources: &'a [HashedSource],
    /// Every package of the workspace.
    pub packages: BTreeSet<String>,
    pub run: &'a Run<'a>,
    /// The key of a level over the key of the sources that it sees; it does not know of sandboxes.
    pub key: &'a dyn Fn(&[ImporterId], &Key) -> Key,
    /// Packages in node_modules that are copies of folders.
    pub copies: Copies,
    /// What need not be built here.
    pub made: &'a BuiltPackages,
}

impl Levels<'_> {
    /// Builds all levels in the build folder. The last one has the package that all is for: what it leaves is looked at only with `look`,
    /// and answered if it can be kept.
    ///
    /// # Errors
    /// Those of scripts, and files that cannot be read or written.
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

    /// Puts a lockfile without packages into the root: tools find the root of a workspace by it, Next.js before 16 for one, and nx reads it,
    /// with what pnpm notes of an install. The real one is no input: each change of it would run all scripts again.
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

    /// Runs one command in place of scripts, with all sources there.
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

    /// The sources that are there from the beginning, then those of each level.
    fn stages(&self, levels: &[Vec<ImporterId>]) -> Vec<Vec<HashedSource>> {
        let places =
            levels.iter().enumerate().flat_map(|(index, level)| level.iter().map(move |id| (id, index + 1)));
        let places: BTreeMap<&str, usize> = places.map(|(id, stage)| (id.as_str(), stage)).collect();
        let mut stages = vec![Vec::new(); levels.len() + 1];
        for hashed in self.sources {
            let stage = match owner(&self.packages, &hashed.source.path, false) {
                // Every package may look at the root's files, also where the root is a package of the build.
                "." => 0,
                package => places.get(package).copied().unwrap_or(0),
            };
            if let Some(stage) = stages.get_mut(stage) {
                stage.push(hashed.clone());
            }
        }
        stages
    }

    /// Puts back what packages of the level made by themselves. Answers those that are left to be built here.
    fn put_back(&self, level: &[ImporterId]) -> Result<Vec<ImporterId>> {
        let (root, place) = (self.scratch.root(), self.scratch.place());
        for made in level.iter().filter_map(|package| self.made.get(package)) {
            let pack = self.store.open_pack(&made.pack)?;
            built_files::put_back(&pack, &root, made.placed.then_some(&place))?;
        }
        Ok(level.iter().filter(|package| !self.made.contains_key(*package)).cloned().collect())
    }

    /// Builds a level, or puts back what it made the last time.
    fn kept(&self, level: &[ImporterId], visible: &[HashedSource]) -> Result<()> {
        let (key, root) = ((self.key)(level, &list_key(visible)), self.scratch.root());
        let known = self.run.sandbox.known(&key, |key| self.store.derived_pack(key))?;
        if let Some(pack) = known.and_then(|id| self.store.open_pack(&id).ok()) {
            return built_files::put_back(&pack, &root, None);
        }
        if let Some(paths) = self.looked_at(level)?
            && let Some(made) = built_files::keep(self.store, &root, &paths, None)?
        {
            // What was downloaded meanwhile is part of the key.
            let key = (self.key)(level, &list_key(visible));
            self.run.sandbox.keep(&key, |key| self.store.record_derived(key, &made.pack))?;
        }
        Ok(())
    }

    /// Builds a level. Answers what it made, node_modules included; nothing if that is not all it did.
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

/// Says whose scripts ran before something was found that they replaced.
fn after(error: AppError, levels: &[Vec<ImporterId>]) -> AppError {
    let packages: Vec<&str> = levels.iter().flatten().map(ImporterId::as_str).collect();
    match error {
        AppError::Scripts(error) => {
            error.after_all(&format!("the scripts of {}", packages.join(", "))).into()
        }
        other => other,
    }
}
