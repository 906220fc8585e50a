//! A workspace's files → [`Workspace`]. No other module of this crate looks for these files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fourply_blob::{Inputs as _, Key};
use fourply_input::{InputKind, read_text};
use rayon::prelude::*;
use serde_json::{Map, Value};
use tracing::{Span, info_span};

use super::globs;
use crate::settings::Sources;
use crate::{
    ImporterDependency, ImporterId, Lockfile, Manifest, PnpmError, PnpmSettings, Rules, Workspace, yaml,
};

pub(super) const WORKSPACE_FILE: &str = "pnpm-workspace.yaml";
pub(super) const LOCKFILE: &str = "pnpm-lock.yaml";

/// Inputs from outside the workspace.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Rules that replace those that the workspace names.
    pub rules: Option<&'static Rules>,
    /// The text of the user's own .npmrc, which is weaker than the workspace's.
    pub user_npmrc: Option<String>,
    /// `npm_config_*`, `pnpm_config_*`, and the variables that `${…}` in an .npmrc refers to.
    pub environment: BTreeMap<String, String>,
}

impl Workspace {
    /// The root of the workspace around `start`: the nearest folder with a pnpm-workspace.yaml; otherwise the nearest
    /// with a package.json and a pnpm-lock.yaml, which is a project by itself.
    ///
    /// # Errors
    /// No such folder exists.
    pub fn find(start: &Path) -> Result<PathBuf, PnpmError> {
        let above = |names: &[&str]| {
            start.ancestors().find(|folder| names.iter().all(|name| folder.join(name).is_file()))
        };
        let found = above(&[WORKSPACE_FILE]).or_else(|| above(&["package.json", LOCKFILE]));
        found.map(Path::to_path_buf).ok_or_else(|| PnpmError::NoWorkspace { start: start.to_path_buf() })
    }

    /// The packages of the workspace at `root`, for callers that need nothing else.
    ///
    /// # Errors
    /// A malformed file.
    pub fn packages(root: &Path) -> Result<BTreeMap<ImporterId, Manifest>, PnpmError> {
        manifests(root, &patterns(&document(&root.join(WORKSPACE_FILE))?))
    }

    /// Reads the workspace at `root`: its packages, settings and lockfile.
    ///
    /// # Errors
    /// A missing or malformed file, or a setting that is not supported.
    pub fn read(root: &Path, rules: Option<&'static Rules>) -> Result<Workspace, PnpmError> {
        Workspace::read_with(root, &ReadOptions { rules, ..ReadOptions::default() })
    }

    /// [`Workspace::read`] with settings from outside the workspace.
    ///
    /// # Errors
    /// The same.
    pub fn read_with(root: &Path, options: &ReadOptions) -> Result<Workspace, PnpmError> {
        let _span = info_span!("workspace").entered();
        let here = Span::current();
        let document = document(&root.join(WORKSPACE_FILE))?;
        let patterns = patterns(&document);
        let (manifests, lockfile) =
            rayon::join(|| manifests(root, &patterns), || here.in_scope(|| lockfile(&root.join(LOCKFILE))));
        let (manifests, (mut lockfile, lockfile_text_key)) = (manifests?, lockfile?);
        let npmrc_text = optional(&root.join(".npmrc"), InputKind::Npmrc)?;
        let root_manifest = manifests.get(&ImporterId::root());
        let named = root_manifest.and_then(|manifest| manifest.package_manager.as_deref());
        let (rules, note) = match options.rules {
            Some(rules) => (rules, None),
            None => Rules::choose(named, &lockfile),
        };
        let npmrc = [("the user's .npmrc", &options.user_npmrc), (".npmrc", &npmrc_text)];
        let npmrc =
            npmrc.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?))).collect();
        let sources = Sources {
            npmrc,
            environment: &options.environment,
            manifest: root_manifest,
            workspace: &document,
            root,
        };
        let settings = PnpmSettings::read(&sources, &rules.settings)?;
        if settings.resolution.exclude_links_from_lockfile {
            add_links(&manifests, &mut lockfile);
        }
        let (root, notes) = (root.to_path_buf(), note.into_iter().collect());
        Ok(Workspace {
            root,
            patterns,
            settings,
            npmrc_text,
            lockfile,
            lockfile_text_key,
            rules,
            notes,
            manifests,
        })
    }
}

/// Under `excludeLinksFromLockfile` the lockfile lacks `link:` dependencies, although pnpm installs them. This adds
/// them from package.json.
fn add_links(manifests: &BTreeMap<ImporterId, Manifest>, lockfile: &mut Lockfile) {
    for (id, manifest) in manifests {
        let Some(importer) = lockfile.importers.get_mut(id) else { continue };
        let lists = [
            (&manifest.dependencies, &mut importer.dependencies),
            (&manifest.dev_dependencies, &mut importer.dev_dependencies),
            (&manifest.optional_dependencies, &mut importer.optional_dependencies),
        ];
        for (said, known) in lists {
            for (alias, specifier) in said.iter().filter(|(_, specifier)| specifier.starts_with("link:")) {
                let link = ImporterDependency { specifier: specifier.clone(), version: specifier.clone() };
                known.entry(alias.clone()).or_insert(link);
            }
        }
    }
}

pub(super) fn optional(path: &Path, kind: InputKind) -> Result<Option<String>, PnpmError> {
    match read_text(path, kind) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// pnpm-workspace.yaml; a missing or empty file gives an empty map.
pub(super) fn document(path: &Path) -> Result<Map<String, Value>, PnpmError> {
    let text = optional(path, InputKind::PnpmSettings)?.unwrap_or_default();
    let text = text.trim_start_matches('\u{feff}');
    let malformed =
        |message: String| PnpmError::Malformed { path: path.to_path_buf(), message: message.into() };
    let value = if text.trim().is_empty() {
        Value::Null
    } else {
        yaml::parse(text).map_err(|error| malformed(error.message))?
    };
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(malformed("it must be a map of settings".to_owned())),
    }
}

fn patterns(document: &Map<String, Value>) -> Vec<String> {
    let list = document.get("packages").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn manifests(root: &Path, patterns: &[String]) -> Result<BTreeMap<ImporterId, Manifest>, PnpmError> {
    let folders = globs::folders(root, patterns)?;
    let read = folders.into_par_iter().map(|id| Ok(manifest(root, &id)?.map(|manifest| (id, manifest))));
    read.filter_map(Result::transpose).collect()
}

fn manifest(root: &Path, id: &ImporterId) -> Result<Option<Manifest>, PnpmError> {
    let dir = if id.is_root() { root.to_path_buf() } else { root.join(id.as_str()) };
    let path = dir.join("package.json");
    let Some(text) = optional(&path, InputKind::PackageJson)? else {
        let other = ["package.json5", "package.yaml"]
            .map(|name| dir.join(name))
            .into_iter()
            .find(|path| path.is_file());
        let message = "only package.json is supported: convert the file";
        return other.map_or(Ok(None), |path| Err(PnpmError::Malformed { path, message: message.into() }));
    };
    let manifest = Manifest::parse(&text, &dir);
    manifest.map(Some).map_err(|message| PnpmError::Malformed { path, message })
}

/// The error for a missing lockfile. pnpm names branch lockfiles `pnpm-lock.BRANCH.yaml`.
fn no_lockfile(path: &Path) -> PnpmError {
    let entries = path.parent().and_then(|folder| fs_err::read_dir(folder).ok()).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let of_branch = names.filter(|name| name.starts_with("pnpm-lock.") && name.ends_with(".yaml")).min();
    match of_branch {
        Some(found) => PnpmError::BranchLockfile { path: path.to_path_buf(), found },
        None => PnpmError::NoLockfile { path: path.to_path_buf() },
    }
}

fourply_blob::inputs! {
    /// Everything derived from a lockfile alone.
    struct LockfileInputs<'a>: "lockfile", rules 2 {
        text: &'a str,
    }
}

fn lockfile(path: &Path) -> Result<(Lockfile, Key), PnpmError> {
    let _span = info_span!("lockfile").entered();
    let text = optional(path, InputKind::PnpmLockfile)?.ok_or_else(|| no_lockfile(path))?;
    let key = LockfileInputs { text: &text }.key();
    let lockfile =
        Lockfile::parse(&text).map_err(|source| PnpmError::Lockfile { path: path.to_path_buf(), source })?;
    Ok((lockfile, key))
}
