//! One commit of a git repository, by the `git` program: it has the user's keys, proxies and credential helpers.
//!
//! The commit's own hash is what verifies the bytes: git computes the name of every object that it receives. How the files are written
//! depends on nothing but the commit: no hook, filter, template or line-end setting of this machine counts.

mod submodules;

use std::path::Path;
use std::process::{Command, Stdio};

use super::Fetcher;
use crate::{Result, StoreError};

/// What a repository may be reached by; git's other helpers run commands.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// What else of a repository is wanted besides the files of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GitOptions {
    /// The files of its submodules, and of theirs.
    pub submodules: bool,
    /// The repository itself, as `.git` beside the files: that commit alone, without history, branches or tags.
    pub repository: bool,
}

impl Fetcher {
    /// Writes the files of `commit` (a full hash) of `repo` into the empty folder `dest`.
    ///
    /// # Errors
    /// A repository or commit that is none, no `git`, a server that has not got the commit, `--offline`; the same of submodules.
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

struct Git<'a> {
    folder: &'a Path,
    what: &'a str,
    repo: &'a str,
}

impl Git<'_> {
    /// Makes the repository and brings the commit into it.
    fn fetch(&self, commit: &str) -> Result<()> {
        let format = if commit.len() == 64 { "sha256" } else { "sha1" };
        self.run(&["init", "--quiet", "--bare", "--template=", &format!("--object-format={format}"), "."])?;
        let remote = self.remote();
        // Servers may refuse to give a commit by its hash: then all branches and tags are fetched.
        let alone = self.run(&["fetch", "--quiet", "--no-tags", "--depth=1", "--", remote, commit]);
        if alone.is_err() {
            self.run(&["fetch", "--quiet", "--no-tags", "--", remote, "+refs/*:refs/fetched/*"])?;
        }
        let found =
            self.hermetic(&["rev-parse", "--verify", "--end-of-options", &format!("{commit}^{{commit}}")])?;
        if found.trim() != commit {
            return Err(StoreError::Mismatch {
                what: self.what.to_owned(),
                expected: commit.to_owned(),
                found: found.trim().to_owned(),
            });
        }
        Ok(())
    }

    fn remote(&self) -> &str {
        self.repo.strip_prefix("git+").unwrap_or(self.repo)
    }

    fn fault(&self, reason: String) -> StoreError {
        StoreError::Git { what: self.what.to_owned(), reason }
    }

    /// As the user's configuration has it: how a host is reached, and with which key.
    fn run(&self, arguments: &[&str]) -> Result<String> {
        self.output(self.command(), arguments)
    }

    /// Without any configuration.
    fn hermetic(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command();
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1");
        self.output(command, arguments)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            let own = name.to_string_lossy();
            if own.starts_with("GIT_") && !own.starts_with("GIT_SSH") && own != "GIT_ASKPASS" {
                command.env_remove(name);
            }
        }
        command.arg("--git-dir").arg(self.folder).current_dir(self.folder).stdin(Stdio::null());
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", PROTOCOLS).env("LC_ALL", "C");
        command
    }

    fn output(&self, mut command: Command, arguments: &[&str]) -> Result<String> {
        let output = command
            .args(arguments)
            .output()
            .map_err(|error| self.fault(format!("the program git cannot be started: {error}")))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.replace(self.repo, &shown(self.repo));
        let reason = said
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(5)
            .collect::<Vec<_>>()
            .join("; ");
        Err(self.fault(reason))
    }
}

/// A lockfile is input like any other: nothing of it may become an option of git, or a command.
fn check(repo: &str, commit: &str) -> Result<()> {
    let fault = |reason: &str| {
        Err(StoreError::Setting {
            message: format!("the repository {} cannot be used: {reason}", shown(repo)),
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

/// A repository's URL without the password that it may hold.
fn shown(repo: &str) -> String {
    let (scheme, rest) = match repo.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => return repo.chars().take(300).collect(),
    };
    let host = rest.find('/').unwrap_or(rest.len());
    let place = rest.get(..host).and_then(|authority| authority.rfind('@')).map_or(0, |at| at + 1);
    format!("{scheme}{}", rest.get(place..).unwrap_or(rest)).chars().take(300).collect()
}

#[cfg(test)]
mod tests;
