//! Files and folders of the sources that a program names and the image lacks: in its code, its command, its variables,
//! and by conventions of tools. In: the image's tree, code, words. Out: findings. Whether the sources have the files is
//! checked later, because it is not part of the findings' key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::fitting::{Fitting, fittings, is_code};
use super::folders::in_image;
use super::named_files::{looks_like_path, named_files};
use super::spawned::spawned;
use super::tree::ImageTree;
use crate::finding::{Asker, Finding};

/// The most findings for an image.
const MOST: usize = 4000;
/// Output folders of compilers.
const BUILT: [&str; 4] = ["dist", "build", "out", "lib"];
/// Source folders that replace them; the last one is for compilers that keep the folder's name.
const SOURCES: [&str; 3] = ["src/", "lib/", ""];
/// Extensions of code, each with the extensions of its sources.
const COMPILED: [(&str, &[&str]); 3] =
    [(".js", &[".ts", ".tsx", ".mts"]), (".mjs", &[".mts", ".ts"]), (".cjs", &[".cts", ".ts"])];

/// Tools that a command may start, with the files that each reads. One of several names is enough.
const TOOLS: [(&str, &str, &[&str]); 9] = [
    ("knex", "--knexfile", &["knexfile.js", "knexfile.ts", "knexfile.cjs", "knexfile.mjs"]),
    ("knex", "--knexfile", &["migrations"]),
    ("prisma", "--schema", &["prisma", "schema.prisma"]),
    ("sequelize", "--options-path", &[".sequelizerc"]),
    ("sequelize", "--config", &["config"]),
    ("sequelize", "--migrations-path", &["migrations"]),
    ("drizzle-kit", "--config", &["drizzle.config.ts", "drizzle.config.js", "drizzle.config.json"]),
    ("drizzle-kit", "--config", &["drizzle"]),
    ("node-pg-migrate", "--migrations-dir", &["migrations"]),
];

/// The state of this check.
pub(super) struct Names<'a> {
    pub tree: &'a ImageTree<'a>,
    /// The container's working directory.
    pub folder: &'a str,
}

impl Names<'_> {
    /// Workspace paths that code names literally and the image lacks.
    pub(super) fn of_code(&self, code: &BTreeSet<String>) -> Vec<Finding> {
        let of_file = |file: &String| {
            let user =
                self.inside(file).filter(|user| !user.split('/').any(|part| part == "node_modules"))?;
            let named = named_files(&self.tree.text(file)?, file, self.folder);
            let absent = named.into_iter().flat_map(|paths| self.absent(paths));
            Some(absent.map(move |path| Finding::Source { path, user: user.clone() }).collect::<Vec<_>>())
        };
        code.iter().filter_map(of_file).flatten().take(MOST).collect()
    }

    /// Folders of patterns and computed paths that the image lacks, or that have no matching file.
    pub(super) fn of_patterns(&self, code: &BTreeSet<String>) -> Vec<Finding> {
        let of_file = |file: &String| {
            let user =
                self.inside(file).filter(|user| !user.split('/').any(|part| part == "node_modules"))?;
            let fittings = fittings(&self.tree.text(file)?, file, self.folder).into_iter();
            let absent = fittings.filter_map(|Fitting { folder, end }| {
                let path = self.inside(&folder)?;
                if self.tree.real(&folder).is_none() {
                    return Some(path);
                }
                let sought = !end.is_empty() && !is_code(&end) && !self.tree.has_file(&path, &end);
                sought.then(|| format!("{path}/**/*{end}"))
            });
            Some(absent.map(move |path| Finding::Source { path, user: user.clone() }).collect::<Vec<_>>())
        };
        code.iter().filter_map(of_file).flatten().take(MOST).collect()
    }

    /// Files that code starts as a process or a thread and the image lacks.
    pub(super) fn of_processes(&self, code: &BTreeSet<String>) -> Vec<Finding> {
        let of_file = |file: &String| {
            let user =
                self.inside(file).filter(|user| !user.split('/').any(|part| part == "node_modules"))?;
            let paths = spawned(&self.tree.text(file)?, file, self.folder).into_iter();
            let absent = paths.filter(|path| self.tree.by_compiler(path).is_none());
            let absent = absent.filter_map(|path| self.inside(&path));
            Some(absent.map(move |path| Finding::Spawned { path, user: user.clone() }).collect::<Vec<_>>())
        };
        code.iter().filter_map(of_file).flatten().take(MOST).collect()
    }

    /// Files in the command's words and the container's variables.
    pub(super) fn of_start(&self, start: &[String], env: &BTreeMap<String, String>) -> Vec<Finding> {
        let named = |user: String, word: &str| {
            let path = in_image(self.folder, word).filter(|_| looks_like_path(word));
            let absent = self.absent(path.into_iter().collect());
            absent.into_iter().map(move |path| Finding::Source { path, user: user.clone() })
        };
        let words = start.iter().flat_map(|word| words_of(word));
        let of_words = words.flat_map(|word| named(Asker::Start.to_string(), word));
        let of_env = env.iter().flat_map(|(name, value)| named(format!("the variable {name}"), value));
        of_words.chain(of_env).chain(self.of_tools(start)).collect()
    }

    /// Files that the command's tools read by their conventions.
    fn of_tools(&self, start: &[String]) -> Vec<Finding> {
        let words: Vec<&str> = start.iter().flat_map(|word| word.split_whitespace()).collect();
        let has = |name: &str| {
            words
                .iter()
                .any(|word| word.rsplit('/').next().map(|word| word.trim_end_matches("-cli")) == Some(name))
        };
        let told = |option: &str| words.iter().any(|word| word.starts_with(option));
        let started = TOOLS.iter().filter(|(name, option, _)| has(name) && !told(option));
        let absent = started.flat_map(|(name, _, files)| {
            let paths: Vec<String> = files.iter().filter_map(|file| in_image(self.folder, file)).collect();
            let absent = self.absent(paths).into_iter();
            absent.map(|path| Finding::Convention { package: (*name).to_owned(), path })
        });
        absent.collect()
    }

    /// The paths relative to the workspace's root, if the image has none of them.
    fn absent(&self, paths: Vec<String>) -> Vec<String> {
        // Patterns are checked separately.
        if paths.iter().any(|path| path.contains('*') || self.tree.real(path).is_some()) {
            return Vec::new();
        }
        paths.iter().filter_map(|path| self.inside(path)).collect()
    }

    fn inside(&self, path: &str) -> Option<String> {
        Some(path.strip_prefix(self.tree.root)?.strip_prefix('/')?.to_owned())
    }
}

/// The words in a command's word, which may be shell text; for `NAME=value` and `--name=value`, the value.
fn words_of(word: &str) -> impl Iterator<Item = &str> {
    let bare = |word: &'_ str| -> bool { !word.is_empty() };
    let parts =
        word.split(|c: char| c.is_whitespace() || "\"';&|()".contains(c)).filter(move |word| bare(word));
    parts.map(|part| part.split_once('=').map_or(part, |(_, value)| value))
}

/// Whether the sources have this workspace path, and it may be meant for an image.
pub(super) fn is_source(root: &Path, path: &str) -> bool {
    let kept_out = |part: &str| [".git", "node_modules", "dist"].contains(&part) || part.starts_with(".env");
    !path.split('/').any(kept_out) && root.join(path).exists()
}

/// The source of a path in a compiler's output folder, if the sources have it: `x/src/a.proto` for `x/dist/a.proto`.
pub(super) fn source_of_output(root: &Path, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|part| BUILT.contains(part))?;
    let (package, rest) = (parts.get(..at)?.join("/"), parts.get(at + 1..)?.join("/"));
    if rest.is_empty() {
        return None;
    }
    let ends = COMPILED.iter().find_map(|(end, from)| Some((rest.strip_suffix(end)?, *from)));
    let from = ends.into_iter().flat_map(|(stem, from)| from.iter().map(move |end| format!("{stem}{end}")));
    let forms: Vec<String> = std::iter::once(rest.clone()).chain(from).collect();
    let sources = SOURCES.iter().flat_map(|source| forms.iter().map(move |form| format!("{source}{form}")));
    let package = if package.is_empty() { package } else { format!("{package}/") };
    sources
        .map(|source| format!("{package}{source}"))
        .find(|source| source != path && is_source(root, source))
}

#[cfg(test)]
mod tests;
