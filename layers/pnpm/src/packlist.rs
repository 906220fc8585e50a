//! Which files of a folder are its package: what npm would pack. In: a [`PackageFolder`], a rule. Out: paths.
//!
//! pnpm takes the files of injected packages, `file:` folders and git repositories so, by npm-packlist 5 or by
//! npm-packlist 10. The two differ: in 5 every folder's README and LICENSE go along, in 10 the root's alone; lockfiles are left out by
//! 10. A walk goes down the folders with the rules of each and of all above it; the last rule that speaks counts.

mod extended;
mod five;
mod rule;
mod ten;
mod walker;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::rules::Packlist;

/// What npm leaves out of every folder unless it is told otherwise.
const DEFAULTS: [&str; 22] = [
    ".npmignore",
    ".gitignore",
    "**/.git",
    "**/.svn",
    "**/.hg",
    "**/CVS",
    "**/.git/**",
    "**/.svn/**",
    "**/.hg/**",
    "**/CVS/**",
    "/.lock-wscript",
    "/.wafpickle-*",
    "/build/config.gypi",
    "npm-debug.log",
    "**/.npmrc",
    ".*.swp",
    ".DS_Store",
    "**/.DS_Store/**",
    "._*",
    "**/._*/**",
    "*.orig",
    "/archived-packages/**",
];

/// The files of a folder, wherever they lie: on disk, in an archive. Paths are relative to the folder and separated by `/`.
pub trait PackageFolder {
    /// All files, sorted.
    fn paths<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a>;

    /// Whether there is a file at this path.
    fn has(&self, path: &str) -> bool;

    /// The text of a file; nothing where there is none.
    ///
    /// # Errors
    /// A file that is no text, or much too large for one.
    fn text(&self, path: &str) -> Result<Option<String>, String>;
}

/// The files that are packed, sorted, relative to the folder.
///
/// # Errors
/// A pattern of a kind that is not followed, with the file that has it; a file of rules that cannot be read.
pub fn packlist(folder: &dyn PackageFolder, rule: Packlist) -> Result<BTreeSet<String>, String> {
    let package = Package::new(folder)?;
    let mut packed = match rule {
        Packlist::Five => five::walk(&package)?,
        Packlist::Ten => ten::walk(&package)?,
    };
    packed.extend(bundled(&package));
    Ok(packed)
}

/// A folder by its folders, with what its package.json says.
struct Package<'a> {
    folder: &'a dyn PackageFolder,
    /// Folder (empty for the root) → names in it.
    entries: BTreeMap<&'a str, BTreeSet<&'a str>>,
    manifest: Value,
}

impl<'a> Package<'a> {
    fn new(folder: &'a dyn PackageFolder) -> Result<Package<'a>, String> {
        let mut entries: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::from([("", BTreeSet::new())]);
        for path in folder.paths() {
            let mut below = path;
            while let Some((above, name)) = below.rsplit_once('/') {
                entries.entry(above).or_default().insert(name);
                below = above;
            }
            entries.entry("").or_default().insert(below);
        }
        let manifest = folder.text("package.json")?.unwrap_or_default();
        // One that cannot be read says nothing, as for npm.
        let manifest = serde_json::from_str(manifest.trim_start_matches('\u{feff}')).unwrap_or(Value::Null);
        Ok(Package { folder, entries, manifest })
    }

    fn is_folder(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// `files`, if package.json has a list of them.
    fn files(&self) -> Option<Vec<&str>> {
        Some(self.manifest.get("files")?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// What package.json names as `browser`, `main` and `bin`, relative to the folder.
    fn named(&self) -> Vec<String> {
        let text = |field: &str| self.manifest.get(field).and_then(Value::as_str);
        let bins = match self.manifest.get("bin") {
            Some(Value::String(path)) => vec![path.as_str()],
            Some(Value::Object(bins)) => bins.values().filter_map(Value::as_str).collect(),
            Some(Value::Array(bins)) => bins.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let named = text("browser").into_iter().chain(text("main")).chain(bins);
        named
            .map(|path| path.trim_start_matches("./").trim_start_matches('/').to_owned())
            .filter(|path| !path.is_empty())
            .collect()
    }
}

/// The files of bundled packages that lie in the folder's own node_modules, with those that they need.
fn bundled(package: &Package<'_>) -> BTreeSet<String> {
    let mut wanted = bundled_names(&package.manifest);
    let (mut seen, mut files) = (BTreeSet::new(), BTreeSet::new());
    while let Some(name) = wanted.pop() {
        let root = format!("node_modules/{name}/");
        if !crate::names::is_name(&name) || !seen.insert(name) {
            continue;
        }
        files.extend(package.folder.paths().filter(|path| path.starts_with(&root)).map(str::to_owned));
        let manifest = package.folder.text(&format!("{root}package.json")).ok().flatten();
        let manifest: Value =
            manifest.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
        for list in ["dependencies", "optionalDependencies"] {
            wanted.extend(
                manifest
                    .get(list)
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone()),
            );
        }
    }
    files
}

fn bundled_names(manifest: &Value) -> Vec<String> {
    match manifest.get("bundleDependencies").or_else(|| manifest.get("bundledDependencies")) {
        Some(Value::Array(names)) => {
            names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
        }
        Some(Value::Bool(true)) => manifest
            .get("dependencies")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect(),
        _ => Vec::new(),
    }
}
