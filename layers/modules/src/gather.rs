//! From origins to packs: the files of every package of a closure, in the store.
//!
//! In: origins, a fetcher, the packs of the workspace's own folders. Out: [`Contents`]. What is derived (a git repository's or a folder's
//! package) is remembered by what it was derived from.

use std::collections::BTreeMap;
use std::path::Path;

use fourply_blob::{Key, KeyBuilder};
use fourply_store::{Fetcher, PackBuilder, PackageRequest, Progress, Store};

use crate::folder::{Folder, Links};
use crate::packlist::packlist;
use crate::{Contents, DepPath, Dialect, ImporterId, LayoutError, Origin};

/// The files of all packages. `folders` gives the pack of a folder of the workspace; see [`pack_folder`].
///
/// # Errors
/// What the store answers; a tarball without an integrity, with what its integrity is now; a repository that has to be built to be a
/// package.
pub fn gather(
    fetcher: &Fetcher,
    dialect: Dialect,
    origins: Vec<(DepPath, Origin)>,
    folders: &dyn Fn(&ImporterId) -> Result<Key, LayoutError>,
    progress: &dyn Progress,
) -> Result<Contents, LayoutError> {
    let gather = Gather { fetcher, dialect, folders };
    let tarballs: Vec<(DepPath, PackageRequest)> = origins
        .iter()
        .filter_map(|(dep_path, origin)| match origin {
            Origin::Tarball(request) | Origin::Archive { request, .. } => {
                Some((dep_path.clone(), request.clone()))
            }
            _ => None,
        })
        .collect();
    // What is refused without a download is refused before the first.
    for (dep_path, origin) in &origins {
        if let Origin::Unpinned { tarball } = origin {
            return Err(gather.unpinned(dep_path, tarball));
        }
    }
    let (paths, requests): (Vec<_>, Vec<_>) = tarballs.into_iter().unzip();
    let packs = fetcher.packages(&requests, progress).map_err(LayoutError::fetch)?;
    let mut contents: BTreeMap<DepPath, Key> = paths.into_iter().zip(packs).collect();
    for (dep_path, origin) in &origins {
        if let Some(pack) = gather.derived(dep_path, origin, contents.get(dep_path).copied())? {
            contents.insert(dep_path.clone(), pack);
        }
    }
    Ok(Contents(contents))
}

/// The package that a folder of the workspace at `root` is, by npm's rules, but for the files (relative to the folder) that
/// `left_out` names.
///
/// # Errors
/// A folder that is absent or cannot be read; rules that are not followed.
pub fn pack_folder(
    store: &Store,
    root: &Path,
    folder: &ImporterId,
    dialect: Dialect,
    left_out: &dyn Fn(&str) -> bool,
) -> Result<Key, LayoutError> {
    let refuse = |reason| LayoutError::Folder { folder: folder.to_string(), reason };
    let links = if dialect < Dialect::V11 { Links::Dropped } else { Links::Kept };
    let files = Folder::read(&root.join(folder.as_str()), links).map_err(refuse)?;
    pack(store, &files.without(left_out), dialect).map_err(|error| error.named(folder.as_str()))
}

struct Gather<'a> {
    fetcher: &'a Fetcher,
    dialect: Dialect,
    folders: &'a dyn Fn(&ImporterId) -> Result<Key, LayoutError>,
}

impl Gather<'_> {
    /// The pack of what is no plain tarball.
    fn derived(
        &self,
        dep_path: &DepPath,
        origin: &Origin,
        fetched: Option<Key>,
    ) -> Result<Option<Key>, LayoutError> {
        match origin {
            Origin::Folder(folder) => (self.folders)(folder).map(Some),
            Origin::Git { repo, commit, folder } => self.git(dep_path, repo, commit, folder).map(Some),
            Origin::Archive { folder, .. } => {
                fetched.map(|pack| self.archive(dep_path, pack, folder)).transpose()
            }
            Origin::Tarball(_) | Origin::Unpinned { .. } => Ok(None),
        }
    }

    fn git(
        &self,
        dep_path: &DepPath,
        repo: &str,
        commit: &str,
        folder: &ImporterId,
    ) -> Result<Key, LayoutError> {
        self.once(KeyBuilder::new("fourply git v1").field("commit", commit), folder, || {
            let store = self.fetcher.store();
            let checkout = tempfile::TempDir::new_in(store.tmp())?;
            self.fetcher.git_files(repo, commit, checkout.path()).map_err(LayoutError::fetch)?;
            // 11 and 12 bring submodules along; 9 and 10 know none.
            if self.dialect >= Dialect::V11 && checkout.path().join(".gitmodules").exists() {
                return Err(prepared(dep_path, "it has submodules, which are not fetched".to_owned()));
            }
            let place = checkout.path().join(folder.as_str());
            let inside = place.canonicalize().is_ok_and(|place| {
                checkout.path().canonicalize().is_ok_and(|root| place.starts_with(root)) && place.is_dir()
            });
            if !inside {
                return Err(prepared(dep_path, format!("{folder} is no folder of the repository")));
            }
            let links = if self.dialect < Dialect::V11 { Links::Dropped } else { Links::Followed };
            let files = Folder::read(&place, links);
            self.package(dep_path, &files.map_err(|reason| prepared(dep_path, reason))?)
        })
    }

    fn archive(&self, dep_path: &DepPath, pack: Key, folder: &ImporterId) -> Result<Key, LayoutError> {
        self.once(KeyBuilder::new("fourply archive v1").field("pack", pack), folder, || {
            let opened = self.fetcher.store().open_pack(&pack);
            let opened =
                opened.map_err(|error| LayoutError::store(format!("cannot read {dep_path}"), error))?;
            let place = if folder.is_root() { "" } else { folder.as_str() };
            self.package(dep_path, &Folder::of_pack(opened, place))
        })
    }

    /// What was made under this key before, or what is made now.
    fn once(
        &self,
        key: KeyBuilder,
        folder: &ImporterId,
        make: impl FnOnce() -> Result<Key, LayoutError>,
    ) -> Result<Key, LayoutError> {
        let rules = if self.dialect < Dialect::V11 { "npm-packlist 5" } else { "npm-packlist 10" };
        let key = key.field("folder", folder.as_str()).field("rules", rules).finish();
        let store = self.fetcher.store();
        let failed = |error| LayoutError::store(format!("cannot keep {folder}"), error);
        if let Some(known) = store.derived_pack(&key).map_err(failed)? {
            return Ok(known);
        }
        let made = make()?;
        store.record_derived(&key, &made).map_err(failed)?;
        Ok(made)
    }

    /// The package of a repository, which is one as it stands: pnpm would run `prepare` and its like before it packs.
    fn package(&self, dep_path: &DepPath, files: &Folder) -> Result<Key, LayoutError> {
        if let Some(script) = has_to_be_built(files).map_err(|reason| prepared(dep_path, reason))? {
            let reason = format!(
                "its script {script:?} makes the package, and scripts of git repositories are not run"
            );
            return Err(prepared(dep_path, reason));
        }
        pack(self.fetcher.store(), files, self.dialect).map_err(|error| error.named(dep_path.as_str()))
    }

    /// The refusal of a tarball without integrity, which tells what to write where to allow what is there now.
    fn unpinned(&self, dep_path: &DepPath, tarball: &str) -> LayoutError {
        let found = self.fetcher.integrity_of(dep_path.as_str(), tarball).ok();
        LayoutError::Unpinned {
            package: dep_path.package_key().to_owned(),
            found: found.map(|integrity| integrity.to_string()),
        }
    }
}

fn prepared(dep_path: &DepPath, reason: String) -> LayoutError {
    LayoutError::Repository { dep_path: dep_path.to_string(), reason }
}

/// The script that pnpm would run before it packs a repository. Source: its `packageShouldBeBuilt`.
fn has_to_be_built(files: &Folder) -> Result<Option<&'static str>, String> {
    let text = files.text("package.json")?.unwrap_or_default();
    let manifest: serde_json::Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    let has = |script: &&str| {
        let script = manifest.get("scripts").and_then(|scripts| scripts.get(*script));
        script.and_then(serde_json::Value::as_str).is_some_and(|text| !text.is_empty())
    };
    if has(&"prepare") {
        return Ok(Some("prepare"));
    }
    let main = manifest.get("main").and_then(serde_json::Value::as_str).unwrap_or("index.js");
    let there = crate::layout::paths::join_inside("", main).is_some_and(|main| files.holds(&main));
    Ok(["prepublish", "prepack", "publish"].into_iter().find(has).filter(|_| !there))
}

/// Why a folder's files are no pack.
enum PackError {
    Rules(String),
    Store(fourply_store::StoreError),
}

impl PackError {
    fn named(self, what: &str) -> LayoutError {
        match self {
            PackError::Rules(reason) => LayoutError::Folder { folder: what.to_owned(), reason },
            PackError::Store(error) => LayoutError::store(format!("cannot keep the files of {what}"), error),
        }
    }
}

fn pack(store: &Store, files: &Folder, dialect: Dialect) -> Result<Key, PackError> {
    let mut builder = PackBuilder::new();
    for path in packlist(files, dialect).map_err(PackError::Rules)? {
        files.add_to(&mut builder, &path).map_err(PackError::Rules)?;
    }
    builder.save(store).map_err(PackError::Store)
}

#[cfg(test)]
mod tests;
