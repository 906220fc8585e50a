//! The files that a build sees. In: the workspace's folder and the packages that one service's build needs. Out: a
//! sorted list of files and links. Contents are not read here.
//!
//! The whole rule (docs/inputs.md for users):
//! - in: every file of the needed packages; of files that belong only to the root, configuration that builds read and
//!   files that needed packages refer to (`root_inputs`);
//! - out: `.git`, `node_modules`, `pnpm-lock.yaml`, `.npmrc` of the workspace and of packages, files that .gitignore
//!   files and `.dockerignore` exclude, the outputs of packages that will be built, state that tools keep about outputs
//!   (`output_state`), and files that the program itself writes. node_modules replace the lockfile, so that another
//!   service's new dependency rebuilds nothing here.
//!
//! .gitignore files count from the workspace's root down, tracked by git or not. If the workspace is inside a
//! repository, those above it count too, up to the repository's root. A repository inside the workspace is a folder
//! like any other. Settings of the user's own git do not count, so two hosts see the same files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fourply_blob::{Feed, KeyValue};
use fourply_pnpm::{Closure, Dependency, ImporterId, Resolution};
use ignore::{DirEntry, WalkBuilder};

use crate::deepest::check_depth;
use crate::error::LinkFault;
use crate::git_ignored::git_ignored;
use crate::git_rules::GitRules;
use crate::input_rules::{InputRules, Inputs};
use crate::left_out::LeftOut;
use crate::missed::GitIgnored;
use crate::own_files::{is_archive, is_layout};
use crate::owner::{folders, owner};
use crate::taken_back::TakenBack;
use crate::tsconfig::{TsConfigs, is_ts_config};
use crate::{AppError, Patterns, Result};
use fourply_scripts::files::{is_executable, read_target, relative};

/// A file or link of a list that is sorted by path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Relative to the workspace's root, `/`-separated, UTF-8.
    pub path: String,
    pub kind: SourceKind,
}

fourply_blob::key_value!(SourceFile { path, kind });

/// The kind of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// A regular file; executable if any x bit is set, as in git.
    File {
        /// Whether any x bit is set.
        executable: bool,
    },
    /// A symbolic link that stays in the workspace.
    Symlink {
        /// Relative to the link's folder.
        target: String,
    },
}

/// A link's content is its target.
impl KeyValue for SourceKind {
    fn feed(&self, feed: &mut Feed<'_>) {
        let name = match self {
            SourceKind::File { executable: false } => "file",
            SourceKind::File { executable: true } => "executable",
            SourceKind::Symlink { target: _ } => "link",
        };
        name.feed(feed);
    }
}

#[derive(Debug, Clone, Copy)]
pub struct SourceScope<'a> {
    pub root: &'a Path,
    /// Every package of the workspace.
    pub packages: &'a BTreeSet<ImporterId>,
    /// The packages that the build needs.
    pub needed: &'a BTreeSet<ImporterId>,
    /// The packages whose outputs a script builds.
    pub built: &'a BTreeSet<ImporterId>,
    /// Patterns of the outputs, relative to a package.
    pub outputs: &'a Patterns,
}

/// Every workspace folder that the closure refers to: its importers, their links, and folders that are copied.
pub fn needed_folders(closure: &Closure) -> BTreeSet<ImporterId> {
    let mut folders: BTreeSet<ImporterId> = closure.importers.iter().cloned().collect();
    let direct = closure.direct.values().flatten();
    let children = closure.packages.values().flat_map(|package| &package.children);
    folders.extend(direct.chain(children).filter_map(|(_, to)| match to {
        Dependency::Link(folder) => Some(folder.clone()),
        Dependency::Package(_) => None,
    }));
    folders.extend(closure.packages.values().filter_map(|package| match &package.resolution {
        Resolution::Directory { path } => ImporterId::new(path),
        _ => None,
    }));
    folders
}

/// The files that a build sees, and those that were left out.
#[derive(Debug)]
pub(crate) struct Listed {
    pub files: Vec<SourceFile>,
    pub left_out: LeftOut,
    pub ignored: Ignored,
}

/// The workspace files that could be visible if they were not ignored.
#[derive(Debug, Clone)]
pub(crate) struct Ignored {
    root: PathBuf,
    owners: Arc<Owners>,
}

impl Ignored {
    /// Files in a log that are not in `seen`; each with the line of a .gitignore that excludes it.
    pub(crate) fn named_in(&self, log: &str, seen: &BTreeSet<&str>) -> Vec<GitIgnored> {
        let owners = self.owners.clone();
        let in_package = move |path: &str, is_dir: bool| {
            let owner = owner(&owners.packages, path, is_dir);
            let leads = is_dir && owners.leads_to_needed(path);
            owners.sees(path, is_dir) && (leads || owner != ".")
        };
        git_ignored(&self.root, log, seen, in_package)
    }
}

/// Lists files of packages, with all files of the root.
///
/// # Errors
/// Those of [`list_inputs`].
pub fn list(scope: &SourceScope<'_>) -> Result<Vec<SourceFile>> {
    let rules = InputRules::new(scope.root, &Inputs::default(), None)?;
    Ok(list_inputs(scope, rules)?.files)
}

/// Lists the files that the build sees.
///
/// # Errors
/// If a folder cannot be read, a name is not UTF-8, or a link leaves the workspace.
pub(crate) fn list_inputs(scope: &SourceScope<'_>, rules: InputRules) -> Result<Listed> {
    let owners = Arc::new(Owners::new(scope, rules));
    let (root, admitting) = (scope.root.to_path_buf(), owners.clone());
    let taken = Arc::new(TakenBack::new(&owners.rules.globs, &owners.packages)?);
    let mut walk = WalkBuilder::new(scope.root);
    let git = Arc::new(GitRules::new(scope.root));
    let rules = git.clone();
    walk.standard_filters(false).follow_links(false).filter_entry(move |entry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        let path = entry.path().strip_prefix(&root).ok().and_then(Path::to_str);
        let ignored = || path.is_some_and(|path| rules.ignores(path, is_dir));
        entry.depth() == 0 || (!ignored() && admitting.admits(&root, entry))
    });
    let mut files = walked(scope.root, &walk, &owners)?;
    git.check()?;
    let back = taken_back(scope.root, &taken, &owners)?;
    let known: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let back: Vec<SourceFile> = back.into_iter().filter(|file| !known.contains(file.path.as_str())).collect();
    let globs = taken.counting(back.iter().map(|file| file.path.as_str()));
    files.extend(back);
    drop_compiler_state(scope.root, &owners.rules, &mut files);
    files.sort();
    let mut left_out = std::mem::take(&mut *owners.left_out.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(root) = &owners.rules.root {
        let paths = files.iter().map(|file| file.path.as_str());
        left_out.counting = root.counting(paths.filter(|path| owner(&owners.packages, path, false) == "."));
    }
    left_out.taken_back = globs;
    let packages = owners.packages.iter().filter(|folder| *folder != ".");
    let kept = files.iter().map(|file| file.path.as_str()).chain(packages.map(String::as_str)).collect();
    let left_out = left_out.folded(&kept);
    Ok(Listed { left_out, files, ignored: Ignored { root: scope.root.to_path_buf(), owners } })
}

fn walked(root: &Path, walk: &WalkBuilder, owners: &Owners) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for entry in walk.build() {
        let entry = entry.map_err(|source| AppError::Walk { source })?;
        check_depth(entry.path(), entry.depth())?;
        if entry.depth() > 0 {
            files.extend(source(root, &entry, owners)?);
        }
    }
    Ok(files)
}

/// The ignored files that count anyway, and possibly others that are not ignored.
fn taken_back(root: &Path, taken: &Arc<TakenBack>, owners: &Arc<Owners>) -> Result<Vec<SourceFile>> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let (top, taken, admitting) = (root.to_path_buf(), taken.clone(), owners.clone());
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false).follow_links(false).filter_entry(move |entry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        let path = entry.path().strip_prefix(&top).ok().and_then(Path::to_str);
        let counts = |path: &str| match is_dir {
            true => taken.may_hold(path),
            false => taken.names(path, &admitting.packages),
        };
        entry.depth() == 0 || (path.is_some_and(counts) && admitting.admits(&top, entry))
    });
    walked(root, &walk, owners)
}

/// Removes TypeScript's state files, wherever its configuration puts them.
fn drop_compiler_state(root: &Path, rules: &InputRules, files: &mut Vec<SourceFile>) {
    let name = |path: &str| is_ts_config(path.rsplit('/').next().unwrap_or(path));
    let configs = files.iter().map(|file| &file.path).filter(|path| name(path)).cloned();
    let state = TsConfigs { root, packages: &Default::default() }.follow(configs).build_info;
    let known = rules.root.as_ref().map(|root| &root.build_info);
    files
        .retain(|file| !state.contains(&file.path) && !known.is_some_and(|known| known.contains(&file.path)));
}

fn source(root: &Path, entry: &DirEntry, owners: &Owners) -> Result<Option<SourceFile>> {
    let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { return Ok(None) };
    let path = relative(root, entry.path())?;
    if kind.is_symlink() {
        let target = link_target(root, &path, entry.path())?;
        return Ok(Some(SourceFile { path, kind: SourceKind::Symlink { target } }));
    }
    if !kind.is_file() {
        // Sockets and pipes: git does not see them either.
        return Ok(None);
    }
    let metadata = entry.metadata().map_err(|source| AppError::Walk { source })?;
    if owners.rules.own.is_stream(&metadata) {
        return Ok(None);
    }
    if is_archive(entry.path(), &metadata) {
        owners.left_out().note_image(&path, false);
        return Ok(None);
    }
    Ok(Some(SourceFile { path, kind: SourceKind::File { executable: is_executable(&metadata) } }))
}

/// The target of the link `path` (relative to the workspace), which is at `full`.
///
/// # Errors
/// If the target is absolute, or its text leaves the workspace.
fn link_target(root: &Path, path: &str, full: &Path) -> Result<String> {
    let target = read_target(full)?;
    match stays_inside(path, &target) {
        true => Ok(target),
        false => {
            let fault = LinkFault::of(root, full, &target);
            Err(AppError::LinkOut { path: full.to_path_buf(), fault, target })
        }
    }
}

/// Whether a link at `path` with this target stays in the root that `path` is relative to.
pub(crate) fn stays_inside(path: &str, target: &str) -> bool {
    if target.is_empty() || target.starts_with('/') {
        return false;
    }
    let mut depth = path.matches('/').count();
    for part in target.split('/') {
        depth = match part {
            "" | "." => depth,
            ".." => match depth.checked_sub(1) {
                Some(depth) => depth,
                None => return false,
            },
            _ => depth + 1,
        };
    }
    true
}

/// The owner package of each path, and whether that package counts.
#[derive(Debug)]
struct Owners {
    packages: BTreeSet<String>,
    needed: BTreeSet<String>,
    built: BTreeSet<String>,
    outputs: Patterns,
    rules: InputRules,
    left_out: Mutex<LeftOut>,
}

impl Owners {
    fn new(scope: &SourceScope<'_>, rules: InputRules) -> Owners {
        let mut packages = folders(scope.packages);
        let needed = folders(scope.needed);
        // A folder that is not a workspace package (`link:../vendor/x`) is treated as one here.
        let strangers = needed.iter().filter(|folder| owner(&packages, folder, true) == ".").cloned();
        packages.extend(strangers.collect::<Vec<_>>());
        Owners {
            packages,
            needed,
            built: folders(scope.built),
            outputs: scope.outputs.clone(),
            rules,
            left_out: Mutex::default(),
        }
    }

    fn admits(&self, root: &PathBuf, entry: &DirEntry) -> bool {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        // A name that is not UTF-8 is accepted here and rejected, with its path, when it is listed.
        let Some(path) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) else { return true };
        if !self.sees(path, is_dir) {
            return false;
        }
        let owner = owner(&self.packages, path, is_dir);
        let leads = self.leads(path, is_dir);
        if owner != "." && !self.needed.contains(owner) {
            return leads;
        }
        if self.is_npmrc(owner, path) {
            return false;
        }
        if self.rules.docker_ignores(path, is_dir) && !self.is_manifest(owner, path) && !leads {
            self.left_out().note_docker_ignored(path, is_dir);
            return false;
        }
        if is_dir && !leads && is_layout(entry.path()) {
            self.left_out().note_image(path, is_dir);
            return false;
        }
        if owner != "." || leads || self.of_root(path, is_dir) {
            return true;
        }
        self.left_out().note_root(path, is_dir);
        false
    }

    /// Whether a build may see it, as far as the needed packages determine.
    fn sees(&self, path: &str, is_dir: bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == ".git"
            || name == "node_modules"
            || path == "pnpm-lock.yaml"
            || self.rules.is_generated(path, is_dir)
        {
            return false;
        }
        let owner = owner(&self.packages, path, is_dir);
        match owner == "." || self.needed.contains(owner) {
            true => !self.is_output(owner, path),
            false => self.leads(path, is_dir),
        }
    }

    /// Whether it is a needed package's folder or one of its parents.
    fn leads(&self, path: &str, is_dir: bool) -> bool {
        is_dir && (self.leads_to_needed(path) || self.needed.contains(path))
    }

    /// Whether a script builds it.
    fn is_output(&self, owner: &str, path: &str) -> bool {
        let inside = if owner == "." { Some(path) } else { path.strip_prefix(owner) };
        let inside = inside.unwrap_or_default().trim_start_matches('/');
        self.built.contains(owner) && !inside.is_empty() && self.outputs.names(inside)
    }

    /// npm's configuration of the workspace or of a package. It may contain tokens, and its settings are in the layout
    /// and in scripts' variables. It counts if the root's inputs name it.
    fn is_npmrc(&self, owner: &str, path: &str) -> bool {
        let named = self.rules.root.as_ref().is_some_and(|root| root.configured(path));
        let inside = if owner == "." { Some(path) } else { path.strip_prefix(owner) };
        inside.is_some_and(|inside| inside.trim_start_matches('/') == ".npmrc") && !named
    }

    /// A package's manifest is always read.
    fn is_manifest(&self, owner: &str, path: &str) -> bool {
        let folder = path.strip_suffix("package.json").map(|folder| folder.trim_end_matches('/'));
        folder.is_some_and(|folder| if owner == "." { folder.is_empty() } else { folder == owner })
    }

    fn of_root(&self, path: &str, is_dir: bool) -> bool {
        match &self.rules.root {
            None => true,
            Some(rules) if is_dir => rules.may_hold(path),
            Some(rules) => rules.admits(path),
        }
    }

    fn left_out(&self) -> std::sync::MutexGuard<'_, LeftOut> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leads_to_needed(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.needed.range(below.clone()..).next().is_some_and(|folder| folder.starts_with(&below))
    }
}

#[cfg(test)]
mod tests;
