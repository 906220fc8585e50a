//! The `packages:` of pnpm-workspace.yaml → folders.
//!
//! Source: pnpm's `find-packages`: each pattern matches the folder of a manifest; `!` excludes, in any position;
//! node_modules and bower_components are never entered; folders that start with a dot only by name; and the root is
//! always a package.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::{ImporterId, PnpmError};

/// Never visited.
const LEFT_OUT: [&str; 2] = ["node_modules", "bower_components"];

/// Manifests that pnpm knows. Which of them fourply can read is decided elsewhere.
const MANIFESTS: [&str; 3] = ["package.json", "package.json5", "package.yaml"];

/// More levels of folders than any workspace has, but fewer than a cycle of symlinks makes.
const DEEPEST: usize = 64;

/// The folders below `root` that match the patterns and contain a manifest.
///
/// # Errors
/// A pattern that is not a valid glob or leaves the workspace; a folder that cannot be read.
pub(super) fn folders(root: &Path, patterns: &[String]) -> Result<BTreeSet<ImporterId>, PnpmError> {
    let search = Search { root, file: root.join("pnpm-workspace.yaml") };
    let mut found = BTreeSet::from([ImporterId::root()]);
    let mut excluded = Vec::new();
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(pattern) => excluded.push(search.glob(&format!("{}/package.json", tidy(pattern)), pattern)?),
            None => {
                for pattern in alternatives(pattern) {
                    search.pattern(&pattern, &mut found)?;
                }
            }
        }
    }
    found.retain(|id| {
        let kept = id.is_root() || !excluded.iter().any(|glob| glob.is_match(id.path_of("package.json")));
        kept && MANIFESTS.iter().any(|name| is_there(&root.join(id.path_of(name))))
    });
    Ok(found)
}

/// Whether something lies there that is no folder: what is no file either is refused where it is read.
fn is_there(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_dir())
}

fn tidy(pattern: &str) -> &str {
    pattern.trim_start_matches("./").trim_end_matches('/')
}

/// `{apps,packages/libs}/*` matches two trees: braces are expanded before the pattern is split at its slashes.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut open = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(pattern) = open.pop() {
        let parts = pattern.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
        match parts {
            Some((before, (inner, after))) if !inner.contains('{') && open.len() + done.len() < 1_000 => {
                open.extend(inner.split(',').map(|choice| format!("{before}{choice}{after}")));
            }
            _ => done.push(pattern),
        }
    }
    done
}

struct Search<'a> {
    root: &'a Path,
    /// The file with the patterns, for errors.
    file: PathBuf,
}

impl Search<'_> {
    fn refused(&self, pattern: &str, why: &str) -> PnpmError {
        PnpmError::Malformed {
            path: self.file.clone(),
            message: format!("the pattern {pattern:?} of packages {why}").into(),
        }
    }

    fn glob(&self, pattern: &str, whole: &str) -> Result<GlobMatcher, PnpmError> {
        if ["!(", "+(", "@(", "?(", "*("].iter().any(|mark| whole.contains(mark)) {
            return Err(self.refused(whole, "has an extended glob, which is not supported: use `!` patterns"));
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        glob.map(|glob| glob.compile_matcher())
            .map_err(|error| self.refused(whole, &format!("is not a valid glob: {}", error.kind())))
    }

    fn pattern(&self, pattern: &str, found: &mut BTreeSet<ImporterId>) -> Result<(), PnpmError> {
        let parts: Vec<&str> = tidy(pattern).split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if pattern.starts_with('/') || parts.contains(&"..") {
            return Err(self.refused(pattern, "leads outside the workspace"));
        }
        let mut steps = Vec::new();
        for part in parts {
            steps.push(match part {
                // Two of them match the same as one.
                "**" if matches!(steps.last(), Some(Step::AnyDepth)) => continue,
                "**" => Step::AnyDepth,
                part if part.contains(['*', '?', '[', '(']) => {
                    Step::Glob(self.glob(part, pattern)?, part.starts_with('.'))
                }
                part => Step::Name(part),
            });
        }
        self.expand(&ImporterId::root(), &steps, 0, &mut Walked { found, seen: BTreeSet::new() })
    }

    fn expand(
        &self,
        at: &ImporterId,
        steps: &[Step<'_>],
        depth: usize,
        walked: &mut Walked<'_>,
    ) -> Result<(), PnpmError> {
        let Some((first, rest)) = steps.split_first() else {
            walked.found.insert(at.clone());
            return Ok(());
        };
        // With several `**`, many ways lead to one folder; everything below it is the same each time.
        if depth > DEEPEST || !walked.seen.insert((at.clone(), steps.len())) {
            return Ok(());
        }
        match first {
            Step::AnyDepth => {
                self.expand(at, rest, depth, walked)?;
                for (name, link) in self.children(at)? {
                    // A link may lead back up: below `**`, only real folders are entered.
                    if !name.starts_with('.')
                        && !link
                        && let Some(below) = at.join(&name)
                    {
                        self.expand(&below, steps, depth + 1, walked)?;
                    }
                }
            }
            Step::Glob(glob, dots) => {
                for (name, _) in self.children(at)? {
                    if (*dots || !name.starts_with('.'))
                        && glob.is_match(&name)
                        && let Some(below) = at.join(&name)
                    {
                        self.expand(&below, rest, depth + 1, walked)?;
                    }
                }
            }
            Step::Name(name) => {
                let below = at
                    .join(name)
                    .filter(|below| self.root.join(below.as_str()).is_dir() && !LEFT_OUT.contains(name));
                if let Some(below) = below {
                    self.expand(&below, rest, depth + 1, walked)?;
                }
            }
        }
        Ok(())
    }

    /// Folders, and whether each is a link to one.
    fn children(&self, at: &ImporterId) -> Result<Vec<(String, bool)>, PnpmError> {
        let mut children = Vec::new();
        for entry in fs_err::read_dir(self.root.join(at.as_str()))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            let folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
            if folder && !LEFT_OUT.contains(&name.as_str()) {
                children.push((name, kind.is_symlink()));
            }
        }
        Ok(children)
    }
}

/// The result of a pattern.
struct Walked<'f> {
    found: &'f mut BTreeSet<ImporterId>,
    /// Folders, each with the number of remaining steps.
    seen: BTreeSet<(ImporterId, usize)>,
}

/// One component of a pattern.
enum Step<'a> {
    Name(&'a str),
    /// The flag says whether the pattern itself starts with a dot.
    Glob(GlobMatcher, bool),
    AnyDepth,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn many_stars_take_no_longer_than_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = dir.path().to_path_buf();
        for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            for side in ["x", "y"] {
                fs_err::create_dir_all(folder.join(side)).unwrap();
            }
            folder.push(name);
        }
        fs_err::create_dir_all(&folder).unwrap();
        for folder in [dir.path(), folder.as_path()] {
            fs_err::write(folder.join("package.json"), "{}").unwrap();
        }
        let found = |pattern: &str| super::folders(dir.path(), &[pattern.to_owned()]).unwrap();
        let one = found("**/j");
        assert_eq!(one.len(), 2);
        assert_eq!(found(&format!("{}j", "**/".repeat(60))), one);
        assert_eq!(found(&format!("{}j", "**/*/".repeat(5))), one);
        assert_eq!(found(&format!("{}none", "**/*/".repeat(30))).len(), 1);
    }
}
