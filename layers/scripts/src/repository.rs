//! Packages of git hosts: a commit, or an archive of one. In: its origin, a fetcher. Out: its files on disk, the files
//! that npm packs, and the scripts that pnpm runs before packing. Nothing runs here.
//!
//! Source: pnpm's git fetcher, `preparePackage` and `packageShouldBeBuilt`; `preferred-pm` for which program installs.

use std::path::{Path, PathBuf};

use fourply_blob::{Cause, Feed, Inputs as _, Key, KeyValue};
use fourply_pnpm::rules::PackRules;
use fourply_pnpm::{DepPath, ImporterId, PackageFolder as _, join_inside};
use fourply_store::{Fetcher, GitOptions, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::folder::Folder;
use crate::packed::pack;
use crate::{Result, ScriptsError};

/// The program that installs a repository's build dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manager {
    Npm,
    Yarn,
    Pnpm,
    Bun,
}

impl Manager {
    pub fn name(self) -> &'static str {
        match self {
            Manager::Npm => "npm",
            Manager::Yarn => "yarn",
            Manager::Pnpm => "pnpm",
            Manager::Bun => "bun",
        }
    }
}

impl KeyValue for Manager {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.name().feed(feed);
    }
}

/// The origin of a repository's files, and which folder of them is the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositorySource {
    Commit {
        repo: String,
        /// The full hash.
        commit: String,
        /// The package's folder in it.
        folder: ImporterId,
    },
    /// A fetched archive of a git host.
    Archive {
        pack: Key,
        /// The package's folder in it.
        folder: ImporterId,
    },
}

/// How a repository becomes a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The script that makes a build necessary. `prepare` runs as part of the manager's install.
    pub script: String,
    /// The program for the install and the scripts.
    pub manager: Manager,
    /// The scripts after the install, by name, in order.
    pub scripts: Vec<String>,
}

fourply_blob::key_value!(Recipe { script, manager, scripts });

/// A repository that pnpm builds before packing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRepository {
    pub dep_path: DepPath,
    /// Its origin.
    pub source: RepositorySource,
    /// Its build steps.
    pub recipe: Recipe,
    /// The files that npm packs without a build.
    pub unbuilt: Key,
}

impl GitRepository {
    /// The key of its files and the packing rules.
    pub fn key(&self, rules: &PackRules) -> Key {
        key(&self.source, rules)
    }

    /// Writes it to the empty folder `dest`, and returns the package's folder in it.
    ///
    /// # Errors
    /// Errors of fetching; the package's folder does not exist.
    pub(crate) fn check_out(&self, fetcher: &Fetcher, rules: &PackRules, dest: &Path) -> Result<PathBuf> {
        let checkout = Checkout { dep_path: &self.dep_path, source: &self.source };
        checkout.check_out(fetcher, rules, dest, true)
    }

    /// Packs the current content of the package's folder.
    ///
    /// # Errors
    /// Files that cannot be read or kept; rules that are not supported.
    pub fn pack(&self, store: &Store, rules: &PackRules, folder: &Path) -> Result<Key> {
        let files = read(folder, rules).map_err(|reason| refused(&self.dep_path, reason))?;
        pack(store, &files, rules.packlist).map_err(|error| error.named(self.dep_path.as_str()))
    }

    /// The error if no build is possible.
    pub fn refusal(&self) -> ScriptsError {
        let reason =
            format!("it needs a build by its script {:?}, which is not supported here", self.recipe.script);
        refused(&self.dep_path, reason)
    }
}

/// A package of a git host.
#[derive(Clone, Copy)]
struct Checkout<'a> {
    dep_path: &'a DepPath,
    source: &'a RepositorySource,
}

/// The archive of a git host's package without a build, and how to build it, if needed. Both are cached.
///
/// # Errors
/// Errors of fetching; a folder that does not exist; an unknown package manager.
pub fn as_it_stands(
    fetcher: &Fetcher,
    rules: &PackRules,
    dep_path: &DepPath,
    source: &RepositorySource,
) -> Result<(Key, Option<Recipe>)> {
    Checkout { dep_path, source }.taken(fetcher, rules)
}

impl Checkout<'_> {
    fn taken(&self, fetcher: &Fetcher, rules: &PackRules) -> Result<(Key, Option<Recipe>)> {
        let store = fetcher.store();
        let key = key(self.source, rules);
        let unbuilt_key = UnbuiltInputs { repository: &key }.key();
        let recipe_record = RecipeOf { repository: &key };
        let failed = |error| ScriptsError::at(format!("cannot keep {}", self.dep_path), error);
        if let Some(known) = store.derived_pack(&key).map_err(failed)? {
            return Ok((known, None));
        }
        if let Some(unbuilt) = store.derived_pack(&unbuilt_key).map_err(failed)?
            && let Some(recipe) = store.get(&recipe_record)
        {
            return Ok((unbuilt, Some(recipe)));
        }
        let (pack, recipe) = self.packed(fetcher, rules)?;
        match &recipe {
            None => store.record_derived(&key, &pack).map_err(failed)?,
            Some(recipe) => {
                store.put(&recipe_record, recipe).map_err(failed)?;
                store.record_derived(&unbuilt_key, &pack).map_err(failed)?;
            }
        }
        Ok((pack, recipe))
    }

    fn packed(&self, fetcher: &Fetcher, rules: &PackRules) -> Result<(Key, Option<Recipe>)> {
        let refuse = |reason: Cause| refused(self.dep_path, reason);
        let store = fetcher.store();
        let checkout = tempfile::TempDir::new_in(store.tmp())?;
        let (root, files) = match self.source {
            RepositorySource::Archive { pack, folder } => {
                let opened = store.open_pack(pack);
                let opened = opened
                    .map_err(|error| ScriptsError::at(format!("cannot read {}", self.dep_path), error))?;
                let place = if folder.is_root() { "" } else { folder.as_str() };
                (Folder::of_pack(opened.clone(), ""), Folder::of_pack(opened, place))
            }
            RepositorySource::Commit { .. } => {
                let place = self.check_out(fetcher, rules, checkout.path(), false)?;
                let root = read(checkout.path(), rules).map_err(refuse)?;
                (root, read(&place, rules).map_err(refuse)?)
            }
        };
        let recipe = recipe(&root, &files).map_err(refuse)?;
        let pack =
            pack(store, &files, rules.packlist).map_err(|error| error.named(self.dep_path.as_str()))?;
        Ok((pack, recipe))
    }

    fn check_out(
        &self,
        fetcher: &Fetcher,
        rules: &PackRules,
        dest: &Path,
        repository: bool,
    ) -> Result<PathBuf> {
        match self.source {
            RepositorySource::Commit { repo, commit, .. } => {
                let options = GitOptions { submodules: rules.submodules, repository };
                fetcher.git_files(repo, commit, dest, options).map_err(ScriptsError::fetch)?;
            }
            RepositorySource::Archive { pack, .. } => {
                let unfolded = fetcher.store().unfold(pack, dest);
                unfolded
                    .map_err(|error| ScriptsError::at(format!("cannot unpack {}", self.dep_path), error))?;
            }
        }
        let place = dest.join(self.folder().as_str());
        let inside = place.canonicalize().is_ok_and(|place| {
            dest.canonicalize().is_ok_and(|root| place.starts_with(root)) && place.is_dir()
        });
        if !inside {
            return Err(refused(
                self.dep_path,
                format!("{} is not a folder of the repository", self.folder()),
            ));
        }
        Ok(place)
    }

    fn folder(&self) -> &ImporterId {
        let (RepositorySource::Commit { folder, .. } | RepositorySource::Archive { folder, .. }) =
            self.source;
        folder
    }
}

fourply_blob::inputs! {
    /// A commit as a package. Its hash covers all of its files, wherever they were fetched from.
    struct CommitInputs<'a>: "package of a commit", rules 2 {
        commit: &'a str,
        folder: &'a ImporterId,
        rules: &'a PackRules,
    }
}

fourply_blob::inputs! {
    /// An archive of a git host as a package.
    struct ArchiveInputs<'a>: "package of an archive", rules 2 {
        pack: &'a Key,
        folder: &'a ImporterId,
        rules: &'a PackRules,
    }
}

fourply_blob::inputs! {
    /// The files that npm packs of a repository before its build.
    struct UnbuiltInputs<'a>: "unbuilt repository", rules 2 {
        repository: &'a Key,
    }
}

fourply_store::record! {
    /// The build steps of a repository.
    struct RecipeOf<'a> in Recipes, rules 2 => Recipe {
        repository: &'a Key,
    }
}

/// The key of a repository's files and the packing rules.
fn key(source: &RepositorySource, rules: &PackRules) -> Key {
    match source {
        RepositorySource::Commit { repo: _, commit, folder } => CommitInputs { commit, folder, rules }.key(),
        RepositorySource::Archive { pack, folder } => ArchiveInputs { pack, folder, rules }.key(),
    }
}

fn read(folder: &Path, rules: &PackRules) -> std::result::Result<Folder, Cause> {
    Folder::read(folder, rules.links_in_repositories)
}

fn refused(dep_path: &DepPath, reason: impl Into<Cause>) -> ScriptsError {
    ScriptsError::Repository { dep_path: dep_path.to_string(), reason: reason.into() }
}

/// The build steps of the package in `files`, of the repository `root`; `None` if it needs no build.
fn recipe(root: &Folder, files: &Folder) -> std::result::Result<Option<Recipe>, Cause> {
    let manifest = manifest(files)?;
    let has = |script: &&str| {
        let script = manifest.get("scripts").and_then(|scripts| scripts.get(*script));
        script.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let scripts: Vec<&str> = ["prepublish", "prepack", "publish"].into_iter().filter(has).collect();
    let script = if has(&"prepare") {
        Some("prepare")
    } else {
        let main = manifest.get("main").and_then(Value::as_str).unwrap_or("index.js");
        let there = join_inside("", main).is_some_and(|main| files.holds(&main));
        scripts.first().copied().filter(|_| !there)
    };
    let Some(script) = script else { return Ok(None) };
    Ok(Some(Recipe {
        script: script.to_owned(),
        manager: manager(root)?,
        scripts: scripts.into_iter().map(str::to_owned).collect(),
    }))
}

fn manifest(files: &Folder) -> std::result::Result<Value, Cause> {
    let text = files.text("package.json")?.unwrap_or_default();
    Ok(serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default())
}

fn manager(root: &Folder) -> std::result::Result<Manager, Cause> {
    let locks = [
        ("package-lock.json", Manager::Npm),
        ("yarn.lock", Manager::Yarn),
        ("pnpm-lock.yaml", Manager::Pnpm),
        ("shrinkwrap.yaml", Manager::Pnpm),
        ("bun.lockb", Manager::Bun),
        ("bun.lock", Manager::Bun),
    ];
    if let Some((_, manager)) = locks.into_iter().find(|(file, _)| root.has(file)) {
        return Ok(manager);
    }
    let workspaces = manifest(root)?.get("workspaces").is_some();
    Ok(if workspaces { Manager::Yarn } else { Manager::Npm })
}
