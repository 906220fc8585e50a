//! Files that were left out of a listing. In: paths. Out: the same, with a folder instead of its files if all of them
//! were left out.

use std::collections::BTreeSet;

/// Paths that were left out of a listing, relative to the root; a folder ends with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Outside packages, and not configuration that builds read.
    pub root: BTreeSet<String>,
    /// Excluded by `.dockerignore` but not by .gitignore files.
    pub docker_ignored: BTreeSet<String>,
    /// Images that this program wrote.
    pub images: BTreeSet<String>,
    /// The globs that matched other files of the root.
    pub counting: Vec<String>,
    /// The globs that included files again that .gitignore files exclude.
    pub taken_back: Vec<String>,
}

/// The most paths of each kind.
const MOST: usize = 10_000;

impl LeftOut {
    /// Records a path of the root.
    pub(crate) fn note_root(&mut self, path: &str, is_dir: bool) {
        note(&mut self.root, path, is_dir);
    }

    /// Records a path that `.dockerignore` excludes.
    pub(crate) fn note_docker_ignored(&mut self, path: &str, is_dir: bool) {
        note(&mut self.docker_ignored, path, is_dir);
    }

    /// Records an image.
    pub(crate) fn note_image(&mut self, path: &str, is_dir: bool) {
        note(&mut self.images, path, is_dir);
    }

    /// The same with folders instead of their files, if the folder contains no path of `kept`.
    pub(crate) fn folded(self, kept: &BTreeSet<&str>) -> LeftOut {
        let fold = |paths: BTreeSet<String>| paths.iter().map(|path| highest(path, kept)).collect();
        LeftOut { root: fold(self.root), docker_ignored: fold(self.docker_ignored), ..self }
    }
}

fn note(paths: &mut BTreeSet<String>, path: &str, is_dir: bool) {
    if paths.len() < MOST {
        paths.insert(if is_dir { format!("{path}/") } else { path.to_owned() });
    }
}

/// The highest folder above `path` without a path of `kept`; otherwise the path itself.
fn highest(path: &str, kept: &BTreeSet<&str>) -> String {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..=at));
    let holds = |folder: &str| kept.range(folder..).next().is_some_and(|path| path.starts_with(folder));
    above.find(|folder| !holds(folder)).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests;
