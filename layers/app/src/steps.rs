//! A build from request to pack, the stages in the order in which they happen.
//!
//! Sources are listed and hashed, which gives the key; a key that was built before ends the work there. Otherwise: workspace packages by
//! themselves, install, sync, scripts, capture of outputs and of what was generated in node_modules, pack.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::ImporterId;
use fourply_store::PackBuilder;
use serde::{Deserialize, Serialize};

use crate::entry::is_program;
use crate::generated;
use crate::hash::{HashedSource, hash_sources, list_key};
use crate::isolated::IsolatedBuilds;
use crate::key::{build_key, generated_key, prebuilt_key};
use crate::outputs::{OutputCapture, capture};
use crate::scratch::Scratch;
use crate::scripts::check_script;
use crate::sources::{SourceFile, SourceKind, SourceScope, list, needed_folders};
use crate::workshop::{Finished, Workshop};
use crate::{AppError, AppRequest, BuiltApp, Patterns, Result, StatCache, build_levels};
use fourply_scripts::events::install_events;
use fourply_scripts::install::Changes;
use fourply_scripts::written::Places;
use fourply_scripts::{Running, pack_folders};

/// Builds, or finds what an earlier build with the same inputs left.
///
/// It waits for programs and for other builds, so no thread of rayon's may call it: its files are read on these.
///
/// # Errors
/// See [`AppError`]. Nothing is recorded for a build that failed, and the next one starts from clean sources.
pub fn build(request: &AppRequest<'_>) -> Result<BuiltApp> {
    let _running = Running::begin(request.install.host.report);
    let manifests = &request.workspace().manifests;
    if !manifests.contains_key(request.service) {
        return Err(AppError::NoManifest { service: request.service.clone() });
    }
    let build = Build { request, patterns: Patterns::new(request.outputs)? };
    match request.script {
        None => build.prebuilt(),
        Some(script) => {
            check_script(manifests, request.service, script)?;
            build.scripted(script)
        }
    }
}

/// What is remembered beside a pack, to answer without opening it.
#[derive(Serialize, Deserialize)]
struct Remembered {
    pack: Key,
    #[serde(default)]
    generated: Option<Key>,
    #[serde(default)]
    folders: BTreeMap<String, Key>,
    /// Under which keys the packages' own results are kept: they go where this one goes.
    #[serde(default)]
    packages: BTreeSet<Key>,
    programs: Vec<String>,
}

fourply_store::record! {
    /// What a build left.
    struct OutputsOf<'a> in Outputs, rules 2 => Remembered {
        build: &'a Key,
    }
}

fourply_blob::inputs! {
    /// The name of a file with the times and sizes of what was hashed.
    struct StatCacheInputs<'a>: "stat cache", rules 2 {
        root: &'a Path,
        service: &'a ImporterId,
        what: &'a str,
    }
}

/// What is kept of a build beside its outputs.
#[derive(Default)]
struct Kept {
    folders: BTreeMap<ImporterId, Key>,
    generated: Option<Key>,
    packages: BTreeSet<Key>,
}

struct Build<'a> {
    request: &'a AppRequest<'a>,
    patterns: Patterns,
}

impl Build<'_> {
    fn prebuilt(&self) -> Result<BuiltApp> {
        let root = &self.request.workspace().root;
        let files = self.captured(root, &BTreeSet::new())?;
        let hashed = self.hash(files, "prebuilt")?;
        let key = prebuilt_key(self.request, &list_key(&hashed));
        // What folders hold besides outputs is not in the key.
        let folders = self.folders(root)?;
        let dist = match self.remembered(&key)? {
            Some(dist) => dist,
            None => self.pack(root, &hashed, key, Kept::default(), &Places::default())?,
        };
        Ok(BuiltApp { folders, ..dist })
    }

    fn scripted(&self, script: &str) -> Result<BuiltApp> {
        let levels = build_levels(self.request.full, self.request.service);
        let built = self.with_script(&levels, script);
        let sources = self.hash(self.sources(&built)?, "sources")?;
        let key = build_key(self.request, &list_key(&sources), script);
        let host = &self.request.install.host;
        let remembered = || host.sandbox.known(&key, |key| self.remembered(key));
        if let Some(dist) = remembered()? {
            return Ok(dist);
        }
        self.warn_of_root(&levels);
        self.warn_of_unbuilt(&built, script);
        let request = self.request;
        let isolated = IsolatedBuilds { request, script, sources: &sources }.build(&levels)?;
        let workshop = Workshop {
            request,
            script,
            levels: &levels,
            sources: &sources,
            made: &isolated.made,
            look: false,
        };
        let dist = workshop.work(&remembered, &|finished| {
            self.keep(finished, &built, host.sandbox.key(&key), &isolated.keys)
        })?;
        isolated.remember_failures(request)?;
        Ok(dist)
    }

    /// Keeps what the scripts made.
    fn keep(
        &self,
        finished: &Finished<'_>,
        built: &BTreeSet<ImporterId>,
        key: Key,
        packages: &BTreeSet<Key>,
    ) -> Result<BuiltApp> {
        let root = finished.scratch.root();
        let files = self.captured(&root, built)?;
        let hashed = hash_sources(&root, files, &mut StatCache::default(), self.request.now)?;
        let places = self.places(finished.scratch);
        let generated = self.generated(&root, &places, finished.changes)?;
        let kept = Kept { folders: self.folders(&root)?, generated, packages: packages.clone() };
        self.pack(&root, &hashed, key, kept, &places)
    }

    /// What stands in the image for the paths of a build folder.
    fn places(&self, scratch: &Scratch) -> Places {
        Places(vec![
            (scratch.root(), self.request.install.root_in_image.to_owned()),
            (scratch.home(), "/root".to_owned()),
            (scratch.tmp(), "/tmp".to_owned()),
        ])
    }

    /// What the scripts left in node_modules for the image.
    fn generated(&self, root: &Path, places: &Places, changes: &Changes) -> Result<Option<Key>> {
        generated::GeneratedCapture { request: self.request, root, places }.keep(changes)
    }

    /// The packages of the build that have the script.
    fn with_script(&self, levels: &[Vec<ImporterId>], script: &str) -> BTreeSet<ImporterId> {
        levels.iter().flatten().filter(|id| self.has_script(id, script)).cloned().collect()
    }

    fn has_script(&self, package: &ImporterId, script: &str) -> bool {
        let manifest = self.request.workspace().manifests.get(package);
        manifest.is_some_and(|manifest| manifest.scripts.contains_key(script))
    }

    fn sources(&self, built: &BTreeSet<ImporterId>) -> Result<Vec<SourceFile>> {
        let mut needed = needed_folders(self.request.full);
        needed.extend(self.request.production.importers.iter().cloned());
        list(&SourceScope {
            root: &self.request.workspace().root,
            packages: &self.request.workspace().manifests.keys().cloned().collect(),
            needed: &needed,
            built,
            outputs: &self.patterns,
        })
    }

    /// Hashes files of the user's tree with the help of what was known of them.
    fn hash(&self, files: Vec<SourceFile>, what: &str) -> Result<Vec<HashedSource>> {
        let root = &self.request.workspace().root;
        let name = StatCacheInputs { root, service: self.request.service, what }.key();
        let path = self.request.install.host.folder.join("stat").join(name.hex());
        let before = StatCache::read(&path);
        let mut cache = before.clone();
        let hashed = hash_sources(root, files, &mut cache, self.request.now)?;
        if cache != before {
            cache.write(&path)?;
        }
        Ok(hashed)
    }

    fn remembered(&self, key: &Key) -> Result<Option<BuiltApp>> {
        let store = self.request.store();
        let (Some(pack), Some(known)) = (store.derived_pack(key)?, store.get(&OutputsOf { build: key }))
        else {
            return Ok(None);
        };
        let folders: BTreeMap<ImporterId, Key> = known
            .folders
            .iter()
            .filter_map(|(folder, pack)| Some((ImporterId::new(folder)?, *pack)))
            .collect();
        let generated = store.derived_pack(&generated_key(key))?;
        let whole = known.pack == pack
            && known.generated == generated
            && folders.values().all(|pack| store.has_pack(pack));
        // They count as used, for who sends or cleans up what a build used.
        known.packages.iter().try_for_each(|key| store.derived_pack(key).map(drop))?;
        let programs = known.programs;
        Ok(whole.then_some(BuiltApp { pack, generated, key: *key, reused: true, folders, programs }))
    }

    /// The root's install scripts may be about any package of the workspace, and a build has those of one service alone.
    fn warn_of_root(&self, levels: &[Vec<ImporterId>]) {
        let root = ImporterId::root();
        if !self.request.install_scripts() || levels.iter().flatten().any(|id| *id == root) {
            return;
        }
        let manifest = self.request.workspace().manifests.get(&root);
        for (event, command) in manifest.into_iter().flat_map(install_events) {
            let text = format!("{event} of the workspace's root does not run: {command}");
            self.request.install.host.warn(&text);
        }
    }

    /// What only the root depends on is in the image, and no build of the service's concerns it, as for `pnpm --filter 'service...' run`.
    fn warn_of_unbuilt(&self, built: &BTreeSet<ImporterId>, script: &str) {
        let others =
            self.request.production.importers.iter().filter(|id| !id.is_root() && !built.contains(*id));
        for package in others.filter(|id| self.has_script(id, script)) {
            let text = format!(
                "{package} is in the image, as the root depends on it, and is not built: if {} uses it, let its package.json say so",
                self.request.service
            );
            self.request.install.host.warn(&text);
        }
    }

    fn captured(&self, root: &Path, built: &BTreeSet<ImporterId>) -> Result<Vec<SourceFile>> {
        capture(&OutputCapture {
            root,
            service: self.request.service,
            outputs: &self.patterns,
            production: self.request.production,
            manifests: &self.request.workspace().manifests,
            built,
        })
    }

    /// The packages that the image takes from folders of the workspace at `root`.
    fn folders(&self, root: &Path) -> Result<BTreeMap<ImporterId, Key>> {
        let (request, rules) = (self.request, &self.request.workspace().rules.packing);
        Ok(pack_folders(request.store(), root, request.production, rules, &|_, _| false)?)
    }

    /// Keeps the files, which were hashed before, as a pack under the key; `places` are changed in texts.
    fn pack(
        &self,
        root: &Path,
        files: &[HashedSource],
        key: Key,
        kept: Kept,
        places: &Places,
    ) -> Result<BuiltApp> {
        let Kept { folders, generated, packages } = kept;
        let mut builder = PackBuilder::new();
        for HashedSource { source, content } in files {
            match &source.kind {
                SourceKind::Symlink { target } => builder.add_symlink(&source.path, target)?,
                SourceKind::File { executable } => {
                    let path = root.join(&source.path);
                    let bytes = fs_err::read(&path)?;
                    if Key::of(&bytes) != *content {
                        return Err(AppError::Changed { path });
                    }
                    if let Some(text) = places.warning(&source.path, &bytes) {
                        self.request.install.host.warn(&text);
                    }
                    builder.add_file(&source.path, *executable, places.content(bytes))?;
                }
            }
        }
        let pack = builder.finish(self.request.store())?.id();
        let programs = self.programs(files);
        let named = folders.iter().map(|(folder, pack)| (folder.to_string(), *pack)).collect();
        let remembered = Remembered { pack, generated, folders: named, packages, programs };
        if let Some(generated) = &generated {
            self.request.store().record_derived(&generated_key(&key), generated)?;
        }
        self.request.store().put(&OutputsOf { build: &key }, &remembered)?;
        self.request.store().record_derived(&key, &pack)?;
        Ok(BuiltApp { pack, generated, key, reused: false, folders, programs: remembered.programs })
    }

    fn programs(&self, files: &[HashedSource]) -> Vec<String> {
        let service = self.request.service;
        let inside = |path: &str| match service.is_root() {
            true => Some(path.to_owned()),
            false => Some(path.strip_prefix(service.as_str())?.strip_prefix('/')?.to_owned()),
        };
        files.iter().filter_map(|file| inside(&file.source.path)).filter(|path| is_program(path)).collect()
    }
}
