//! Files of needed packages that .gitignore files hide from a failed script. In: its log, the files that it saw. Out:
//! the files in the log, each with the line that excludes it. A log is untrusted text, so the result is only a hint.

use std::collections::BTreeSet;
use std::path::Path;

use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::log_words::{absent, named};
use crate::missed::GitIgnored;
use fourply_scripts::files::relative;

/// The most words of a log that are checked.
const MOST_WORDS: usize = 1000;
/// The most files that are checked.
const MOST: usize = 50_000;
/// The most files that are reported.
const NAMED: usize = 5;
/// The size limit in bytes of a .gitignore that is read for a line number.
const LARGEST: u64 = 1 << 20;
/// Extensions that code may omit.
const ENDINGS: [&str; 10] = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".d.ts"];

/// Finds them. `admits` returns whether a build could see a path if it were not ignored; `seen` are the files that it
/// saw.
pub(crate) fn git_ignored(
    root: &Path,
    log: &str,
    seen: &BTreeSet<&str>,
    admits: impl Fn(&str, bool) -> bool + Send + Sync + 'static,
) -> Vec<GitIgnored> {
    let spoken = Spoken::of(log);
    let mut walk = WalkBuilder::new(root);
    let top = root.to_path_buf();
    walk.standard_filters(false).follow_links(false).filter_entry(move |entry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || relative(&top, entry.path()).is_ok_and(|path| admits(&path, is_dir))
    });
    let files = walk
        .build()
        .take(MOST)
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let paths = files.filter_map(|entry| relative(root, entry.path()).ok());
    let missed = paths.filter(|path| !seen.contains(path.as_str()) && spoken.names(path));
    missed.filter_map(|path| rule(root, &path)).take(NAMED).collect()
}

/// The paths in a log.
struct Spoken<'a> {
    log: &'a str,
    /// The text after words such as "Cannot find module", without extensions and `../`.
    modules: BTreeSet<&'a str>,
    /// Words in lines about a missing file, without `./`: `cp: cannot stat 'config.local.json'`.
    absent: BTreeSet<&'a str>,
}

impl<'a> Spoken<'a> {
    fn of(log: &'a str) -> Spoken<'a> {
        let modules = named(log).map(module).filter(|text| !text.is_empty()).collect();
        Spoken { log, modules, absent: absent(log).take(MOST_WORDS).collect() }
    }

    /// Whether the log has this file's path.
    fn names(&self, path: &str) -> bool {
        let stem = stem(path);
        let folder = stem.strip_suffix("/index");
        let is = |module: &str| {
            ends_with(stem, module)
                || folder.is_some_and(|folder| ends_with(folder, module))
                || ends_with(module, stem)
        };
        let folders = || path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        let lost = |word: &&str| ends_with(path, word) || folders().any(|folder| ends_with(folder, word));
        self.modules.iter().any(|module| is(module)) || self.has(path) || self.absent.iter().any(lost)
    }

    /// Whether the path occurs literally, such as after `ENOENT: no such file or directory, open`.
    fn has(&self, path: &str) -> bool {
        let letter = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        self.log.match_indices(path).any(|(at, _)| {
            let before = self.log.get(..at).and_then(|text| text.chars().next_back());
            let after = self.log.get(at + path.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(letter) && !after.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
    }
}

/// `a/b` for `../a/b.js`, `@/a/b`, `~/a/b` and `./a/b?raw`.
fn module(text: &str) -> &str {
    let text = text.split(['?', '\n']).next().unwrap_or(text);
    let text = text.trim_start_matches(['.', '/']);
    let text = text.strip_prefix("@/").or_else(|| text.strip_prefix("~/")).unwrap_or(text);
    stem(text.trim_end_matches('/'))
}

fn stem(path: &str) -> &str {
    let endings = ENDINGS.iter().filter_map(|ending| path.strip_suffix(ending));
    endings
        .min_by_key(|stem| stem.len())
        .filter(|stem| !stem.is_empty() && !stem.ends_with('/'))
        .unwrap_or(path)
}

/// Whether `path` ends with all components of `end`.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// The line that excludes a file, in the innermost .gitignore that has one.
pub(crate) fn rule(root: &Path, path: &str) -> Option<GitIgnored> {
    let full = root.join(path);
    let in_repository = |folder: &&Path| {
        folder.starts_with(root) || folder.ancestors().any(|above| above.join(".git").exists())
    };
    for folder in full.ancestors().skip(1).take_while(in_repository) {
        let file = folder.join(".gitignore");
        let Some(rules) = rules(folder, &file) else { continue };
        match rules.matched_path_or_any_parents(&full, false) {
            ignore::Match::Ignore(glob) => {
                let line = line(&file, glob.original());
                let shown = relative(root, &file).unwrap_or_else(|_| file.display().to_string());
                return Some(GitIgnored {
                    path: path.to_owned(),
                    file: shown,
                    line,
                    pattern: glob.original().to_owned(),
                });
            }
            ignore::Match::Whitelist(_) => return None,
            ignore::Match::None => {}
        }
    }
    None
}

fn rules(folder: &Path, file: &Path) -> Option<Gitignore> {
    if !file.is_file() || file.metadata().is_ok_and(|metadata| metadata.len() > LARGEST) {
        return None;
    }
    let mut builder = GitignoreBuilder::new(folder);
    builder.add(file);
    builder.build().ok()
}

/// The last line with the pattern, starting at 1.
fn line(file: &Path, pattern: &str) -> usize {
    let text = fourply_store::read_text(file, fourply_store::InputKind::IgnoreFile).unwrap_or_default();
    text.lines()
        .collect::<Vec<_>>()
        .iter()
        .rposition(|line| line.trim_end() == pattern.trim_end())
        .map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests;
