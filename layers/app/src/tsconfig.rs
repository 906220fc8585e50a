//! References in TypeScript's configuration. In: the files tsconfig*.json of packages, and those that they refer to.
//! Out: paths of the workspace that a compiler reads, and its state files. Unreadable files are reported by the
//! compiler.
//!
//! `extends` may name a workspace package, `references` other projects; `paths`, `files`, `include`, `rootDirs` and
//! `typeRoots` name files and folders. Relative paths start at the file that contains them, `${configDir}` is the
//! folder of the first file (https://www.typescriptlang.org/tsconfig).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::ImporterId;
use fourply_store::{InputKind, read_text};
use jsonc_parser::ParseOptions;
use serde_json::Value;

/// The most configuration files.
const MOST_FILES: usize = 2_000;

/// Whether a file is TypeScript by its name, declarations included.
pub(crate) fn is_typescript(path: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts"].iter().any(|ending| path.ends_with(ending))
}

/// The references of configuration files, relative to the workspace's root, `/`-separated.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TsReferences {
    /// Files and folders that exist.
    pub paths: BTreeSet<String>,
    /// The paths in `tsBuildInfoFile`, existing or not.
    pub build_info: BTreeSet<String>,
}

/// Reads configuration files of one workspace.
pub(crate) struct TsConfigs<'a> {
    pub root: &'a Path,
    /// The packages of the workspace by their names.
    pub packages: &'a BTreeMap<&'a str, &'a ImporterId>,
}

/// A file that another one extends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extends {
    pub file: String,
    /// The file that names it.
    pub by: String,
    /// The workspace package in that reference, if any.
    pub package: Option<String>,
}

/// Whether a file of this name is TypeScript's configuration.
pub(crate) fn is_ts_config(name: &str) -> bool {
    (name.starts_with("tsconfig") || name.starts_with("jsconfig")) && name.ends_with(".json")
}

/// A file to read, and the folder for `${configDir}`.
type Start = (String, String);

impl TsConfigs<'_> {
    /// Follows these files, each relative to the root.
    pub(crate) fn follow(&self, files: impl IntoIterator<Item = String>) -> TsReferences {
        let mut found = TsReferences::default();
        let mut waiting: Vec<Start> =
            files.into_iter().map(|file| (file.clone(), folder_of(&file).to_owned())).collect();
        let mut seen: BTreeSet<Start> = waiting.iter().cloned().collect();
        while let Some((file, start)) = waiting.pop() {
            let Some(config) = self.read(&file) else { continue };
            for next in self.one(&config, folder_of(&file), &start, &mut found) {
                if seen.len() < MOST_FILES && seen.insert(next.clone()) {
                    waiting.push(next);
                }
            }
        }
        found
    }

    /// The direct references of these files only.
    pub(crate) fn named(&self, files: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut found = TsReferences::default();
        for file in files {
            if let Some(config) = self.read(&file) {
                self.one(&config, folder_of(&file), folder_of(&file), &mut found);
            }
        }
        found.paths
    }

    /// The files that these files extend, directly or indirectly.
    pub(crate) fn extended_by(&self, files: impl IntoIterator<Item = String>) -> BTreeSet<Extends> {
        let mut waiting: Vec<String> = files.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(file) = waiting.pop() {
            let Some(config) = self.read(&file) else { continue };
            for text in config.get("extends").into_iter().flat_map(texts) {
                let next = self.extended(folder_of(&file), text);
                let Some(next) = next.filter(|_| found.len() < MOST_FILES) else { continue };
                let package = (!text.starts_with('.')).then(|| self.package(text)).flatten();
                let package = package.map(|(name, _)| name.to_owned());
                if found.insert(Extends { file: next.clone(), by: file.clone(), package }) {
                    waiting.push(next);
                }
            }
        }
        found
    }

    /// The nearest tsconfig.json above a package without its own: tsx and compilers use it.
    pub(crate) fn above(&self, package: &ImporterId) -> Option<String> {
        const NAME: &str = "tsconfig.json";
        let is_there = |path: &String| self.root.join(path).is_file();
        let mut folder = package.as_str();
        if is_there(&package.path_of(NAME)) {
            return None;
        }
        while !folder.is_empty() && folder != "." {
            folder = folder_of(folder);
            let path = if folder.is_empty() { NAME.to_owned() } else { format!("{folder}/{NAME}") };
            if is_there(&path) {
                return Some(path);
            }
        }
        None
    }

    fn read(&self, file: &str) -> Option<Value> {
        let path = self.root.join(file);
        let text = read_text(&path, InputKind::TsConfig).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).ok()
    }

    /// Records the references of one file, and returns the configuration files among them.
    fn one(&self, config: &Value, folder: &str, start: &str, found: &mut TsReferences) -> Vec<Start> {
        let options = config.get("compilerOptions");
        let option = |name: &str| options.and_then(|options| options.get(name));
        let place = |text: &str| match text.strip_prefix("${configDir}") {
            Some(rest) => join(start, rest.trim_start_matches('/')),
            None => join(folder, text),
        };
        let lists = [config.get("files"), config.get("include"), option("rootDirs"), option("typeRoots")];
        for text in lists.into_iter().flatten().flat_map(texts) {
            found.paths.extend(place(literal(text)).filter(|path| self.exists(path)));
        }
        let base = option("baseUrl").and_then(Value::as_str).and_then(&place);
        let base = base.as_deref().unwrap_or(folder);
        let aliases = option("paths").and_then(Value::as_object);
        for text in aliases.into_iter().flat_map(|map| map.values()).flat_map(texts) {
            let target = match text.strip_prefix("${configDir}") {
                Some(_) => place(literal(text)),
                None => join(base, literal(text)),
            };
            found.paths.extend(target.and_then(|target| self.with_neighbours(&target)));
        }
        if let Some(path) = option("tsBuildInfoFile").and_then(Value::as_str).and_then(place) {
            found.build_info.insert(path);
        }
        let mut next = Vec::new();
        for text in config.get("extends").into_iter().flat_map(texts) {
            if let Some(file) = self.extended(folder, text) {
                found.paths.insert(file.clone());
                next.push((file, start.to_owned()));
            }
        }
        let references = config.get("references").and_then(Value::as_array).into_iter().flatten();
        for text in references.filter_map(|one| one.get("path")?.as_str()) {
            let Some(path) = place(text) else { continue };
            let file = if self.root.join(&path).is_dir() { join(&path, "tsconfig.json") } else { Some(path) };
            if let Some(file) = file.filter(|file| self.root.join(file).is_file()) {
                let start = folder_of(&file).to_owned();
                found.paths.insert(if start.is_empty() { file.clone() } else { start.clone() });
                next.push((file, start));
            }
        }
        next
    }

    /// The file that `extends` names.
    fn extended(&self, folder: &str, text: &str) -> Option<String> {
        let path = if text.starts_with('.') { join(folder, text)? } else { self.in_package(text)? };
        let candidates = [path.clone(), format!("{path}.json"), format!("{path}/tsconfig.json")];
        candidates.into_iter().find(|path| self.root.join(path).is_file())
    }

    /// The path of `@scope/name/rest`, if that is a workspace package.
    fn in_package(&self, text: &str) -> Option<String> {
        let (name, folder) = self.package(text)?;
        join(folder.as_str(), text.get(name.len()..)?.trim_start_matches('/'))
    }

    fn package(&self, text: &str) -> Option<(&str, &ImporterId)> {
        let names =
            |name: &str| text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.packages.iter().find(|(name, _)| names(name)).map(|(name, folder)| (*name, *folder))
    }

    fn exists(&self, path: &str) -> bool {
        !path.is_empty() && self.root.join(path).exists()
    }

    /// A folder, or a file's folder, because a file's imports are next to it. In the root, only the file.
    pub(crate) fn with_neighbours(&self, path: &str) -> Option<String> {
        let full = self.root.join(path);
        match folder_of(path) {
            _ if path.is_empty() => None,
            _ if full.is_dir() => Some(path.to_owned()),
            _ if !full.is_file() => None,
            "" => Some(path.to_owned()),
            folder => Some(folder.to_owned()),
        }
    }
}

/// One text, or a list of them.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let alone = value.as_str();
    value.as_array().into_iter().flatten().filter_map(Value::as_str).chain(alone)
}

/// The part of a pattern before the first component with a wildcard.
pub(crate) fn literal(pattern: &str) -> &str {
    match pattern.find(['*', '?']) {
        Some(at) => pattern
            .get(..at)
            .and_then(|before| before.rfind('/').and_then(|end| before.get(..end)))
            .unwrap_or("."),
        None => pattern,
    }
}

/// The folder of a path; empty for a path in the root.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `relative`, resolved from `folder`, as a path from the root; the root itself is empty. `None` if it leaves the root
/// or is absolute.
pub(crate) fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests;
