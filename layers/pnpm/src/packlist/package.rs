//! A folder as npm sees a package: its files by folders, and what its package.json says.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Cause;
use serde_json::Value;

/// What npm leaves out of every folder unless it is told otherwise.
pub(super) const DEFAULTS: [&str; 22] = [
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
    fn text(&self, path: &str) -> Result<Option<String>, Cause>;
}

/// A folder by its folders, with what its package.json says.
pub(super) struct Package<'a> {
    pub(super) folder: &'a dyn PackageFolder,
    /// Folder (empty for the root) → names in it.
    pub(super) entries: BTreeMap<&'a str, BTreeSet<&'a str>>,
    pub(super) manifest: Value,
}

impl<'a> Package<'a> {
    pub(super) fn new(folder: &'a dyn PackageFolder) -> Result<Package<'a>, Cause> {
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

    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// `files`, if package.json has a list of them.
    pub(super) fn files(&self) -> Option<Vec<&str>> {
        Some(self.manifest.get("files")?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// What package.json names as `browser`, `main` and `bin`, relative to the folder.
    pub(super) fn named(&self) -> Vec<String> {
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
