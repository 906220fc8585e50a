//! What was left out of a listing. In: paths. Out: the same, with whole folders in place of all that they hold.

use std::collections::BTreeSet;

/// What was left out of a listing, as paths relative to the root; a folder ends with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Outside of packages, and no configuration that builds read.
    pub root: BTreeSet<String>,
    /// What `.dockerignore` excludes and .gitignore files do not.
    pub docker_ignored: BTreeSet<String>,
    /// Images that this program wrote.
    pub images: BTreeSet<String>,
    /// The globs by which other files of the root count.
    pub counting: Vec<String>,
    /// The globs that took back what .gitignore files exclude.
    pub taken_back: Vec<String>,
}

/// How many paths of each kind are remembered.
const MOST: usize = 10_000;

impl LeftOut {
    /// Notes what the root lost.
    pub(crate) fn note_root(&mut self, path: &str, is_dir: bool) {
        note(&mut self.root, path, is_dir);
    }

    /// Notes what `.dockerignore` excludes.
    pub(crate) fn note_docker_ignored(&mut self, path: &str, is_dir: bool) {
        note(&mut self.docker_ignored, path, is_dir);
    }

    /// Notes an image.
    pub(crate) fn note_image(&mut self, path: &str, is_dir: bool) {
        note(&mut self.images, path, is_dir);
    }

    /// The same with whole folders in place of their files, where nothing in a folder is `kept`.
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

/// The highest folder above `path` that holds nothing of `kept`, else the path itself.
fn highest(path: &str, kept: &BTreeSet<&str>) -> String {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..=at));
    let holds = |folder: &str| kept.range(folder..).next().is_some_and(|path| path.starts_with(folder));
    above.find(|folder| !holds(folder)).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests;
