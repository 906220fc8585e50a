//! A build from request to pack, the stages in the order in which they happen.
//!
//! Sources are listed and hashed, which gives the key; a key that was built before ends the work there. Otherwise: workspace packages by
//! themselves, install, sync, scripts, capture of outputs and of what was generated in node_modules, pack.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fourply_blob::{Inputs as _, Key};
use fourply_pnpm::ImporterId;
use fourply_store::PackBuilder;
use serde::{Deserialize, Serialize};

use crate::entry::is_program;
use crate::generated;
use crate::hash::{HashedSource, hash_sources, list_key};
use crate::input_rules::InputRules;
use crate::isolated::IsolatedBuilds;
use crate::key::{build_decisions, build_key, generated_key, prebuilt_key};
use crate::outputs::{OutputCapture, capture};
use crate::passed_over::{self, has_work, is_built};
use crate::root_inputs::RootInputs;
use crate::scratch::Scratch;
use crate::secret_check::SecretCheck;
use crate::sources::{Listed, SourceFile, SourceKind, SourceScope, list_inputs, needed_folders};
use crate::warnings::Warnings;
use crate::why::{self, BuildReason};
use crate::workshop::{Finished, Workshop};
use crate::{AppError, AppRequest, BuiltApp, Patterns, Result, ScriptFailure, StatCache, build_levels};
use fourply_scripts::install::Changes;
use fourply_scripts::written::Places;
use fourply_scripts::{Event, Running, pack_folders};

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
    let secrets = SecretCheck::new(&request.values.secrets);
    let build = Build { request, patterns: Patterns::new(request.outputs)?, secrets };
    match request.script {
        None => build.prebuilt(),
        Some(script) => {
            let levels = build_levels(request.full, request.service, request.projects);
            match has_work(request, &levels, script)? {
                true => build.scripted(script, &levels),
                false => build.prebuilt(),
            }
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
    /// The secrets that the service's script was given, by name.
    #[serde(default)]
    secrets: BTreeSet<String>,
    programs: Vec<String>,
}

fourply_store::record! {
    /// What a build left.
    struct OutputsOf<'a> in Outputs, rules 3 => Remembered {
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
    secrets: SecretCheck,
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

    fn scripted(&self, script: &str, levels: &[Vec<ImporterId>]) -> Result<BuiltApp> {
        let built = self.with_script(levels, script);
        let root = self.root_inputs(levels)?;
        let Listed { mut files, left_out } = self.sources(&built, root.clone())?;
        if !built.contains(self.request.service) {
            files.extend(passed_over::outputs(self.request, &self.patterns)?);
            files.sort();
            files.dedup();
        }
        let sources = self.hash(files, "sources")?;
        let key = build_key(self.request, &list_key(&sources), script);
        let host = &self.request.install.host;
        let (record, decisions) = (self.place_of("why"), || build_decisions(self.request, script, &sources));
        if let Some(dist) = host.sandbox.known(&key, |key| self.remembered(key))? {
            why::keep(&record, &key, decisions)?;
            return Ok(dist);
        }
        self.say_why(&why::reason(&record, &key, &decisions()));
        Warnings { request: self.request, script, levels, built: &built }.give(&left_out, &sources);
        let dist = self.run(script, levels, &built, &sources, root.as_ref(), key);
        let dist = dist.map_err(|error| match error {
            AppError::Script(failure) => AppError::Script(Box::new(ScriptFailure { left_out, ..*failure })),
            other => other,
        })?;
        why::keep(&record, &key, decisions)?;
        Ok(dist)
    }

    /// Runs the scripts.
    fn run(
        &self,
        script: &str,
        levels: &[Vec<ImporterId>],
        built: &BTreeSet<ImporterId>,
        sources: &[HashedSource],
        root: Option<&RootInputs>,
        key: Key,
    ) -> Result<BuiltApp> {
        let request = self.request;
        let isolated = IsolatedBuilds { request, script, sources, root }.build(levels)?;
        let workshop = Workshop { request, script, levels, sources, made: &isolated.made, look: false };
        let sandbox = request.install.host.sandbox;
        let known = || sandbox.known(&key, |key| self.remembered(key));
        let dist = workshop
            .work(&known, &|finished| self.keep(finished, built, sandbox.key(&key), &isolated.keys))?;
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
        generated::GeneratedCapture { request: self.request, secrets: &self.secrets, root, places }
            .keep(changes)
    }

    /// The packages of the build that have the script.
    fn with_script(&self, levels: &[Vec<ImporterId>], script: &str) -> BTreeSet<ImporterId> {
        levels.iter().flatten().filter(|id| is_built(self.request, id, script)).cloned().collect()
    }

    fn needed(&self) -> BTreeSet<ImporterId> {
        let mut needed = needed_folders(self.request.full);
        needed.extend(self.request.production.importers.iter().cloned());
        needed
    }

    /// What of the root counts: all of it where the root itself is built.
    fn root_inputs(&self, levels: &[Vec<ImporterId>]) -> Result<Option<RootInputs>> {
        if levels.iter().flatten().any(ImporterId::is_root) {
            return Ok(None);
        }
        let globs = self.request.inputs.root.as_deref();
        RootInputs::new(globs, self.request.workspace(), &self.needed()).map(Some)
    }

    fn sources(&self, built: &BTreeSet<ImporterId>, root: Option<RootInputs>) -> Result<Listed> {
        let folder = &self.request.workspace().root;
        let scope = SourceScope {
            root: folder,
            packages: &self.request.workspace().manifests.keys().cloned().collect(),
            needed: &self.needed(),
            built,
            outputs: &self.patterns,
        };
        list_inputs(&scope, InputRules::new(folder, self.request.inputs, root)?)
    }

    /// Where something is remembered of this service of this workspace.
    fn place_of(&self, what: &str) -> PathBuf {
        let root = &self.request.workspace().root;
        let name = StatCacheInputs { root, service: self.request.service, what }.key();
        let folder = if what == "why" { what } else { "stat" };
        self.request.install.host.folder.join(folder).join(name.hex())
    }

    fn say_why(&self, reason: &BuildReason) {
        let event = Event::Build { package: self.request.service, reason: &reason.to_string() };
        self.request.install.host.report.event(event);
    }

    /// Hashes files of the user's tree with the help of what was known of them.
    fn hash(&self, files: Vec<SourceFile>, what: &str) -> Result<Vec<HashedSource>> {
        let root = &self.request.workspace().root;
        let path = self.place_of(what);
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
        let Remembered { programs, secrets, .. } = known;
        Ok(whole.then_some(BuiltApp { pack, generated, key: *key, reused: true, folders, secrets, programs }))
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
                SourceKind::Symlink { target } => {
                    self.secrets.check(&source.path, target.as_bytes())?;
                    builder.add_symlink(&source.path, target)?;
                }
                SourceKind::File { executable } => {
                    let path = root.join(&source.path);
                    let bytes = fs_err::read(&path)?;
                    if Key::of(&bytes) != *content {
                        return Err(AppError::Changed { path });
                    }
                    self.secrets.check(&source.path, &bytes)?;
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
        let secrets: BTreeSet<String> = self.request.values.secrets.names().map(str::to_owned).collect();
        let remembered =
            Remembered { pack, generated, folders: named, packages, secrets: secrets.clone(), programs };
        if let Some(generated) = &generated {
            self.request.store().record_derived(&generated_key(&key), generated)?;
        }
        self.request.store().put(&OutputsOf { build: &key }, &remembered)?;
        self.request.store().record_derived(&key, &pack)?;
        Ok(BuiltApp { pack, generated, key, reused: false, folders, secrets, programs: remembered.programs })
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
