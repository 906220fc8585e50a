//! The exclusions of .gitignore files. In: a workspace's root, paths below it from the top down. Out: whether each is
//! excluded. The files are read here and not by the crate `ignore`, so that a pipe is rejected without waiting, and
//! every file has a size limit.
//!
//! The innermost file with a matching line decides. Files above the workspace count up to the root of its repository.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fourply_store::{InputKind, read_file};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

const GIT_IGNORE: &str = ".gitignore";

/// The .gitignore files of a workspace, each read once.
#[derive(Debug)]
pub(crate) struct GitRules {
    root: PathBuf,
    /// The outermost folder whose file counts.
    top: PathBuf,
    files: Mutex<HashMap<PathBuf, Option<Arc<Gitignore>>>>,
    fault: Mutex<Option<io::Error>>,
}

impl GitRules {
    /// A workspace with a repository is treated like one without: a clone and a tarball have the same files, submodules
    /// included.
    pub(crate) fn new(root: &Path) -> GitRules {
        let is_repository = |folder: &&Path| folder.join(".git").exists();
        let repository = root.ancestors().find(is_repository).unwrap_or(root);
        let (files, fault) = Default::default();
        GitRules { root: root.to_path_buf(), top: repository.to_path_buf(), files, fault }
    }

    /// Whether a path, relative to the root, is excluded. Its parents are not checked.
    pub(crate) fn ignores(&self, path: &str, is_dir: bool) -> bool {
        let full = self.root.join(path);
        for folder in full.ancestors().skip(1) {
            match self.rules(folder).map(|rules| rules.matched(&full, is_dir).map(|_| ())) {
                Some(Match::Ignore(())) => return true,
                Some(Match::Whitelist(())) => return false,
                Some(Match::None) | None => {}
            }
            if folder == self.top {
                break;
            }
        }
        false
    }

    /// Checks that every file could be read.
    ///
    /// # Errors
    /// The first read error.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    fn rules(&self, folder: &Path) -> Option<Arc<Gitignore>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(folder) {
            return known.clone();
        }
        let read = read(folder).unwrap_or_else(|error| {
            self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            None
        });
        let read = read.map(Arc::new);
        files.insert(folder.to_path_buf(), read.clone());
        read
    }
}

/// The file of one folder. As in git, invalid patterns are ignored.
fn read(folder: &Path) -> io::Result<Option<Gitignore>> {
    let path = folder.join(GIT_IGNORE);
    let bytes = match read_file(&path, InputKind::IgnoreFile) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // git ignores a folder of that name.
        Err(_) if path.is_dir() => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = builder.add_line(None, line);
    }
    Ok(builder.build().ok().filter(|rules| !rules.is_empty()))
}

#[cfg(test)]
mod tests;
