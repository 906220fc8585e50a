//! Workspace packages in the image: whether their users find a file. In: the packages with their folders and dependency
//! names, the outputs' code. Out: findings.
//!
//! A package that no code in the image names needs no file: it was bundled, or has only types.

use std::borrow::Cow;
use std::sync::Arc;

use fourply_pnpm::{Closure, Dependency, ImporterId, Resolution};
use fourply_scripts::written::find;
use fourply_store::{Pack, PackKind};
use serde_json::Value;

use super::exports::{Offer, Target, candidates, is_types_alone, offers};
use super::tree::{ImageTree, LARGEST_TEXT};
use crate::entry::is_program;
use crate::finding::Finding;

/// A workspace package under one of its names in the image.
struct Linked {
    package: ImporterId,
    /// The name in code.
    name: String,
    /// The absolute folder in the image.
    folder: String,
}

/// The state of this check.
pub(super) struct Packages<'a> {
    pub tree: &'a ImageTree<'a>,
    pub production: &'a Closure,
    /// All workspace packages except the root and the service, by folder and name.
    pub workspace: &'a [(ImporterId, String)],
    /// The outputs of the service and of the workspace packages.
    pub outputs: &'a Arc<Pack>,
    /// The values of `--conditions`.
    pub conditions: &'a [String],
    /// Whether the image's Node.js runs TypeScript outside node_modules, and inside.
    pub typescript: (bool, bool),
    pub node: Option<String>,
}

impl Packages<'_> {
    /// The packages that the image's code cannot load.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut linked = self.linked();
        linked.sort_by(|a, b| (&a.name, &a.folder).cmp(&(&b.name, &b.folder)));
        linked.dedup_by(|a, b| a.name == b.name && a.folder == b.folder);
        let undeclared = self.undeclared(&linked);
        linked.iter().flat_map(|linked| self.of(linked)).chain(undeclared).collect()
    }

    /// Workspace packages that code loads and the image lacks: often a devDependency. A workspace may have many
    /// packages, so each file is read once for all.
    fn undeclared(&self, linked: &[Linked]) -> Vec<Finding> {
        let others = self.workspace.iter().filter(|(_, name)| linked.iter().all(|one| one.name != *name));
        let mut sought: Vec<(&ImporterId, &String, Option<String>)> =
            others.map(|(package, name)| (package, name, None)).collect();
        for (path, text) in self.code() {
            for (package, name, user) in sought.iter_mut().filter(|(_, _, user)| user.is_none()) {
                let found = loads(package, name, path, &text) && !self.brings(path, name);
                *user = found.then(|| path.to_owned());
            }
            if sought.iter().all(|(_, _, user)| user.is_some()) {
                break;
            }
        }
        let finding = |(package, name, user): (&ImporterId, &String, Option<String>)| {
            Some(Finding::Undeclared {
                package: package.to_string(),
                name: name.clone(),
                user: user?,
                sure: false,
            })
        };
        sought.into_iter().filter_map(finding).collect()
    }

    /// Whether a node_modules folder in the outputs has the package, for one of their files.
    fn brings(&self, file: &str, name: &str) -> bool {
        let above = file.match_indices('/').filter_map(|(at, _)| file.get(..at));
        let root = self.tree.root;
        above
            .into_iter()
            .any(|folder| self.tree.find(&format!("{root}/{folder}/node_modules/{name}")).is_some())
    }

    fn linked(&self) -> Vec<Linked> {
        let root = self.tree.root;
        let lists = self.production.packages.values().map(|package| &package.children);
        let edges = lists.chain(self.production.direct.values()).flatten();
        let of_edge = |(name, to): &(String, Dependency)| match to {
            Dependency::Link(folder) => Some(Linked {
                package: folder.clone(),
                name: name.clone(),
                folder: format!("{root}/{folder}"),
            }),
            Dependency::Package(path) => {
                let Resolution::Directory { path: source } = &self.production.packages.get(path)?.resolution
                else {
                    return None;
                };
                let packages = &self.tree.inventory.packages;
                let installed = packages.iter().find(|package| package.dep_path == path.as_str())?;
                let (package, folder) = (ImporterId::new(source)?, format!("{root}/{}", installed.folder));
                Some(Linked { package, name: name.clone(), folder })
            }
        };
        edges.filter_map(of_edge).collect()
    }

    fn of(&self, linked: &Linked) -> Vec<Finding> {
        let Some(text) = self.tree.text(&format!("{}/package.json", linked.folder)) else {
            return Vec::new();
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let Ok(manifest) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
            return Vec::new();
        };
        if is_types_alone(&manifest) {
            return Vec::new();
        }
        let offers = offers(&manifest, self.conditions);
        offers.iter().filter_map(|offer| self.of_offer(linked, offer)).collect()
    }

    fn of_offer(&self, linked: &Linked, offer: &Offer) -> Option<Finding> {
        let there = |target: &Target| {
            let paths = candidates(target).into_iter().map(|path| format!("{}/{path}", linked.folder));
            paths.into_iter().find(|path| self.tree.is_file(path))
        };
        let found: Vec<String> = offer.targets.iter().filter_map(there).collect();
        if found.iter().any(|path| self.runs(path)) {
            return None;
        }
        let specifier = format!("{}{}", linked.name, offer.subpath.trim_start_matches('.'));
        let user = self.user(linked, &specifier)?;
        let package = linked.package.to_string();
        let inside =
            |path: &String| path.strip_prefix(&format!("{}/", linked.folder)).unwrap_or(path).to_owned();
        Some(match found.first() {
            Some(target) => {
                let (target, node) = (inside(target), self.node.clone());
                Finding::PackageTypeScript { package, specifier, target, user, node }
            }
            None => Finding::Package { package, specifier, targets: named(offer), user, sure: true },
        })
    }

    fn runs(&self, path: &str) -> bool {
        let typescript =
            [".ts", ".mts", ".cts"].iter().any(|end| path.ends_with(end)) && !path.ends_with(".d.ts");
        let real = self.tree.find(path).map(|found| found.path).unwrap_or_default();
        let (outside, inside) = self.typescript;
        !path.ends_with(".d.ts")
            && (!typescript || if real.contains("/node_modules/") { inside } else { outside })
    }

    /// A file of another package whose code loads this one.
    fn user(&self, linked: &Linked, specifier: &str) -> Option<String> {
        let mut code = self.code();
        code.find_map(|(path, text)| loads(&linked.package, specifier, path, &text).then(|| path.to_owned()))
    }

    /// The code in the outputs, by path.
    fn code(&self) -> impl Iterator<Item = (&str, Cow<'_, [u8]>)> {
        let files = self.outputs.entries().iter();
        let code = files.filter(|entry| matches!(entry.kind, PackKind::File { .. }) && is_code(&entry.path));
        let code = code.filter(|entry| entry.size() <= LARGEST_TEXT);
        code.filter_map(|entry| Some((entry.path.as_str(), self.outputs.bytes(entry).ok()?)))
    }
}

/// Whether a file of another package loads this one by this name.
fn loads(package: &ImporterId, specifier: &str, path: &str, text: &[u8]) -> bool {
    let own = path.strip_prefix(package.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let quoted = ['"', '\'', '`'].map(|quote| format!("{quote}{specifier}{quote}"));
    !own && quoted
        .iter()
        .any(|needle| mentions_after(text, needle.as_bytes(), path.ends_with("ts"), &is_loaded))
}

/// Whether code names a module for more than its types. TypeScript marks type imports in the same statement.
pub(super) fn mentions(text: &[u8], needle: &[u8], typescript: bool) -> bool {
    mentions_after(text, needle, typescript, &|_| true)
}

/// The same, if the code before the name fulfils `wanted`.
fn mentions_after(text: &[u8], needle: &[u8], typescript: bool, wanted: &dyn Fn(&[u8]) -> bool) -> bool {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| find(rest, needle)) {
        let begin = from + at;
        let before = text.get(..begin).unwrap_or_default();
        let start = before.iter().rposition(|byte| *byte == b';').map_or(0, |at| at + 1);
        let statement = before.get(start..).unwrap_or_default();
        let types = [&b"import type "[..], b"import type{", b"export type "];
        let of_types = typescript && types.iter().any(|words| find(statement, words).is_some());
        let loaded = wanted(before);
        let line = statement.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_start();
        if loaded && !of_types && !line.starts_with(b"//") && !line.starts_with(b"*") {
            return true;
        }
        from = begin + needle.len();
    }
    false
}

/// Whether code up to here continues with a module name: `require(`, `import(`, `import`, `from`.
fn is_loaded(before: &[u8]) -> bool {
    let text = before.trim_ascii_end();
    let call = text.strip_suffix(b"(").map(|text| text.trim_ascii_end());
    let ends = |text: &[u8], word: &[u8]| {
        let Some(rest) = text.strip_suffix(word) else { return false };
        !rest.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'$')
    };
    match call {
        Some(call) => {
            [&b"require"[..], b"require.resolve", b"import", b"__require"].iter().any(|word| ends(call, word))
        }
        None => [&b"from"[..], b"import"].iter().any(|word| ends(text, word)),
    }
}

pub(super) fn is_code(path: &str) -> bool {
    is_program(path) || path.ends_with(".jsx") || path.ends_with(".tsx")
}

/// Whether two findings are about the same workspace package.
pub(super) fn is_same_package(one: &Finding, other: &Finding) -> bool {
    let of = |finding: &Finding| match finding {
        Finding::Package { package, specifier, .. } => Some((package.clone(), specifier.clone())),
        _ => None,
    };
    of(one).is_some_and(|one| of(other) == Some(one))
}

/// The targets in package.json for display: a name that Node.js completes is shown as written.
fn named(offer: &Offer) -> Vec<String> {
    let all: Vec<&str> = offer
        .targets
        .iter()
        .map(|target| match target {
            Target::Exact(path) | Target::Completed(path) => path.as_str(),
        })
        .collect();
    let others = all.iter().filter(|path| **path != "index" || all.len() == 1);
    others.map(|path| (*path).to_owned()).collect()
}

#[cfg(test)]
mod tests;
