//! package.json → the files that others reach through it.

use std::collections::BTreeSet;

use fourply_store::{Pack, PackKind};
use serde_json::Value;

use super::{candidates, names};

/// Fields whose strings are paths of loaded files.
const FIELDS: [&str; 14] = [
    "main",
    "module",
    "browser",
    "bin",
    "exports",
    "imports",
    "jsnext:main",
    "esnext",
    "es2015",
    "style",
    "sass",
    "svelte",
    "unpkg",
    "jsdelivr",
];

/// The files that a package's manifest and links refer to.
pub(super) struct EntryPoints {
    /// Paths as written, without `./`.
    paths: BTreeSet<String>,
    /// `before` and `after` of each target with a star.
    patterns: Vec<(String, String)>,
    /// The folder of `directories.bin`.
    bin_folder: Option<String>,
    /// Only files in `exports` can be reached by path.
    encapsulated: bool,
    links: Vec<String>,
    licence: bool,
}

impl EntryPoints {
    /// The entry points of an archive; `None` if its package.json cannot be read.
    pub(super) fn of(pack: &Pack) -> Option<EntryPoints> {
        let text = pack.bytes(pack.find("package.json")?).ok()?;
        let text = String::from_utf8_lossy(&text);
        let manifest: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
        let mut points = EntryPoints {
            paths: BTreeSet::new(),
            patterns: Vec::new(),
            bin_folder: manifest.pointer("/directories/bin").and_then(Value::as_str).map(tidy),
            encapsulated: manifest.get("exports").is_some_and(|exports| !exports.is_null()),
            links: link_targets(pack),
            licence: pack.entries().iter().any(|entry| names::is_legal(&entry.path)),
        };
        FIELDS.iter().filter_map(|field| manifest.get(field)).for_each(|value| points.add(value));
        Some(points)
    }

    /// Adds all strings below, except those under a condition that only compilers use.
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => match text.split_once('*') {
                Some((before, after)) => self.patterns.push((tidy(before), after.to_owned())),
                None => drop(self.paths.insert(tidy(text))),
            },
            Value::Array(all) => all.iter().for_each(|value| self.add(value)),
            Value::Object(all) => {
                let types = |name: &str| name == "types" || name == "typings" || name.starts_with("types@");
                all.iter().filter(|(name, _)| !types(name)).for_each(|(_, value)| self.add(value));
            }
            _ => {}
        }
    }

    /// Whether the manifest names the file, with node's completions: an extension, or the index of a folder.
    pub(super) fn named(&self, path: &str) -> bool {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let index = stem.strip_suffix("index").map(|folder| folder.trim_end_matches('/'));
        // Without `main`, a require of the package gets its index.
        index == Some("")
            || [Some(path), Some(stem), index].into_iter().flatten().any(|name| self.paths.contains(name))
            || self.patterns.iter().any(|pattern| matches(pattern, path))
            || self.bin_folder.as_deref().is_some_and(|folder| is_below(path, folder))
    }

    /// Whether node rejects the path for every importer outside the package.
    pub(super) fn hides(&self, path: &str) -> bool {
        self.encapsulated && !self.named(path)
    }

    /// Whether a link of the package leads to the file or to a folder above it.
    pub(super) fn is_linked(&self, path: &str) -> bool {
        self.links.iter().any(|target| path == target || is_below(path, target))
    }

    pub(super) fn has_licence(&self) -> bool {
        self.licence
    }
}

/// A star matches files that node can load, unless the target itself has an extension or offers documents or tests.
fn matches((before, after): &(String, String), path: &str) -> bool {
    let fits = path.len() >= before.len() + after.len() && path.starts_with(before) && path.ends_with(after);
    let offered = || candidates::folder(&format!("{before}/")).is_some();
    fits && (names::is_loadable(path) || after.contains('.') || offered())
}

fn tidy(path: &str) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || folder == "." || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The targets of the archive's links, as paths in the archive.
fn link_targets(pack: &Pack) -> Vec<String> {
    let links = pack.entries().iter().filter_map(|entry| match &entry.kind {
        PackKind::Symlink { target } => Some((entry.path.as_str(), target.as_str())),
        PackKind::File { .. } => None,
    });
    links.map(|(path, target)| resolve(path, target)).collect()
}

fn resolve(link: &str, target: &str) -> String {
    let mut parts: Vec<&str> = names::folders(link).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}
