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

use crate::captured::{Captured, programs};
use crate::generated;
use crate::hash::{HashedSource, hash_sources, list_key};
use crate::included::Entry;
use crate::included_files::IncludedCapture;
use crate::isolated::IsolatedBuilds;
use crate::key::{build_key, generated_key, prebuilt_key};
use crate::listing::Listing;
use crate::outputs::{OutputCapture, capture};
use crate::packing::Packing;
use crate::projects::Projects;
use crate::request::DEFAULT_OUTPUT;
use crate::scratch::Scratch;
use crate::scripts::check_script;
use crate::sensitive;
use crate::sources::{SourceFile, SourceKind, SourceScope, folders, list, needed_folders};
use crate::workshop::{Finished, Workshop};
use crate::{AppError, AppRequest, BuiltApp, Patterns, Result, StatCache, build_levels};
use fourply_scripts::events::{install_events, runs};
use fourply_scripts::files::folder_of;
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
    if let Some(script) = request.script {
        check_script(manifests, request.service, script)?;
    }
    let (build, others) = Build::new(request)?;
    let app = build.run()?;
    let project = |request: &AppRequest<'_>| Build::new(request)?.0.run();
    Projects { request, entries: others, build: &project }.join(app)
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
    #[serde(default)]
    absolute: BTreeSet<String>,
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

/// What is known of scripts that ran.
struct Scripts<'a> {
    built: &'a BTreeSet<ImporterId>,
    /// The sources that they were given.
    given: &'a BTreeSet<String>,
    /// Under which keys the packages' own results are kept.
    packages: &'a BTreeSet<Key>,
}

struct Build<'a> {
    request: &'a AppRequest<'a>,
    outputs: Patterns,
    package_outputs: Patterns,
    /// Of the service's files, those that lie in the build folder.
    entries: Vec<Entry>,
}

impl<'a> Build<'a> {
    /// Answers also the files of other projects, which the build of this one does not concern.
    fn new(request: &'a AppRequest<'a>) -> Result<(Build<'a>, Vec<Entry>)> {
        let selection = &request.selection;
        let manifests = &request.workspace().manifests;
        let entries = selection.files.iter().map(|spec| Entry::new(spec, request.service, manifests));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        let here = needed(request);
        let is_here =
            |entry: &Entry| request.script.is_none() || entry.owner.is_root() || here.contains(&entry.owner);
        let (entries, others) = entries.into_iter().partition(is_here);
        let build = Build {
            request,
            outputs: Patterns::new(selection.outputs)?,
            package_outputs: Patterns::new(selection.package_outputs)?,
            entries,
        };
        Ok((build, others))
    }

    fn run(&self) -> Result<BuiltApp> {
        match self.request.script {
            None => self.prebuilt(),
            Some(script) => self.scripted(script),
        }
    }

    /// The sources as they lie, where no package has a script that runs.
    fn unbuilt(&self, sources: &[SourceFile]) -> Result<BuiltApp> {
        let paths = paths(sources);
        let root = &self.request.workspace().root;
        self.as_it_lies(self.captured(root, &BTreeSet::new(), None, Some(&paths))?)
    }
    fn prebuilt(&self) -> Result<BuiltApp> {
        let root = &self.request.workspace().root;
        self.as_it_lies(self.captured(root, &BTreeSet::new(), None, None)?)
    }

    fn as_it_lies(&self, files: Vec<Captured>) -> Result<BuiltApp> {
        let root = &self.request.workspace().root;
        let hashed = self.hash(sources_of(&files), "prebuilt")?;
        let key = prebuilt_key(self.request, &list_key(&hashed));
        // What folders hold besides outputs is not in the key.
        let folders = self.folders(root)?;
        let dist = match self.remembered(&key)? {
            Some(dist) => dist,
            None => self.pack(root, &files, &hashed, key, Kept::default(), &Places::default())?,
        };
        Ok(BuiltApp { folders, ..dist })
    }

    fn scripted(&self, script: &str) -> Result<BuiltApp> {
        let levels = build_levels(self.request.full, self.request.service);
        let built = self.with_script(&levels, script);
        let sources = self.sources(&built)?;
        if !self.runs(&levels, script) {
            return self.unbuilt(&sources);
        }
        let sources = self.hash(sources, "sources")?;
        let key = build_key(self.request, &list_key(&sources), script);
        if let Some(dist) = self.remembered(&key)? {
            return Ok(dist);
        }
        self.warn_of_root(&levels);
        self.warn_of_unbuilt(&built, script);
        self.warn_of_stale(&built, &sources)?;
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
        let given = sources.iter().map(|hashed| hashed.source.path.clone()).collect();
        let scripts = Scripts { built: &built, given: &given, packages: &isolated.keys };
        let dist =
            workshop.work(&|| self.remembered(&key), &|finished| self.keep(finished, &scripts, key))?;
        isolated.remember_failures(request)?;
        Ok(dist)
    }

    /// Keeps what the scripts made.
    fn keep(&self, finished: &Finished<'_>, scripts: &Scripts<'_>, key: Key) -> Result<BuiltApp> {
        let root = finished.scratch.root();
        let files = self.captured(&root, scripts.built, Some(scripts.given), None)?;
        let hashed = hash_sources(&root, sources_of(&files), &mut StatCache::default(), self.request.now)?;
        let places = self.places(finished.scratch);
        let generated = self.generated(&root, &places, finished.changes)?;
        let kept = Kept { folders: self.folders(&root)?, generated, packages: scripts.packages.clone() };
        self.pack(&root, &files, &hashed, key, kept, &places)
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

    /// Whether a script of any of these packages runs.
    fn runs(&self, levels: &[Vec<ImporterId>], script: &str) -> bool {
        let manifests = &self.request.workspace().manifests;
        let mut manifests = levels.iter().flatten().filter_map(|id| manifests.get(id));
        manifests.any(|manifest| runs(manifest, script, self.request.install_scripts()))
    }

    fn sources(&self, built: &BTreeSet<ImporterId>) -> Result<Vec<SourceFile>> {
        let selection = &self.request.selection;
        list(&SourceScope {
            root: &self.request.workspace().root,
            packages: &self.request.workspace().manifests.keys().cloned().collect(),
            needed: &needed(self.request),
            built: &selection.cleared(self.request.service, built),
            outputs: &selection.stale()?,
        })
    }

    /// What lies where a build leaves its outputs, though no ignore file names it, is of an earlier build.
    fn warn_of_stale(&self, built: &BTreeSet<ImporterId>, sources: &[HashedSource]) -> Result<()> {
        let root = &self.request.workspace().root;
        let stale = |package: &&ImporterId| folder_of(root, package).join(DEFAULT_OUTPUT).exists();
        if !built.iter().any(|package| stale(&package)) {
            return Ok(());
        }
        let given: BTreeSet<&str> = sources.iter().map(|hashed| hashed.source.path.as_str()).collect();
        let all = self.sources(&BTreeSet::new())?;
        for package in built.iter().filter(stale) {
            let (folder, mut left) = (format!("{}/", package.path_of(DEFAULT_OUTPUT)), all.iter());
            let found =
                left.any(|source| source.path.starts_with(&folder) && !given.contains(source.path.as_str()));
            if found {
                let text = format!(
                    "{folder} is taken for what an earlier build left, and is not there for this one: let .gitignore name it, \
                     or configure it as an output if it is to stay"
                );
                self.request.install.host.warn(&text);
            }
        }
        Ok(())
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
        let Remembered { absolute, programs, .. } = known;
        Ok(whole.then_some(BuiltApp {
            pack,
            generated,
            key: *key,
            reused: true,
            folders,
            absolute,
            programs,
        }))
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

    /// `given` is what scripts were given; nothing else is looked at than what is `only` there, if that is set.
    fn captured(
        &self,
        root: &Path,
        built: &BTreeSet<ImporterId>,
        given: Option<&BTreeSet<String>>,
        only: Option<&BTreeSet<String>>,
    ) -> Result<Vec<Captured>> {
        let (request, workspace) = (self.request, self.request.workspace());
        let packages = folders(workspace.manifests.keys());
        let modules = &workspace.settings.folders.modules_dir;
        capture(&OutputCapture {
            included: IncludedCapture {
                entries: &self.entries,
                listing: Listing { root, packages: &packages, modules, only },
                workspace: &workspace.root,
                root_in_image: request.install.root_in_image,
            },
            service: request.service,
            outputs: &self.outputs,
            named: request.selection.named,
            packing: Packing {
                store: request.store(),
                root,
                rules: &workspace.rules.packing,
                prune: request.selection.prune,
                outputs: &self.package_outputs,
                sources: given,
            },
            production: request.production,
            manifests: &workspace.manifests,
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
        files: &[Captured],
        hashed: &[HashedSource],
        key: Key,
        kept: Kept,
        places: &Places,
    ) -> Result<BuiltApp> {
        let Kept { folders, generated, packages } = kept;
        let mut builder = PackBuilder::new();
        for (captured, HashedSource { content, .. }) in files.iter().zip(hashed) {
            match &captured.source.kind {
                SourceKind::Symlink { target } => builder.add_symlink(&captured.at, target)?,
                SourceKind::File { executable } => {
                    let bytes = self.read(root, captured, content)?;
                    if let Some(text) = places.warning(&captured.at, &bytes) {
                        self.request.install.host.warn(&text);
                    }
                    builder.add_file(&captured.at, *executable, places.content(bytes))?;
                }
            }
        }
        let pack = builder.finish(self.request.store())?.id();
        let programs = programs(files.iter().map(|captured| captured.at.as_str()), self.request.service);
        let absolute = files.iter().filter(|captured| captured.absolute).map(|captured| captured.at.clone());
        let absolute: BTreeSet<String> = absolute.collect();
        let named = folders.iter().map(|(folder, pack)| (folder.to_string(), *pack)).collect();
        let remembered = Remembered { pack, generated, folders: named, packages, absolute, programs };
        if let Some(generated) = &generated {
            self.request.store().record_derived(&generated_key(&key), generated)?;
        }
        self.request.store().put(&OutputsOf { build: &key }, &remembered)?;
        self.request.store().record_derived(&key, &pack)?;
        let Remembered { absolute, programs, .. } = remembered;
        Ok(BuiltApp { pack, generated, key, reused: false, folders, absolute, programs })
    }

    /// The content of a file that was hashed before.
    fn read(&self, root: &Path, captured: &Captured, content: &Key) -> Result<Vec<u8>> {
        let path = root.join(&captured.source.path);
        let bytes = fs_err::read(&path)?;
        if Key::of(&bytes) != *content {
            return Err(AppError::Changed { path });
        }
        match sensitive::by_content(&captured.source.path, &bytes).filter(|_| !captured.exact) {
            Some(what) => Err(captured.sensitive(what, self.request.service)),
            None => Ok(bytes),
        }
    }
}

/// Every folder of the workspace that the build needs.
fn needed(request: &AppRequest<'_>) -> BTreeSet<ImporterId> {
    let mut needed = needed_folders(request.full);
    needed.extend(request.production.importers.iter().cloned());
    needed
}

fn sources_of(files: &[Captured]) -> Vec<SourceFile> {
    files.iter().map(|captured| captured.source.clone()).collect()
}

fn paths(sources: &[SourceFile]) -> BTreeSet<String> {
    sources.iter().map(|source| source.path.clone()).collect()
}
