//! Packages of git hosts: a commit, or an archive of one. In: where it comes from, a fetcher. Out: its files on disk, what npm packs of them, and
//! what pnpm runs before it packs. Nothing is run here.
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

/// The program that installs what a repository needs to be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manager {
    /// npm.
    Npm,
    /// yarn.
    Yarn,
    /// pnpm.
    Pnpm,
    /// bun.
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

/// Where the files of a repository come from, and which folder of them is the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositorySource {
    Commit {
        repo: String,
        /// The full hash.
        commit: String,
        /// The package's folder in it.
        folder: ImporterId,
    },
    /// An archive of a git host that was fetched.
    Archive {
        pack: Key,
        /// The package's folder in it.
        folder: ImporterId,
    },
}

/// How a repository becomes a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The script for whose sake it is built. `prepare` is run by the manager's install.
    pub script: String,
    /// What installs, and runs scripts.
    pub manager: Manager,
    /// The scripts that run after the install, by name, in their order.
    pub scripts: Vec<String>,
}

fourply_blob::key_value!(Recipe { script, manager, scripts });

/// A repository that pnpm builds before it packs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRepository {
    pub dep_path: DepPath,
    /// Where it comes from.
    pub source: RepositorySource,
    /// How it is built.
    pub recipe: Recipe,
    /// What npm packs of it as it stands.
    pub unbuilt: Key,
}

impl GitRepository {
    /// Over its files and the rules by which they are packed.
    pub fn key(&self, rules: &PackRules) -> Key {
        key(&self.source, rules)
    }

    /// Puts it into the empty folder `dest`, and gives the package's folder in it.
    ///
    /// # Errors
    /// Those of fetching; a folder that is none.
    pub fn check_out(&self, fetcher: &Fetcher, rules: &PackRules, dest: &Path) -> Result<PathBuf> {
        let checkout = Checkout { dep_path: &self.dep_path, source: &self.source };
        checkout.check_out(fetcher, rules, dest, true)
    }

    /// Packs what lies in the package's folder now.
    ///
    /// # Errors
    /// Files that cannot be read or kept; rules that are not followed.
    pub fn pack(&self, store: &Store, rules: &PackRules, folder: &Path) -> Result<Key> {
        let files = read(folder, rules).map_err(|reason| refused(&self.dep_path, reason))?;
        pack(store, &files, rules.packlist).map_err(|error| error.named(self.dep_path.as_str()))
    }

    /// The refusal where nothing builds it.
    pub fn refusal(&self) -> ScriptsError {
        let reason = format!("its script {:?} makes the package, and is not run here", self.recipe.script);
        refused(&self.dep_path, reason)
    }
}

/// A package of a git host.
#[derive(Clone, Copy)]
struct Checkout<'a> {
    dep_path: &'a DepPath,
    source: &'a RepositorySource,
}

/// The pack of a package of a git host as it stands, and how it has to be built, if so. Both are remembered.
///
/// # Errors
/// Those of fetching; a folder that is none; a package manager that cannot be told.
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
            return Err(refused(self.dep_path, format!("{} is no folder of the repository", self.folder())));
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
    /// A commit as a package. Its hash is over all of its files, wherever it was fetched from.
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
    /// What npm packs of a repository before it is built.
    struct UnbuiltInputs<'a>: "unbuilt repository", rules 2 {
        repository: &'a Key,
    }
}

fourply_store::record! {
    /// How a repository is built.
    struct RecipeOf<'a> in Recipes, rules 2 => Recipe {
        repository: &'a Key,
    }
}

/// Over a repository's files and the rules by which they are packed.
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

/// How the package in `files`, of the repository `root`, has to be built; nothing where it is one as it stands.
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
