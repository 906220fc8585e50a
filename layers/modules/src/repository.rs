//! Packages of git hosts: a commit, or an archive of one. In: an origin, a fetcher. Out: its files on disk, what npm packs of them, and
//! what pnpm runs before it packs. Nothing is run here.
//!
//! Source: pnpm's git fetcher, `preparePackage` and `packageShouldBeBuilt`; `preferred-pm` for which program installs.

use std::path::{Path, PathBuf};

use fourply_blob::{Key, KeyBuilder};
use fourply_store::{Fetcher, GitOptions, Store};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::folder::Folder;
use crate::layout::paths::join_inside;
use crate::packed::pack;
use crate::rules::{PackRules, Packlist};
use crate::{DepPath, ImporterId, LayoutError, Origin};

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
    /// Its command.
    pub fn name(self) -> &'static str {
        match self {
            Manager::Npm => "npm",
            Manager::Yarn => "yarn",
            Manager::Pnpm => "pnpm",
            Manager::Bun => "bun",
        }
    }
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

/// A repository that pnpm builds before it packs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The package.
    pub dep_path: DepPath,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// The pack of the archive, where it is one.
    pub(crate) archive: Option<Key>,
    /// How it is built.
    pub recipe: Recipe,
    /// What npm packs of it as it stands.
    pub unbuilt: Key,
}

impl Repository {
    /// Over its files and the rules by which they are packed.
    pub fn key(&self, rules: &PackRules) -> Key {
        key(&self.origin, self.archive, rules.packlist)
    }

    /// Puts it into the empty folder `dest`, and gives the package's folder in it.
    ///
    /// # Errors
    /// Those of fetching; a folder that is none.
    pub fn check_out(
        &self,
        fetcher: &Fetcher,
        rules: &PackRules,
        dest: &Path,
    ) -> Result<PathBuf, LayoutError> {
        let source = Source { dep_path: &self.dep_path, origin: &self.origin, archive: self.archive };
        source.check_out(fetcher, rules, dest, true)
    }

    /// Packs what lies in the package's folder now.
    ///
    /// # Errors
    /// Files that cannot be read or kept; rules that are not followed.
    pub fn pack(&self, store: &Store, rules: &PackRules, folder: &Path) -> Result<Key, LayoutError> {
        let files = read(folder, rules).map_err(|reason| refused(&self.dep_path, reason))?;
        pack(store, &files, rules.packlist).map_err(|error| error.named(self.dep_path.as_str()))
    }

    /// The refusal where nothing builds it.
    pub fn refusal(&self) -> LayoutError {
        let reason = format!("its script {:?} makes the package, and is not run here", self.recipe.script);
        refused(&self.dep_path, reason)
    }
}

/// A package of a git host.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) dep_path: &'a DepPath,
    pub(crate) origin: &'a Origin,
    pub(crate) archive: Option<Key>,
}

impl Source<'_> {
    /// Its pack as it stands, and how it has to be built, if so. Both are remembered.
    pub(crate) fn taken(
        &self,
        fetcher: &Fetcher,
        rules: &PackRules,
    ) -> Result<(Key, Option<Recipe>), LayoutError> {
        const KIND: &str = "recipes";
        let store = fetcher.store();
        let key = key(self.origin, self.archive, rules.packlist);
        let unbuilt_key = KeyBuilder::new("fourply unbuilt v1").field("repository", key).finish();
        let failed = |error| LayoutError::store(format!("cannot keep {}", self.dep_path), error);
        if let Some(known) = store.derived_pack(&key).map_err(failed)? {
            return Ok((known, None));
        }
        if let Some(unbuilt) = store.derived_pack(&unbuilt_key).map_err(failed)?
            && let Some(recipe) = store.record::<Recipe>(KIND, &key).map_err(failed)?
        {
            return Ok((unbuilt, Some(recipe)));
        }
        let (pack, recipe) = self.packed(fetcher, rules)?;
        match &recipe {
            None => store.record_derived(&key, &pack).map_err(failed)?,
            Some(recipe) => {
                store.put_record(KIND, &key, recipe).map_err(failed)?;
                store.record_derived(&unbuilt_key, &pack).map_err(failed)?;
            }
        }
        Ok((pack, recipe))
    }

    fn packed(&self, fetcher: &Fetcher, rules: &PackRules) -> Result<(Key, Option<Recipe>), LayoutError> {
        let refuse = |reason| refused(self.dep_path, reason);
        let store = fetcher.store();
        let checkout = tempfile::TempDir::new_in(store.tmp())?;
        let (root, files) = match self.archive {
            Some(archive) => {
                let opened = store.open_pack(&archive);
                let opened = opened
                    .map_err(|error| LayoutError::store(format!("cannot read {}", self.dep_path), error))?;
                let folder = self.folder();
                let place = if folder.is_root() { "" } else { folder.as_str() };
                (Folder::of_pack(opened.clone(), ""), Folder::of_pack(opened, place))
            }
            None => {
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
    ) -> Result<PathBuf, LayoutError> {
        match (self.origin, &self.archive) {
            (Origin::Git { repo, commit, .. }, _) => {
                let options = GitOptions { submodules: rules.submodules, repository };
                fetcher.git_files(repo, commit, dest, options).map_err(LayoutError::fetch)?;
            }
            (_, Some(archive)) => {
                let unfolded = fetcher.store().unfold(archive, dest);
                unfolded
                    .map_err(|error| LayoutError::store(format!("cannot unpack {}", self.dep_path), error))?;
            }
            _ => return Err(LayoutError::NoContent { dep_path: self.dep_path.to_string() }),
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

    fn folder(&self) -> ImporterId {
        match self.origin {
            Origin::Git { folder, .. } | Origin::Archive { folder, .. } => folder.clone(),
            _ => ImporterId::root(),
        }
    }
}

/// Over a repository's files and the rules by which they are packed.
fn key(origin: &Origin, archive: Option<Key>, rule: Packlist) -> Key {
    let (key, folder) = match origin {
        Origin::Git { commit, folder, .. } => {
            (KeyBuilder::new("fourply git v1").field("commit", commit), folder.as_str())
        }
        Origin::Archive { folder, .. } => (KeyBuilder::new("fourply archive v1"), folder.as_str()),
        _ => (KeyBuilder::new("fourply no repository v1"), ""),
    };
    let key = archive.iter().fold(key, |key, pack| key.field("pack", pack));
    key.field("folder", folder).field("rules", rule.name()).finish()
}

fn read(folder: &Path, rules: &PackRules) -> Result<Folder, String> {
    Folder::read(folder, rules.links_in_repositories)
}

fn refused(dep_path: &DepPath, reason: String) -> LayoutError {
    LayoutError::Repository { dep_path: dep_path.to_string(), reason }
}

/// How the package in `files`, of the repository `root`, has to be built; nothing where it is one as it stands.
fn recipe(root: &Folder, files: &Folder) -> Result<Option<Recipe>, String> {
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

fn manifest(files: &Folder) -> Result<Value, String> {
    let text = files.text("package.json")?.unwrap_or_default();
    Ok(serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default())
}

fn manager(root: &Folder) -> Result<Manager, String> {
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
