//! The files of a workspace package that npm would pack, if an image needs them. In: a package's files after the build.
//! Out: the included files. This module must not know the image or other packages.
//!
//! With `files` in package.json: the files that `pnpm deploy` copies, except read-mes and licences that npm adds by
//! itself. Without: the whole package by npm's rules, with all build results, except files that production does not
//! need in registry packages either (see `fourply_modules::Prune`). Outputs are never pruned.

use std::collections::BTreeSet;
use std::path::Path;

use fourply_modules::Prune;
use fourply_pnpm::rules::PackRules;
use fourply_pnpm::{DepPath, ImporterId, Manifest, packlist};
use fourply_scripts::files::folder_of;
use fourply_store::{PackBuilder, Store};

use crate::files::Files;
use crate::generated::is_cache;
use crate::listing::{ListedPackage, inside};
use crate::sources::{SourceFile, SourceKind};
use crate::{AppError, Patterns, Result};

/// The rules for packing packages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packing<'a> {
    pub store: &'a Store,
    pub root: &'a Path,
    pub rules: &'a PackRules,
    /// Files that are left out of whole packages.
    pub prune: Option<&'a Prune>,
    /// Patterns of outputs, relative to a package.
    pub outputs: &'a Patterns,
    /// The files given to the build; `None` if none ran.
    pub sources: Option<&'a BTreeSet<String>>,
}

/// A package with all its files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListedFiles<'a> {
    pub importer: &'a ImporterId,
    pub manifest: &'a Manifest,
    pub there: &'a [SourceFile],
}

impl Packing<'_> {
    /// The files that `files` of its package.json selects.
    ///
    /// # Errors
    /// If a pattern is of an unsupported kind.
    pub(crate) fn by_files(&self, package: &ListedFiles<'_>, files: &Files) -> Result<Vec<SourceFile>> {
        let packed = self.packed(package)?;
        let taken = |source: &&SourceFile| {
            let path = inside(package.importer, &source.path);
            packed.contains(path) && (!is_always_packed(path) || files.names(path))
        };
        Ok(package.there.iter().filter(taken).cloned().collect())
    }

    /// The build results in a package that match patterns; if no build ran, the existing files.
    pub(crate) fn made<'f>(
        &self,
        package: &ListedFiles<'f>,
        patterns: &Patterns,
    ) -> impl Iterator<Item = &'f SourceFile> {
        let importer = package.importer;
        package.there.iter().filter(move |source| {
            let path = inside(importer, &source.path);
            let made = self.sources.is_none_or(|given| !given.contains(&source.path));
            made && !is_of_tools(path) && patterns.names(path)
        })
    }

    /// The whole package. `seen` are its files that no ignore file excludes, if `there` contains excluded ones.
    ///
    /// # Errors
    /// Those of [`Packing::by_files`]; or a file cannot be read.
    pub(crate) fn whole(
        &self,
        package: &ListedFiles<'_>,
        seen: Option<&BTreeSet<String>>,
    ) -> Result<Vec<SourceFile>> {
        let packed = self.packed(package)?;
        let has_rules =
            package.there.iter().any(|source| inside(package.importer, &source.path) == ".npmignore");
        let of_build = |source: &SourceFile| {
            let path = inside(package.importer, &source.path);
            let made = self.sources.is_some_and(|sources| !has_rules && !sources.contains(&source.path));
            (made && !is_of_tools(path)) || self.outputs.names(path)
        };
        let of_sources = |source: &SourceFile| {
            let path = inside(package.importer, &source.path);
            packed.contains(path) && !is_of_tools(path) && seen.is_none_or(|seen| seen.contains(&source.path))
        };
        let (outputs, rest): (Vec<_>, Vec<_>) = package.there.iter().cloned().partition(of_build);
        let rest: Vec<SourceFile> = rest.into_iter().filter(of_sources).collect();
        let unneeded = self.unneeded(package, outputs.iter().chain(&rest))?;
        let needed = |source: &SourceFile| !unneeded.contains(inside(package.importer, &source.path));
        Ok(outputs.iter().cloned().chain(rest.into_iter().filter(needed)).collect())
    }

    /// package.json is always included, so it is not part of this set.
    fn packed(&self, package: &ListedFiles<'_>) -> Result<BTreeSet<String>> {
        let folder = folder_of(self.root, package.importer);
        let listed = ListedPackage::new(folder, package.importer, package.there);
        let mut packed = packlist(&listed, self.rules.packlist)
            .map_err(|reason| AppError::Packing { package: package.importer.clone(), reason })?;
        packed.remove("package.json");
        Ok(packed)
    }

    /// The files that production does not need, by the rules for registry packages.
    fn unneeded<'f>(
        &self,
        package: &ListedFiles<'_>,
        files: impl Iterator<Item = &'f SourceFile>,
    ) -> Result<BTreeSet<String>> {
        let Some(prune) = self.prune else { return Ok(BTreeSet::new()) };
        let mut builder = PackBuilder::spooling(self.store);
        let manifest = package.manifest.raw.to_string();
        builder.add_file("package.json", false, manifest.into_bytes())?;
        for source in files.filter(|source| matches!(source.kind, SourceKind::File { .. })) {
            let path = inside(package.importer, &source.path);
            builder.copy_file(path, false, &mut fs_err::File::open(self.root.join(&source.path))?)?;
        }
        let name = package.manifest.name.as_deref().unwrap_or(package.importer.as_str());
        let version = package.manifest.version.as_deref().unwrap_or("0.0.0");
        let removals = prune.removals(
            self.store,
            &*builder.finish(self.store)?,
            &DepPath::new(format!("{name}@{version}")),
        )?;
        Ok(removals.into_keys().collect())
    }
}

/// Files that npm always packs and that no program of a service reads.
fn is_always_packed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["readme", "license", "licence", "copying"]
        .iter()
        .any(|start| name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// State of tools for their next run.
fn is_of_tools(path: &str) -> bool {
    is_cache(path)
        || path.ends_with(".tsbuildinfo")
        || path.split('/').any(|part| part == ".turbo" || part == ".npmignore")
}
