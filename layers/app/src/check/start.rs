//! What a program loads when it starts: its own files, from the one that node is given over all that these load in any case. In: the image's
//! tree, the files of the command. Out: findings for packages and files that are not there.
//!
//! Packages of registries are not followed: what they load is their lockfile's matter, and much of it is optional.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;
use serde_json::Value;

use super::built_in::is_built_in;
use super::exports::{own_target, targets};
use super::loads::{Load, Loader, loads, mentioned};
use super::tree::ImageTree;
use crate::finding::Finding;

/// So many files are followed at most.
const MOST: usize = 20_000;
/// What node, or what is loaded before a program, puts behind a path.
const ENDS: [&str; 17] = [
    "",
    ".js",
    ".json",
    ".node",
    ".mjs",
    ".cjs",
    ".ts",
    ".mts",
    ".cts",
    ".tsx",
    ".jsx",
    ".wasm",
    "/index.js",
    "/index.json",
    "/index.ts",
    "/index.mjs",
    "/index.cjs",
];

/// See the module.
pub(super) struct StartedCode<'a> {
    pub tree: &'a ImageTree<'a>,
    /// Every package of the workspace but the root, by folder and name.
    pub workspace: &'a [(ImporterId, String)],
    /// What `--conditions` adds.
    pub conditions: &'a [String],
    /// A compiler is loaded before the program, so that imports of types alone are gone.
    pub compiles: bool,
    /// Nothing but node itself resolves names.
    pub plain: bool,
    /// The folders of `NODE_PATH`.
    pub node_path: Vec<&'a str>,
}

/// Where a name leads.
enum Way {
    /// To a file of the image that may be followed.
    File(String),
    /// To something that need not be looked at, or that cannot be told.
    Else,
    Missing(Finding),
}

impl StartedCode<'_> {
    /// What is missing of what these files load, absolute paths, each once.
    pub(super) fn missing(&self, files: &[String]) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut plain = self.plain;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<String> = files.to_vec();
        while let Some(file) = waiting.pop().filter(|_| seen.len() < MOST) {
            if !self.is_own_code(&file) || !seen.insert(file.clone()) {
                continue;
            }
            let text = self.tree.text(&file).unwrap_or_default();
            plain &= !resolves_itself(&text);
            for load in loads(&text) {
                match self.way(&file, &load) {
                    Way::File(path) => waiting.push(path),
                    Way::Else => {}
                    Way::Missing(finding) => found.push(finding),
                }
            }
        }
        found.sort_by_key(ToString::to_string);
        found.dedup_by(|one, other| subject(one) == subject(other));
        found.iter_mut().for_each(|finding| set_sure(finding, plain));
        found
    }

    /// These files, and all of the workspace's that they may come to load.
    pub(super) fn reached(&self, files: &[String]) -> BTreeSet<String> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<String> = files.to_vec();
        while let Some(file) = waiting.pop().filter(|_| seen.len() < MOST) {
            if !seen.insert(file.clone()) || !self.is_own_code(&file) {
                continue;
            }
            for specifier in mentioned(&self.tree.text(&file).unwrap_or_default()) {
                let load = Load { specifier, loader: Loader::Import, perhaps_types: true };
                if let Way::File(path) = self.way(&file, &load) {
                    waiting.push(path);
                }
            }
        }
        seen
    }

    /// Whether a file is code of the workspace's, in a form that can be read.
    fn is_own_code(&self, path: &str) -> bool {
        let ends = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];
        let inside = path.strip_prefix(self.tree.root).is_some_and(|rest| rest.starts_with('/'));
        inside
            && !path.contains("/node_modules/")
            && ends.iter().any(|end| path.ends_with(end))
            && !path.contains(".d.")
    }

    fn way(&self, file: &str, load: &Load) -> Way {
        let specifier = load.specifier.as_str();
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A compiler leaves out what is a type; node itself takes such a name for a value.
        let certain = !(load.perhaps_types && self.compiles && is_typescript(file));
        let relative = specifier == "."
            || specifier == ".."
            || specifier.starts_with("./")
            || specifier.starts_with("../");
        match () {
            () if relative => self.by_path(file, &format!("{folder}/{specifier}"), specifier, certain),
            () if specifier.starts_with(&format!("{}/", self.tree.root)) => {
                self.by_path(file, specifier, specifier, certain)
            }
            () if specifier.starts_with('#') => self.by_own_name(file, load, certain),
            () if specifier.contains(':') || specifier.starts_with('/') || is_built_in(specifier) => {
                Way::Else
            }
            () => self.by_name(file, folder, load, certain),
        }
    }

    /// A name that `imports` of the nearest package.json give a path.
    fn by_own_name(&self, file: &str, load: &Load, certain: bool) -> Way {
        let mut above = file.match_indices('/').rev().filter_map(|(at, _)| file.get(..at));
        let inside = |folder: &&str| folder.starts_with(self.tree.root);
        let found = above.by_ref().take_while(inside).find_map(|it| Some((it, self.manifest(it)?)));
        let Some((folder, manifest)) = found else { return Way::Else };
        let loader = match load.loader {
            Loader::Require => "require",
            Loader::Import => "import",
        };
        match own_target(&manifest, &load.specifier, loader, self.conditions) {
            Some(path) => {
                let full = format!("{folder}/{path}");
                self.by_path(file, &full, &self.inside(&full), certain)
            }
            None => Way::Else,
        }
    }

    fn by_path(&self, file: &str, full: &str, shown: &str, certain: bool) -> Way {
        let full = full.split(['?', '#']).next().unwrap_or(full);
        let folder = full.trim_end_matches('/');
        let main = || {
            let manifest = self.manifest(folder)?;
            let mut paths = targets(&manifest, ".", "require", self.conditions)?.into_iter();
            paths.find_map(|path| self.file(&format!("{folder}/{path}")))
        };
        // Compilers of TypeScript let `./x.js` stand for x.ts.
        let source =
            full.rsplit_once(".js").or_else(|| full.rsplit_once(".mjs")).or_else(|| full.rsplit_once(".cjs"));
        let sources = source
            .into_iter()
            .flat_map(|(stem, _)| [".ts", ".tsx", ".mts", ".cts"].map(|end| format!("{stem}{end}")));
        let mut forms = ENDS.iter().map(|end| format!("{full}{end}")).chain(sources);
        match forms.find_map(|form| self.file(&form)).or_else(main) {
            Some(path) => Way::File(path),
            None if certain => {
                Way::Missing(Finding::Path { path: shown.to_owned(), user: self.inside(file), sure: false })
            }
            None => Way::Else,
        }
    }

    fn by_name(&self, file: &str, folder: &str, load: &Load, certain: bool) -> Way {
        let parts = if load.specifier.starts_with('@') { 2 } else { 1 };
        let mut ends = load.specifier.match_indices('/').map(|(at, _)| at);
        let end = ends.nth(parts - 1).unwrap_or(load.specifier.len());
        let (name, rest) = load.specifier.split_at(end);
        let owner = self.owner(file);
        let above = folder
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([folder.len()])
            .filter_map(|at| folder.get(..at));
        let modules = above.map(|above| format!("{above}/node_modules"));
        let modules = modules.chain(self.node_path.iter().map(|path| (*path).to_owned()));
        let mut places = modules.map(|modules| format!("{modules}/{name}"));
        match places.find_map(|place| self.tree.real(&place)) {
            Some(place) => self.in_package(file, &place, &format!(".{rest}"), load),
            None if !certain => Way::Else,
            None => {
                let (name, user, sure) = (name.to_owned(), self.inside(file), false);
                match self.workspace.iter().find(|(_, other)| *other == name) {
                    // A package may load itself.
                    Some((folder, _)) if folder.as_str() == owner => Way::Else,
                    Some((folder, _)) => {
                        Way::Missing(Finding::Undeclared { package: folder.to_string(), name, user, sure })
                    }
                    None => {
                        let (package, development) = (owner, false);
                        Way::Missing(Finding::NotInstalled { name, user, package, development, sure })
                    }
                }
            }
        }
    }

    /// A path in a package: one of the workspace is followed.
    fn in_package(&self, file: &str, place: &str, subpath: &str, load: &Load) -> Way {
        if place.contains("/node_modules/") {
            return Way::Else;
        }
        let Some(manifest) = self.manifest(place) else { return Way::Else };
        let of = |loader| targets(&manifest, subpath, loader, self.conditions);
        let (own, other) = match load.loader {
            Loader::Require => ("require", "import"),
            Loader::Import => ("import", "require"),
        };
        match of(own).or_else(|| of(other)) {
            Some(paths) => {
                let found = paths.iter().find_map(|path| self.file(&format!("{place}/{path}")));
                found.map_or(Way::Else, Way::File)
            }
            None if load.perhaps_types => Way::Else,
            None => {
                let (package, user) = (self.inside(place), self.inside(file));
                Way::Missing(Finding::Closed {
                    package,
                    specifier: load.specifier.clone(),
                    user,
                    sure: false,
                })
            }
        }
    }

    fn manifest(&self, folder: &str) -> Option<Value> {
        serde_json::from_slice(&self.tree.text(&format!("{folder}/package.json"))?).ok()
    }

    fn file(&self, path: &str) -> Option<String> {
        self.tree.is_file(path).then(|| self.tree.real(path)).flatten()
    }

    /// A path relative to the workspace's root.
    fn inside(&self, path: &str) -> String {
        path.strip_prefix(&format!("{}/", self.tree.root)).unwrap_or(path).to_owned()
    }

    /// The folder of the package that a file is of.
    fn owner(&self, file: &str) -> String {
        let path = self.inside(file);
        let holds = |folder: &&ImporterId| {
            path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let folders = self.workspace.iter().map(|(folder, _)| folder).filter(holds);
        folders.max_by_key(|folder| folder.as_str().len()).map_or_else(|| ".".to_owned(), ToString::to_string)
    }
}

/// What a finding is about: one of a kind is enough.
fn subject(finding: &Finding) -> (u8, &str, &str) {
    match finding {
        Finding::NotInstalled { name, package, .. } => (0, name, package),
        Finding::Path { path, user, .. } => (1, path, user),
        Finding::Closed { specifier, .. } => (2, specifier, ""),
        Finding::Undeclared { name, .. } => (3, name, ""),
        _ => (4, "", ""),
    }
}

/// Whether code may change how names are resolved from then on.
fn resolves_itself(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] =
        [b"_resolveFilename", b"_load", b"registerHooks", b"/register", b"module-alias", b"app-module-path"];
    WORDS.iter().any(|word| fourply_scripts::written::find(text, word).is_some())
}

fn set_sure(finding: &mut Finding, plain: bool) {
    match finding {
        Finding::NotInstalled { sure, .. }
        | Finding::Path { sure, .. }
        | Finding::Closed { sure, .. }
        | Finding::Undeclared { sure, .. } => *sure = plain,
        _ => {}
    }
}

fn is_typescript(path: &str) -> bool {
    path.ends_with("ts")
}

#[cfg(test)]
mod tests;
