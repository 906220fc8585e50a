//! The files of a package that a production image does not need.
//!
//! In: an archive, the user's [`PruneOptions`], the image's platform. Out: the files to leave out, each with its
//! [`PruneRule`]. The result depends only on these, never on another package or a service, so that services can share
//! layers.
//!
//! # The rules, and why they are safe
//!
//! | rule | what it removes |
//! |---|---|
//! | `docs` | Markdown, change logs and similar files at the package's top level; everything in `docs/`, `examples/`, `.github/` that node cannot load |
//! | `source-maps` | `x.map` next to `x`, for scripts, styles and declarations |
//! | `types` | `.d.ts`, `.d.mts`, `.d.cts`, `.js.flow`, `.tsbuildinfo` |
//! | `tests` | `test/`, `tests/` at the top level; `__tests__/`, `__mocks__/`, `__snapshots__/` anywhere |
//! | `prebuilds` | machine code for another system, architecture or C library: below `prebuilds/` by its name, elsewhere by the file's own header, if the package also has fitting code or is for one platform only; all of a package with machine code whose package.json is for another platform |
//! | `objects` | inputs of node-gyp's and CMake's linkers: object files, static libraries and `.deps` below `build/`; published sources stay |
//!
//! These files always stay, whatever a rule says:
//! - every package.json, licences, notices and authors; a README if there is no licence next to it;
//! - the targets of `main`, `module`, `browser`, `exports`, `imports`, `bin` and similar fields, except conditions for
//!   types; all of a folder of documents or tests that `exports` offers with a star;
//! - files that node can load (`.js`, `.json`, `.node` …), because anyone may require them by path, unless the package
//!   has `exports` that do not lead there: node itself then rejects every such path;
//! - the rest of a folder of documents or tests in which some code stays;
//! - files that the package's own code names: a README that is printed, a folder of tests that is read, declarations if
//!   the code has `.d.ts` in a string, as compilers do;
//! - links and their targets, packages inside the package, and template folders, which are copied without being named.

mod candidates;
mod entry_points;
mod foreign;
mod mentions;
mod names;
mod rule;

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::{DepPath, PnpmError, Target};
use fourply_store::{Pack, PackKind, Store, StoreError};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::ModulesError;
use candidates::{candidates, folder};
use entry_points::EntryPoints;
use mentions::Mentions;
pub use rule::PruneRule;

/// The user's options. Globs match `NAME/PATH`, such as `typescript/lib/**` or `**/*.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PruneOptions {
    /// The rules that apply.
    pub rules: BTreeSet<PruneRule>,
    /// Globs of files that stay, whatever a rule or `drop` says.
    pub keep: Vec<String>,
    /// Globs of further files to leave out. package.json and licences still stay.
    pub drop: Vec<String>,
}

impl Default for PruneOptions {
    fn default() -> PruneOptions {
        PruneOptions { rules: PruneRule::DEFAULT.into(), keep: Vec::new(), drop: Vec::new() }
    }
}

/// The rules for images of one platform.
#[derive(Debug, Clone)]
pub struct Prune {
    options: PruneOptions,
    target: Target,
    keep: GlobSet,
    drop: GlobSet,
    key: Key,
}

fourply_blob::key_value!(PruneOptions { rules, keep, drop });

fourply_blob::inputs! {
    /// The inputs of the rules, without the archive. Raising the rules version discards all cached removals.
    struct PruneInputs<'a>: "prune rules", rules 5 {
        os: &'a str,
        cpu: &'a str,
        libc: &'a str,
        options: &'a PruneOptions,
    }
}

fourply_store::record! {
    /// The removals of a package, by path in the package.
    struct RemovalsOf<'a> in Prune, rules 3 => BTreeMap<String, PruneRule> {
        pack: &'a Key,
        /// The package's name, for globs.
        name: &'a str,
        /// The key of [`PruneInputs`].
        rules: &'a Key,
    }
}

impl Prune {
    /// The rules for this platform.
    ///
    /// # Errors
    /// An invalid glob.
    pub fn new(options: &PruneOptions, target: &Target) -> Result<Prune, ModulesError> {
        let Target { os, cpu, libc, .. } = target;
        let key = PruneInputs { os, cpu, libc: libc.as_str(), options }.key();
        Ok(Prune {
            options: options.clone(),
            target: target.clone(),
            keep: matcher(&options.keep)?,
            drop: matcher(&options.drop)?,
            key,
        })
    }

    /// A key of all inputs except the archive.
    pub fn key(&self) -> Key {
        self.key
    }

    /// The removals of the package `owner`, by path in the package. They are cached in the store, so a second layer
    /// costs no search.
    ///
    /// # Errors
    /// The record cannot be kept.
    pub fn removals(
        &self,
        store: &Store,
        pack: &Pack,
        owner: &DepPath,
    ) -> Result<BTreeMap<String, PruneRule>, StoreError> {
        let record = RemovalsOf { pack: &pack.id(), name: owner.name(), rules: &self.key };
        store.get_or(&record, || self.search(pack, owner.name()))
    }

    fn search(&self, pack: &Pack, name: &str) -> Result<BTreeMap<String, PruneRule>, StoreError> {
        let files: Vec<&str> = pack
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind, PackKind::File { .. }))
            .map(|entry| entry.path.as_str())
            .collect();
        let mut removals: BTreeMap<String, PruneRule> = BTreeMap::new();
        if let Some(points) = EntryPoints::of(pack) {
            let mut found = candidates(&files, &self.options.rules, &self.target);
            found.retain(|path, rule| self.may_go(pack, &points, path, *rule));
            keep_whole_folders(&files, &mut found);
            Mentions::in_code(pack, &found)?.retain(&mut found);
            removals.extend(found.into_iter().map(|(path, rule)| (path.to_owned(), rule)));
        }
        if self.options.rules.contains(&PruneRule::Prebuilds) {
            let foreign = foreign::foreign(pack, &self.target)?;
            removals.extend(foreign.into_iter().map(|path| (path.to_owned(), PruneRule::Prebuilds)));
        }
        let dropped = files.iter().filter(|path| self.drop.is_match(format!("{name}/{path}")));
        removals.extend(dropped.map(|path| ((*path).to_owned(), PruneRule::Drop)));
        removals
            .retain(|path, _| !names::always_stays(path) && !self.keep.is_match(format!("{name}/{path}")));
        Ok(removals)
    }

    fn may_go(&self, pack: &Pack, points: &EntryPoints, path: &str, rule: PruneRule) -> bool {
        let bound = points.named(path) || points.is_linked(path) || names::in_templates(path);
        let is_code = !matches!(rule, PruneRule::Prebuilds | PruneRule::Objects);
        let reachable = names::is_loadable(path) && is_code && !points.hides(path);
        let licence = names::is_readme(path) && !points.has_licence() && names::speaks_of_licence(pack, path);
        !bound && !reachable && !licence
    }
}

/// A folder of documents or tests whose code stays also keeps the files that this code may read.
fn keep_whole_folders(files: &[&str], found: &mut BTreeMap<&str, PruneRule>) {
    let with_code = files.iter().filter(|path| !found.contains_key(*path) && names::is_loadable(path));
    let folders: BTreeSet<&str> = with_code.filter_map(|path| folder(path)).collect();
    found.retain(|path, rule| {
        let in_folder = matches!(rule, PruneRule::Docs | PruneRule::Tests);
        !(in_folder && folder(path).is_some_and(|folder| folders.contains(folder)))
    });
}

fn matcher(globs: &[String]) -> Result<GlobSet, ModulesError> {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| PnpmError::Glob { glob: text.clone(), message: error.into() })?);
    }
    let whole = set.build();
    Ok(whole.map_err(|error| PnpmError::Glob { glob: globs.join(", "), message: error.into() })?)
}

#[cfg(test)]
mod tests;
