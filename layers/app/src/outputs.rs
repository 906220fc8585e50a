//! The files of a built (or prebuilt) workspace for the image. In: its folder and the image's packages. Out: a list of
//! files and links, each with its target path. Contents are read only if npm's rules require it.
//!
//! | package | included files in addition to package.json |
//! |---|---|
//! | the service | files that match the output patterns; files that npm packs by its `files`; its configured files |
//! | the root | none |
//! | a service without outputs or `files`, whose program its package.json or the configured command names | the folder in which its build created the program; the whole package if the program is a source |
//! | a dependency linked by its `publishConfig.directory` | that folder |
//! | a dependency with `files` | files that npm packs by them; build results in `outputs` of its tasks in turbo.json, except TypeScript, which a later task compiles |
//! | a dependency without `files` | the whole package, with its build results |
//!
//! If the program is a source, or tsconfig-paths is a dependency, tsconfig.json is included even if it is above the
//! package, with the files that it extends (see [`Extended`]).
//!
//! A service's pattern must match something, unless it is the default and `files` match. `.git`, the link folder at the
//! top of a package, and packages inside a package are never included; a node_modules inside an output is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{Closure, Dependency, ImporterId, Manifest};

use crate::captured::{Captured, Taken};
use crate::error::LinkFault;
use crate::extended::Extended;
use crate::files::Files;
use crate::included_files::IncludedCapture;
use crate::listing::inside;
use crate::missed::Elsewhere;
use crate::packing::{ListedFiles, Packing};
use crate::program::{declared_program, existing};
use crate::sensitive;
use crate::sources::{SourceFile, SourceKind, SourceScope, list};
use crate::tsconfig::{is_ts_config, is_typescript};
use crate::{AppError, Patterns, Result};
use fourply_scripts::files::folder_of;

/// The package that reads tsconfig.json at a service's start and resolves names by its `paths`.
const READS_CONFIGURATION: &str = "tsconfig-paths";

/// The files to capture, and their folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputCapture<'a> {
    pub service: &'a ImporterId,
    /// The service's outputs.
    pub outputs: &'a Patterns,
    /// Whether the outputs are configured, so that each pattern must match.
    pub named: bool,
    /// The file that the configured command starts, if no outputs are configured.
    pub program: Option<&'a str>,
    /// The service's configured files.
    pub included: IncludedCapture<'a>,
    pub packing: Packing<'a>,
    /// Outputs of turbo.json tasks in workspace packages, by folder.
    pub of_tasks: &'a BTreeMap<&'a str, Patterns>,
    /// The image's packages.
    pub production: &'a Closure,
    /// Every package of the workspace.
    pub manifests: &'a BTreeMap<ImporterId, Manifest>,
    /// The packages that a script built; empty for prebuilt outputs.
    pub built: &'a BTreeSet<ImporterId>,
}

/// Lists all files for the image, sorted by target path.
///
/// # Errors
/// [`AppError::MissingOutput`], [`AppError::MissingIncluded`], [`AppError::Sensitive`]; a link leaves the workspace, or
/// a folder cannot be read.
pub(crate) fn capture(capture: &OutputCapture<'_>) -> Result<Vec<Captured>> {
    let mut taken = Taken::default();
    let root = capture.included.listing.root;
    for importer in &capture.production.importers {
        if let Some(manifest) = capture.manifests.get(importer) {
            capture.package(importer, manifest)?.into_iter().try_for_each(|one| taken.add(one, root))?;
        }
    }
    taken.into_files().map(|one| capture.checked(one)).collect()
}

impl OutputCapture<'_> {
    /// Only captured files must stay in the workspace and must not be sensitive.
    fn checked(&self, mut one: Captured) -> Result<Captured> {
        match &one.source.kind {
            SourceKind::Symlink { target } => {
                let found = self.included.roots().target(&one.source.path, target);
                let found = found.ok_or_else(|| {
                    let root = self.included.listing.root;
                    let path = self.included.workspace.join(&one.source.path);
                    let fault = match path.symlink_metadata() {
                        Ok(_) => LinkFault::of(root, &root.join(&one.source.path), target),
                        Err(_) => LinkFault::Made,
                    };
                    AppError::LinkOut { path, fault, target: target.clone() }
                })?;
                one.absolute = found.absolute;
                one.source.kind = SourceKind::Symlink { target: found.relative };
            }
            SourceKind::File { .. } => {
                if let Some(what) = sensitive::by_name(&one.source.path).filter(|_| !one.exact) {
                    return Err(one.sensitive(what, self.service));
                }
            }
        }
        Ok(one)
    }

    fn package(&self, importer: &ImporterId, manifest: &Manifest) -> Result<Vec<Captured>> {
        let own = SourceFile {
            path: importer.path_of("package.json"),
            kind: SourceKind::File { executable: false },
        };
        let mut taken = vec![Captured::in_place(own)];
        if importer == self.service {
            taken.extend(self.of_service(importer, manifest)?);
        } else if !importer.is_root() {
            taken.extend(self.of_dependency(importer, manifest)?);
        }
        Ok(taken)
    }

    fn of_service(&self, importer: &ImporterId, manifest: &Manifest) -> Result<Vec<Captured>> {
        let there = self.included.listing.below(importer.as_str())?;
        let (part, missing) = self.named(importer, &there);
        if self.named && !missing.is_empty() {
            return Err(self.missing(importer, missing, &there));
        }
        let mut taken = Vec::new();
        if let Some(files) = Files::of(manifest) {
            let part = self.packing.by_files(&ListedFiles { importer, manifest, there: &there }, &files)?;
            taken.extend(exact(importer, part, files.entries()));
        }
        if !self.named && taken.is_empty() {
            let program = self.program_beside(importer, manifest, &there, &part, !missing.is_empty());
            let found = program.map(|program| self.around_program(importer, manifest, &there, &program));
            taken.extend(found.transpose()?.into_iter().flatten().map(Captured::in_place));
        }
        // Named files are listed again and may be very many, so only the needed part of the listing is held.
        let there = match missing.is_empty() {
            true => there.into_iter().filter(|source| is_ts_config(inside(importer, &source.path))).collect(),
            false => there,
        };
        taken.extend(self.included.files()?);
        if !missing.is_empty() && taken.is_empty() && part.is_empty() {
            return Err(self.missing(importer, missing, &there));
        }
        taken.extend(exact(importer, part, self.outputs.texts()));
        if !self.named && manifest.dependencies.contains_key(READS_CONFIGURATION) {
            taken.extend(self.configuration(importer, &there)?.into_iter().map(Captured::in_place));
        }
        Ok(taken)
    }

    /// TypeScript configuration files that a package of the image reads at its start.
    fn configuration(&self, importer: &ImporterId, there: &[SourceFile]) -> Result<Vec<SourceFile>> {
        let is_own = |source: &&SourceFile| is_ts_config(inside(importer, &source.path));
        let mut found: Vec<SourceFile> = there.iter().filter(is_own).cloned().collect();
        let (included, manifests, production) = (&self.included, self.manifests, self.production);
        found.extend(Extended { included, manifests, production }.by(importer, &found)?);
        Ok(found)
    }

    /// A program outside the matched files `part`: that of the configured command; otherwise that of package.json, if
    /// no pattern matches.
    fn program_beside(
        &self,
        importer: &ImporterId,
        manifest: &Manifest,
        there: &[SourceFile],
        part: &[SourceFile],
        missing: bool,
    ) -> Option<String> {
        let has = |files: &[SourceFile], path: &str| {
            files.iter().any(|source| inside(importer, &source.path) == path)
        };
        let is_there = |path: &str| has(there, path);
        match self.program.and_then(|path| existing(path, &is_there)) {
            Some(program) => (!has(part, &program)).then_some(program),
            None => declared_program(manifest, &is_there).filter(|_| missing && part.is_empty()),
        }
    }

    /// The files around a program: the folder in which the build created it, otherwise the whole package and the files
    /// that its tsconfig.json extends.
    fn around_program(
        &self,
        importer: &ImporterId,
        manifest: &Manifest,
        there: &[SourceFile],
        program: &str,
    ) -> Result<Vec<SourceFile>> {
        let made = self.packing.sources.is_some_and(|given| !given.contains(&importer.path_of(program)));
        if let Some((folder, _)) = program.split_once('/').filter(|_| made) {
            let below = format!("{folder}/");
            let is_below = |source: &&SourceFile| inside(importer, &source.path).starts_with(&below);
            return Ok(there.iter().filter(is_below).cloned().collect());
        }
        let seen = self.packing.sources.is_none().then(|| self.unignored(importer)).transpose()?;
        let mut whole = self.packing.whole(&ListedFiles { importer, manifest, there }, seen.as_ref())?;
        let (included, manifests, production) = (&self.included, self.manifests, self.production);
        let extended = Extended { included, manifests, production };
        whole.extend(extended.by(importer, &whole)?);
        Ok(whole)
    }

    fn of_dependency(&self, importer: &ImporterId, manifest: &Manifest) -> Result<Vec<Captured>> {
        let there = self.included.listing.below(importer.as_str())?;
        let package = ListedFiles { importer, manifest, there: &there };
        if let Some(folder) = self.published(importer, manifest) {
            let below = format!("{folder}/");
            let is_below = |source: &&SourceFile| inside(importer, &source.path).starts_with(&below);
            let part: Vec<_> = there.iter().filter(is_below).cloned().collect();
            return self.expect(importer, part, &[folder], &there);
        }
        let Some(files) = Files::of(manifest) else {
            let seen = self.packing.sources.is_none().then(|| self.unignored(importer)).transpose()?;
            let whole = self.packing.whole(&package, seen.as_ref())?;
            return Ok(whole.into_iter().map(Captured::in_place).collect());
        };
        let mut part = self.packing.by_files(&package, &files)?;
        if let Some(made) = self.of_tasks.get(importer.as_str()) {
            let known: BTreeSet<&str> = part.iter().map(|source| source.path.as_str()).collect();
            let more = self.packing.made(&package, made);
            let more =
                more.filter(|source| !is_typescript(&source.path) && !known.contains(source.path.as_str()));
            part.extend(more.cloned().collect::<Vec<_>>());
        }
        let wanted = if self.built.contains(importer) { files.entries() } else { &[] };
        self.expect(importer, part, wanted, &there)
    }

    /// The files that match the service's patterns, and the patterns without a match.
    fn named(&self, importer: &ImporterId, there: &[SourceFile]) -> (Vec<SourceFile>, Vec<String>) {
        let mut hit = BTreeSet::new();
        let mut part = Vec::new();
        for source in there {
            let hits: Vec<usize> = self.outputs.matching(inside(importer, &source.path)).collect();
            if !hits.is_empty() {
                part.push(source.clone());
                hit.extend(hits);
            }
        }
        let texts = self.outputs.texts().iter().enumerate();
        let missing = texts.filter(|(index, _)| !hit.contains(index)).map(|(_, text)| text.clone());
        (part, missing.collect())
    }

    /// The files of a package in the user's own folder that no ignore file excludes.
    fn unignored(&self, importer: &ImporterId) -> Result<BTreeSet<String>> {
        let packages = self.manifests.keys().cloned().collect();
        let scope = SourceScope {
            root: self.included.listing.root,
            packages: &packages,
            needed: &BTreeSet::from([importer.clone()]),
            built: &BTreeSet::new(),
            outputs: self.outputs,
        };
        Ok(list(&scope)?.into_iter().map(|source| source.path).collect())
    }

    fn expect(
        &self,
        importer: &ImporterId,
        part: Vec<SourceFile>,
        wanted: &[String],
        there: &[SourceFile],
    ) -> Result<Vec<Captured>> {
        match part.is_empty() && !wanted.is_empty() {
            true => Err(self.missing(importer, wanted.to_vec(), there)),
            false => Ok(exact(importer, part, wanted).collect()),
        }
    }

    fn missing(&self, importer: &ImporterId, patterns: Vec<String>, there: &[SourceFile]) -> AppError {
        let names = there.iter().map(|source| {
            let inside = inside(importer, &source.path);
            inside.split_once('/').map_or(inside.to_owned(), |(folder, _)| format!("{folder}/"))
        });
        let found: BTreeSet<String> = names.collect();
        let ignored = patterns.iter().find(|pattern| {
            let own = folder_of(self.included.workspace, importer).join(pattern.trim_start_matches("./"));
            self.included.listing.root != self.included.workspace && own.exists()
        });
        let at_root = || at_root(self.included.listing.root, importer).filter(|_| importer == self.service);
        let elsewhere = ignored.cloned().map(Elsewhere::Ignored).or_else(|| at_root().map(Elsewhere::AtRoot));
        AppError::MissingOutput {
            package: importer.clone(),
            folder: folder_of(self.included.workspace, importer),
            elsewhere: elsewhere.map(Box::new),
            patterns,
            found: found.into_iter().collect(),
            built: self.built.contains(importer),
            of_service: importer == self.service,
        }
    }

    /// The folder of a package that others link instead of the package itself.
    fn published(&self, importer: &ImporterId, manifest: &Manifest) -> Option<String> {
        let folder = manifest.publish_directory.as_deref()?;
        let linked = importer.join(folder)?;
        let edges = self.production.direct.values().flatten();
        let links = edges.filter(|(_, to)| *to == Dependency::Link(linked.clone())).count();
        (links > 0 && linked != *importer).then(|| inside(importer, linked.as_str()).to_owned())
    }
}

/// The program of a package in a folder of the root, as built by Nx's executors: `dist/apps/api/main.js`.
fn at_root(root: &Path, importer: &ImporterId) -> Option<String> {
    let path = importer.as_str();
    let short = path.rsplit('/').next().unwrap_or(path);
    let folders = ["dist", "build", "out"].into_iter().filter(|_| !importer.is_root());
    let places = folders.flat_map(|top| [format!("{top}/{path}"), format!("{top}/{short}")]);
    let programs = places.flat_map(|place| {
        ["main.js", "index.js", "server.js", "src/main.js"].map(|name| format!("{place}/{name}"))
    });
    programs.into_iter().find(|program| root.join(program).is_file())
}

/// Files with their own paths as targets, each with whether an entry names exactly this path.
fn exact<'a>(
    importer: &'a ImporterId,
    part: Vec<SourceFile>,
    entries: &'a [String],
) -> impl Iterator<Item = Captured> + 'a {
    part.into_iter().map(move |source| {
        let path = inside(importer, &source.path);
        let same = |entry: &String| entry.trim_start_matches("./").trim_start_matches('/') == path;
        Captured { exact: entries.iter().any(same), ..Captured::in_place(source) }
    })
}

#[cfg(test)]
mod tests;
