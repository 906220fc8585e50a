//! A folder as npm sees a package: its files by folder, and the fields of its package.json.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Cause;
use serde_json::Value;

/// Left out of every folder unless a rule says otherwise.
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

/// The files of a folder, on disk or in an archive. Paths are relative to the folder and separated by `/`.
pub trait PackageFolder {
    /// All files, sorted.
    fn paths<'a>(&'a self) -> Box<dyn Iterator<Item = &'a str> + 'a>;

    /// Whether there is a file at this path.
    fn has(&self, path: &str) -> bool;

    /// The text of a file; `None` if there is no such file.
    ///
    /// # Errors
    /// A file that is not text, or much too large for text.
    fn text(&self, path: &str) -> Result<Option<String>, Cause>;
}

/// A folder's files by folder, with the fields of its package.json.
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
        // An unreadable package.json is ignored, as in npm.
        let manifest = serde_json::from_str(manifest.trim_start_matches('\u{feff}')).unwrap_or(Value::Null);
        Ok(Package { folder, entries, manifest })
    }

    pub(super) fn is_folder(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// `files`, if it is a list.
    pub(super) fn files(&self) -> Option<Vec<&str>> {
        Some(self.manifest.get("files")?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    /// The `browser`, `main` and `bin` of package.json, relative to the folder.
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
