//! The walk from folder to folder. It knows rules and their order, but not where they come from.
//!
//! Source: npm's ignore-walk, 5 and 8.

use std::collections::BTreeSet;

use fourply_blob::{Cause, Reason};

use super::extended::Minimatch;
use super::package::Package;
use super::rule::IgnoreRule;

/// Rules of one folder, in order.
pub(super) type IgnoreRules = Vec<IgnoreRule>;

/// One folder of the walk.
pub(super) struct Walker<'a> {
    pub(super) package: &'a Package<'a>,
    pub(super) parent: Option<&'a Walker<'a>>,
    /// Relative to the package; empty for the package's own folder.
    pub(super) path: String,
    pub(super) rules: IgnoreRules,
    /// Its parent's rules name the folder itself, so its own rules may re-include what the parent's leave out.
    pub(super) exact: bool,
    pub(super) era: &'a dyn Era,
    /// Files in it that package.json names, relative to it.
    pub(super) required: Vec<String>,
}

/// The differences between the two versions of npm-packlist.
pub(super) trait Era {
    /// Whether an entry of a folder is packed. With `partial`, whether something below it may be.
    fn admits(&self, walker: &Walker<'_>, entry: &str, partial: bool, base: Option<&str>) -> bool;

    /// The rules of a folder below the package's own.
    ///
    /// # Errors
    /// As [`lines`].
    fn rules(&self, package: &Package<'_>, path: &str, required: &[String]) -> Result<IgnoreRules, Cause>;
}

impl Walker<'_> {
    /// Gathers the files of this folder's `entries` and of all folders below.
    pub(super) fn run(&self, entries: &[String], packed: &mut BTreeSet<String>) -> Result<(), Cause> {
        for entry in entries.iter().filter(|entry| !entry.contains('*')) {
            let path = join(&self.path, entry);
            let as_file = self.era.admits(self, entry, false, None);
            if !self.package.is_folder(&path) {
                if as_file && self.package.folder.has(&path) {
                    packed.insert(path);
                }
                continue;
            }
            if self.era.admits(self, entry, true, None) {
                let exact = as_file || self.era.admits(self, &format!("{entry}/"), false, None);
                self.child(entry, path, exact)?.run_all(packed)?;
            }
        }
        Ok(())
    }

    fn child<'b>(&'b self, entry: &str, path: String, exact: bool) -> Result<Walker<'b>, Cause> {
        let inside = |file: &String| file.strip_prefix(entry)?.strip_prefix('/').map(str::to_owned);
        let required: Vec<String> =
            self.required.iter().filter_map(inside).filter(|file| !file.contains('/')).collect();
        let rules = self.era.rules(self.package, &path, &required)?;
        Ok(Walker { package: self.package, parent: Some(self), path, rules, exact, era: self.era, required })
    }

    pub(super) fn run_all(&self, packed: &mut BTreeSet<String>) -> Result<(), Cause> {
        let names = self.package.entries.get(self.path.as_str());
        let names: Vec<String> = names.into_iter().flatten().map(|name| (*name).to_owned()).collect();
        self.run(&names, packed)
    }

    /// The last name of the folder's path.
    pub(super) fn base(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Applies this folder's own rules to an entry that was `included` so far. `base` is the entry's name in the folder
    /// where the check began; only ignore-walk 8 passes it on.
    pub(super) fn judge(&self, mut included: bool, entry: &str, partial: bool, base: Option<&str>) -> bool {
        for rule in &self.rules {
            if rule.negate == included {
                continue;
            }
            let both = |entry: &str, partial: bool| {
                rule.matches(&format!("/{entry}"), partial) || rule.matches(entry, partial)
            };
            let as_folder =
                |entry: &str| both(&format!("{entry}/"), false) || (rule.negate && both(entry, true));
            let relative = base.filter(|_| rule.is_relative());
            if both(entry, false) || (partial && (as_folder(entry) || relative.is_some_and(as_folder))) {
                included = rule.negate;
            }
        }
        included
    }
}

/// The rules of a text, one per line, without comments.
///
/// # Errors
/// A pattern that is not supported; the error names `what`.
pub(super) fn lines<'t>(
    what: &str,
    lines: impl Iterator<Item = &'t str>,
    minimatch: Minimatch,
) -> Result<IgnoreRules, Cause> {
    let lines = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            IgnoreRule::new(line, minimatch)
                .map_err(|reason| Reason::because(format!("{what}: {reason}"), reason).into())
        })
        .collect()
}

/// `.npmignore` of a folder; otherwise its `.gitignore`.
pub(super) fn ignore_file(
    package: &Package<'_>,
    path: &str,
    minimatch: Minimatch,
) -> Result<IgnoreRules, Cause> {
    for name in [".npmignore", ".gitignore"] {
        let file = join(path, name);
        if let Some(text) = package.folder.text(&file)? {
            return lines(&file, text.lines(), minimatch);
        }
    }
    Ok(IgnoreRules::new())
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
