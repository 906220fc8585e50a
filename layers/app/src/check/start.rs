//! The modules that a program loads at its start: its own files, from the first one through all that they load
//! unconditionally. In: the image's tree, the command's files. Out: findings for missing packages and files.
//!
//! Registry packages are not followed: their dependencies are in the lockfile, and many are optional.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;
use node_semver::Version;
use serde_json::Value;

use super::aliases::Aliases;
use super::built_in::{has_scheme, is_built_in};
use super::exports::{own_target, targets};
use super::hooks::changes_names;
use super::loads::{Load, Loader, loads, mentioned};
use super::pino;
use super::sure::{set_sure, subject};
use super::syntax::beyond_types;
use super::tree::ImageTree;
use crate::finding::{Finding, ResolveFault};

/// The most files that are followed.
const MOST: usize = 20_000;
/// The state of this check.
pub(super) struct StartedCode<'a> {
    pub tree: &'a ImageTree<'a>,
    /// Every workspace package except the root, by folder and name.
    pub workspace: &'a [(ImporterId, String)],
    /// The values of `--conditions`.
    pub conditions: &'a [String],
    /// Whether a compiler is preloaded, so that type imports are removed.
    pub compiles: bool,
    /// Whether only Node.js resolves names.
    pub plain: bool,
    /// If only tsx also resolves names: its configuration.
    pub aliases: Option<Aliases>,
    /// The image's node.
    pub node: Option<&'a Version>,
    /// Whether Node.js runs TypeScript by stripping types only.
    pub strips: bool,
    /// The folders of `NODE_PATH`.
    pub node_path: Vec<&'a str>,
}

/// The target of a name.
pub(super) enum Way {
    /// A file in the image that may be followed.
    File(String),
    /// Something that need not be checked or is unknown.
    Else,
    Missing(Finding),
    /// Node.js does not find it, but another resolver would find this file.
    Lenient(String, Finding),
}

impl StartedCode<'_> {
    /// The missing modules of these files, which are absolute paths; each once.
    pub(super) fn missing(&self, files: &[String]) -> Vec<Finding> {
        let (mut found, mut strict) = (Vec::new(), Vec::new());
        let (mut plain, mut by_tsx) = (self.plain, self.aliases.is_some());
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<String> = files.to_vec();
        while let Some(file) = waiting.pop().filter(|_| seen.len() < MOST) {
            if !self.is_own_code(&file) || !seen.insert(file.clone()) {
                continue;
            }
            let text = self.tree.text(&file).unwrap_or_default();
            let changes = changes_names(&text);
            (plain, by_tsx) = (plain && !changes, by_tsx && !changes);
            found.extend(self.transports(&file, &text));
            if self.strips && is_typescript(&file) {
                strict.extend(beyond_types(&text).map(|fault| self.unresolved(&file, fault)));
            }
            for load in loads(&text) {
                match self.way(&file, &load) {
                    Way::File(path) => waiting.push(path),
                    Way::Else => {}
                    Way::Missing(finding) => found.push(finding),
                    Way::Lenient(path, finding) => {
                        waiting.push(path);
                        strict.push(finding);
                    }
                }
            }
        }
        // Another resolver may find these.
        found.extend(strict.into_iter().filter(|_| plain));
        found.sort_by_key(ToString::to_string);
        found.dedup_by(|one, other| subject(one) == subject(other));
        for finding in &mut found {
            let by_name = matches!(
                finding,
                Finding::NotInstalled { .. } | Finding::Path { .. } | Finding::Undeclared { .. }
            );
            set_sure(finding, plain || (by_tsx && by_name));
        }
        found
    }

    /// Packages that pino loads for a file and that the image lacks.
    fn transports(&self, file: &str, text: &[u8]) -> Vec<Finding> {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let of = |specifier: String| {
            let load = Load { specifier, loader: Loader::Require, perhaps_types: false };
            // Pino also searches from its own folder.
            let known = self.tree.has_package(&load.specifier);
            match self.by_name(file, folder, &load, !known) {
                Way::Missing(finding) => Some(finding),
                _ => None,
            }
        };
        pino::targets(text).into_iter().filter_map(of).collect()
    }

    /// The target of a TypeScript alias: a file, or none.
    fn by_alias(&self, file: &str, load: &Load) -> Option<Way> {
        Some(match self.aliases.as_ref()?.leads(self.tree, &load.specifier)? {
            Ok(path) => Way::File(self.tree.real(&path)?),
            Err(path) => {
                Way::Missing(Finding::Path { path: self.inside(&path), user: self.inside(file), sure: false })
            }
        })
    }

    /// These files, and all workspace files that they may load.
    pub(super) fn reached(&self, files: &[String]) -> BTreeSet<String> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<String> = files.to_vec();
        while let Some(file) = waiting.pop().filter(|_| seen.len() < MOST) {
            if !seen.insert(file.clone()) || !self.is_own_code(&file) {
                continue;
            }
            for specifier in mentioned(&self.tree.text(&file).unwrap_or_default()) {
                let load = Load { specifier, loader: Loader::Import, perhaps_types: true };
                if let Way::File(path) | Way::Lenient(path, _) = self.way(&file, &load) {
                    waiting.push(path);
                }
            }
        }
        seen
    }

    /// Whether a file is readable workspace code.
    pub(super) fn is_own_code(&self, path: &str) -> bool {
        let ends = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];
        let inside = path.strip_prefix(self.tree.root).is_some_and(|rest| rest.starts_with('/'));
        inside
            && !path.contains("/node_modules/")
            && ends.iter().any(|end| path.ends_with(end))
            && !path.contains(".d.")
    }

    pub(super) fn way(&self, file: &str, load: &Load) -> Way {
        let specifier = load.specifier.as_str();
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A compiler removes type imports; Node.js treats such a name as a value.
        let certain = !(load.perhaps_types && self.compiles && is_typescript(file));
        let relative = specifier == "."
            || specifier == ".."
            || specifier.starts_with("./")
            || specifier.starts_with("../");
        let at = |path: &str| self.by_path(file, path, load.loader, certain);
        match () {
            () if relative => at(&format!("{folder}/{specifier}")),
            () if specifier.starts_with(&format!("{}/", self.tree.root)) => at(specifier),
            () if specifier.starts_with('#') => self.by_own_name(file, load, certain),
            () if specifier.starts_with("node:") => self.built_in(file, specifier),
            () if specifier.contains(':') || specifier.starts_with('/') || is_built_in(specifier) => {
                Way::Else
            }
            () => match (self.by_alias(file, load), self.by_name(file, folder, load, certain)) {
                (Some(Way::File(path)), _) => Way::File(path),
                (Some(missing), Way::Missing(_)) => missing,
                (_, by_name) => by_name,
            },
        }
    }

    /// Only modules of known versions can be missing.
    fn built_in(&self, file: &str, name: &str) -> Way {
        match self.node.filter(|node| !has_scheme(name, (node.major, node.minor))) {
            Some(node) => {
                let (name, node) = (name.to_owned(), node.to_string());
                Way::Missing(self.unresolved(file, ResolveFault::BuiltIn { name, node }))
            }
            None => Way::Else,
        }
    }

    /// A name that `imports` of the nearest package.json maps to a path.
    fn by_own_name(&self, file: &str, load: &Load, certain: bool) -> Way {
        let Some((folder, manifest)) = self.scope(file) else { return Way::Else };
        match own_target(&manifest, &load.specifier, load.loader.condition(), self.conditions) {
            // Targets in `imports` are never completed.
            Some(path) => self.by_path(file, &format!("{folder}/{path}"), Loader::Import, certain),
            None => Way::Else,
        }
    }

    /// The nearest package.json of the workspace above a file, and its folder.
    fn scope<'f>(&self, file: &'f str) -> Option<(&'f str, Value)> {
        let above = file.match_indices('/').rev().filter_map(|(at, _)| file.get(..at));
        let mut inside = above.take_while(|folder| folder.starts_with(self.tree.root));
        inside.find_map(|folder| Some((folder, self.manifest(folder)?)))
    }

    fn by_path(&self, file: &str, full: &str, loader: Loader, certain: bool) -> Way {
        let full = full.split(['?', '#']).next().unwrap_or(full);
        let own = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        // As written in the file.
        let shown = |path: &str| {
            let relative = path.strip_prefix(own).and_then(|rest| rest.strip_prefix('/'));
            relative.filter(|rest| rest.starts_with('.')).map_or_else(|| self.inside(path), str::to_owned)
        };
        if let Some(path) = self.real(self.tree.by_node(full, loader)) {
            return Way::File(path);
        }
        // A URL may be written differently.
        let certain = certain && !full.contains('%');
        match self.tree.by_compiler(full) {
            Some(found) => {
                let (specifier, target) = (shown(full), shown(&found).replace("//", "/"));
                let fault = self.unresolved(file, ResolveFault::Incomplete { specifier, target });
                let Some(path) = self.real(Some(found)) else { return Way::Else };
                if certain { Way::Lenient(path, fault) } else { Way::File(path) }
            }
            None if certain => {
                Way::Missing(Finding::Path { path: shown(full), user: self.inside(file), sure: false })
            }
            None => Way::Else,
        }
    }

    fn by_name(&self, file: &str, folder: &str, load: &Load, certain: bool) -> Way {
        let parts = if load.specifier.starts_with('@') { 2 } else { 1 };
        let mut ends = load.specifier.match_indices('/').map(|(at, _)| at);
        let end = ends.nth(parts - 1).unwrap_or(load.specifier.len());
        let (name, rest) = load.specifier.split_at(end);
        let subpath = format!(".{rest}");
        let scope = self.scope(file).filter(|(_, manifest)| manifest.get("name") == Some(&Value::from(name)));
        // A package with `exports` resolves its own name to itself first. Source: `PACKAGE_SELF_RESOLVE`.
        if let Some((scope, manifest)) = &scope
            && manifest.get("exports").is_some_and(|exports| !exports.is_null())
        {
            return self.in_package(file, scope, &subpath, load, certain);
        }
        // Innermost first.
        let ends: Vec<usize> = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]).collect();
        let above = ends.into_iter().rev().filter_map(|at| folder.get(..at));
        let modules = above.map(|above| format!("{above}/node_modules"));
        // Source: Node.js documentation, "Modules: ECMAScript modules", "No `NODE_PATH`".
        let more = self.node_path.iter().filter(|_| load.loader == Loader::Require);
        let modules = modules.chain(more.map(|path| (*path).to_owned()));
        let mut places = modules.map(|modules| format!("{modules}/{name}"));
        match places.find_map(|place| self.tree.real(&place)) {
            Some(place) => self.in_package(file, &place, &subpath, load, certain),
            None if !certain => Way::Else,
            None => Way::Missing(self.not_found(file, name, &load.specifier, scope.is_some())),
        }
    }

    /// The finding if no node_modules has a package.
    fn not_found(&self, file: &str, name: &str, specifier: &str, itself: bool) -> Finding {
        let (package, specifier) = (self.owner(file), specifier.to_owned());
        if itself {
            return self.unresolved(file, ResolveFault::Own { package, specifier });
        }
        // No package may have such a name.
        if name.starts_with("@/") || name.starts_with('~') {
            return self.unresolved(file, ResolveFault::Alias { specifier, package });
        }
        let (name, user, sure) = (name.to_owned(), self.inside(file), false);
        match self.workspace.iter().find(|(_, other)| *other == name) {
            Some((folder, _)) => Finding::Undeclared { package: folder.to_string(), name, user, sure },
            None => Finding::NotInstalled { name, specifier, user, package, development: false, sure },
        }
    }

    /// A path in a package. Workspace packages are followed.
    fn in_package(&self, file: &str, place: &str, subpath: &str, load: &Load, certain: bool) -> Way {
        let of_workspace = self.workspace.iter().any(|(folder, _)| folder.as_str() == self.inside(place));
        if !of_workspace && self.scope(file).is_none_or(|(folder, _)| folder != place) {
            return Way::Else;
        }
        let Some(manifest) = self.manifest(place) else { return Way::Else };
        let of = |loader: Loader| targets(&manifest, subpath, loader.condition(), self.conditions);
        let first = |paths: &[String]| {
            let file = |path: &String| self.real(Some(format!("{place}/{path}")));
            paths.iter().find_map(file)
        };
        let own = of(load.loader);
        // Without `exports`, a path in a package is completed like any other. Source: `PACKAGE_RESOLVE`.
        let whole = subpath != "." && manifest.get("exports").is_none_or(Value::is_null);
        let full = format!("{place}/{}", subpath.trim_start_matches("./"));
        let strict = match whole {
            true => self.real(self.tree.by_node(&full, load.loader)),
            false => own.as_deref().and_then(first),
        };
        if let Some(path) = strict {
            return Way::File(path);
        }
        let other = of(load.loader.other());
        let lenient = match whole {
            true => self.real(self.tree.by_compiler(&full)),
            false => other.as_deref().and_then(first),
        };
        let fault = self.fault(
            file,
            place,
            load,
            (own.as_deref(), other.is_some()),
            lenient.as_deref().filter(|_| whole),
        );
        match lenient {
            Some(path) if certain => Way::Lenient(path, fault),
            Some(path) => Way::File(path),
            None if certain => Way::Missing(fault),
            None => Way::Else,
        }
    }

    /// Why Node.js does not find a path in a workspace package; `offers` are its targets for this loader and for the
    /// other one.
    fn fault(
        &self,
        file: &str,
        place: &str,
        load: &Load,
        (own, other): (Option<&[String]>, bool),
        whole: Option<&str>,
    ) -> Finding {
        let (package, user, specifier) = (self.inside(place), self.inside(file), load.specifier.clone());
        match (own, whole) {
            (_, Some(path)) => {
                let target = path.strip_prefix(place).unwrap_or(path);
                let name: String = specifier
                    .split('/')
                    .take(1 + usize::from(specifier.starts_with('@')))
                    .collect::<Vec<_>>()
                    .join("/");
                let target = format!("{name}{target}");
                self.unresolved(file, ResolveFault::Incomplete { specifier, target })
            }
            (Some(paths), None) => {
                // The first is the target in package.json; the others are completions of it.
                let targets = paths.iter().take(1).cloned().collect();
                Finding::Package { package, specifier, targets, user, sure: false }
            }
            (None, None) if other => {
                let loader = load.loader.condition().to_owned();
                self.unresolved(file, ResolveFault::OtherLoader { package, specifier, loader })
            }
            (None, None) => Finding::Closed { package, specifier, user, sure: false },
        }
    }

    fn unresolved(&self, file: &str, fault: ResolveFault) -> Finding {
        Finding::Unresolved { user: self.inside(file), fault, sure: false }
    }

    fn manifest(&self, folder: &str) -> Option<Value> {
        serde_json::from_slice(&self.tree.text(&format!("{folder}/package.json"))?).ok()
    }

    /// The real path of a file, if it exists.
    fn real(&self, path: Option<String>) -> Option<String> {
        path.filter(|path| self.tree.is_file(path)).and_then(|path| self.tree.real(&path))
    }

    /// A path relative to the workspace's root.
    pub(super) fn inside(&self, path: &str) -> String {
        path.strip_prefix(&format!("{}/", self.tree.root)).unwrap_or(path).to_owned()
    }

    /// The folder of a file's package.
    fn owner(&self, file: &str) -> String {
        let path = self.inside(file);
        let holds = |folder: &&ImporterId| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let folders = self.workspace.iter().map(|(folder, _)| folder).filter(holds);
        folders.max_by_key(|folder| folder.as_str().len()).map_or_else(|| ".".to_owned(), ToString::to_string)
    }
}

fn is_typescript(path: &str) -> bool {
    path.ends_with("ts")
}

mod later;
#[cfg(test)]
mod tests;
