//! The `git` program, run for one repository. In: a repository and arguments. Out: git's output, or an error that names
//! the commit.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, StoreError};
use fourply_blob::{Cause, Reason};

/// The allowed protocols of a repository. git's other helpers run commands.
pub(super) const PROTOCOLS: &str = "file:git:http:https:ssh";

/// A bare repository in `folder`, fetched from `repo`. Errors name the commit as `what`.
pub(super) struct Git<'a> {
    pub(super) folder: &'a Path,
    pub(super) what: &'a str,
    pub(super) repo: &'a str,
}

impl Git<'_> {
    /// Creates the repository and fetches the commit.
    pub(super) fn fetch(&self, commit: &str) -> Result<()> {
        let format = if commit.len() == 64 { "sha256" } else { "sha1" };
        self.run(&["init", "--quiet", "--bare", "--template=", &format!("--object-format={format}"), "."])?;
        let remote = self.remote();
        // A server may refuse to send a commit by its hash: then all branches and tags are fetched.
        let single = self.run(&["fetch", "--quiet", "--no-tags", "--depth=1", "--", remote, commit]);
        if single.is_err() {
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

    pub(super) fn remote(&self) -> &str {
        self.repo.strip_prefix("git+").unwrap_or(self.repo)
    }

    pub(super) fn fault(&self, reason: impl Into<Cause>) -> StoreError {
        StoreError::Git { what: self.what.to_owned(), reason: reason.into() }
    }

    /// Runs git with the user's configuration: it defines how a host is reached, and with which key.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<String> {
        self.output(self.command(), arguments)
    }

    /// Runs git without any configuration.
    pub(super) fn hermetic(&self, arguments: &[&str]) -> Result<String> {
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
        // As for all other servers, less than a thousand bytes a second over half a minute means that the connection is
        // dead.
        command.env("GIT_HTTP_LOW_SPEED_LIMIT", "1000").env("GIT_HTTP_LOW_SPEED_TIME", "30");
        command
    }

    fn output(&self, mut command: Command, arguments: &[&str]) -> Result<String> {
        let output = command
            .args(arguments)
            .output()
            .map_err(|error| self.fault(Reason::because("the program git cannot be started", error)))?;
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

/// A repository's URL without its password.
pub(super) fn shown(repo: &str) -> String {
    let (scheme, rest) = match repo.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => return repo.chars().take(300).collect(),
    };
    let host = rest.find('/').unwrap_or(rest.len());
    let place = rest.get(..host).and_then(|authority| authority.rfind('@')).map_or(0, |at| at + 1);
    format!("{scheme}{}", rest.get(place..).unwrap_or(rest)).chars().take(300).collect()
}
