//! One commit of a git repository, fetched by the `git` program with the user's keys, proxies and credential helpers.
//! In: a repository and a commit hash. Out: its files in a folder.
//!
//! The commit's hash verifies the bytes: git computes the name of every object that it receives. The written files
//! depend only on the commit: hooks, filters, templates and line-end settings of this host have no effect.

mod command;
mod submodules;

use std::path::Path;

use super::Fetcher;
use crate::{Result, StoreError};
use command::{Git, PROTOCOLS, shown};

/// Optional content, in addition to the commit's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GitOptions {
    /// The files of its submodules, recursively.
    pub submodules: bool,
    /// The repository itself, as `.git` next to the files: only that commit, without history, branches or tags.
    pub repository: bool,
}

impl Fetcher {
    /// Writes the files of `commit` (a full hash) of `repo` into the empty folder `dest`.
    ///
    /// # Errors
    /// If the repository or commit is invalid, `git` is missing, the server does not have the commit, or the network is
    /// disabled. Submodules give the same errors.
    pub fn git_files(&self, repo: &str, commit: &str, dest: &Path, options: GitOptions) -> Result<()> {
        let what = format!("the commit {commit} of {}", shown(repo));
        check(repo, commit)?;
        self.online(&what)?;
        let folder = tempfile::TempDir::new_in(self.store.tmp())?;
        let git = Git { folder: folder.path(), what: &what, repo };
        git.fetch(commit)?;
        let tree = format!("--work-tree={}", dest.display());
        git.hermetic(&[&tree, "checkout", "--quiet", "--force", "--detach", commit])?;
        if options.submodules {
            for module in submodules::list(&git, commit)? {
                let place = dest.join(&module.path);
                fs_err::create_dir_all(&place)?;
                self.git_files(
                    &module.repo,
                    &module.commit,
                    &place,
                    GitOptions { repository: false, ..options },
                )?;
            }
        }
        if options.repository {
            git.hermetic(&["config", "core.bare", "false"])?;
            fs_err::rename(folder.keep(), dest.join(".git"))?;
        }
        Ok(())
    }
}

/// A lockfile is untrusted input: none of its text may become an option of git or a command.
fn check(repo: &str, commit: &str) -> Result<()> {
    let fault = |reason: &str| {
        Err(StoreError::Setting {
            message: format!("the repository {} cannot be used: {reason}", shown(repo)).into(),
        })
    };
    let hash = matches!(commit.len(), 40 | 64)
        && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !hash {
        return fault(&format!("{commit:?} is no full hash of a commit"));
    }
    let remote = repo.strip_prefix("git+").unwrap_or(repo);
    let scheme = remote.split_once("://").map(|(scheme, _)| scheme);
    let known = match scheme {
        Some(scheme) => PROTOCOLS.split(':').any(|known| known == scheme),
        // user@host:path
        None => {
            remote.split_once(':').is_some_and(|(host, path)| host.contains('@') && !path.starts_with(':'))
        }
    };
    if !known || remote.starts_with('-') || remote.chars().any(char::is_control) {
        return fault("it is no https, http, ssh, git or file URL, and no user@host:path");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
