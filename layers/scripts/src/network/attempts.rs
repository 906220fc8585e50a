//! A script's requests without success. Types, and their texts.

use std::collections::BTreeSet;
use std::fmt;

/// The most records for one script.
const MOST: usize = 50;

/// A script's requests without success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Hosts that it requested without network access.
    pub refused: BTreeSet<String>,
    /// Failed requests with network access.
    pub problems: Vec<Problem>,
}

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Only locked downloads may be used, and this is not locked.
    NotLocked { url: String },
    /// It is not in the store, and the network must not be used.
    Offline { url: String },
    /// The server's response differs from the lock.
    Changed { url: String, locked: String, found: String },
    /// Only reads can be repeated.
    Method { method: String, url: String },
    /// The lock entry would contain a secret.
    Secret { host: String },
    /// The request to the server failed.
    Failed { url: String, reason: String },
    /// The script's program did not accept the build's certificate, or used another protocol.
    Protocol { host: String, reason: String },
}

impl Problem {
    /// Whether the script's result is invalid without it.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Problem::NotLocked { .. }
                | Problem::Offline { .. }
                | Problem::Changed { .. }
                | Problem::Secret { .. }
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NotLocked { url } => write!(f, "{url} is not locked"),
            Problem::Offline { url } => {
                write!(f, "{url} is not in the store, and the network may not be used")
            }
            Problem::Changed { url, locked, found } => {
                write!(f, "{url} does not match the lock: the lock has {locked}, the server sent {found}")
            }
            Problem::Method { method, url } => {
                write!(f, "{method} {url} is not supported: only GET and HEAD can be locked")
            }
            Problem::Secret { host } => {
                write!(f, "a URL of {host} contains a secret, which must not be written to the lock")
            }
            Problem::Failed { url, reason } => write!(f, "{url} cannot be fetched: {reason}"),
            Problem::Protocol { host, reason } => write!(f, "the connection to {host} failed: {reason}"),
        }
    }
}

impl Attempts {
    /// One line each, starting with a line end.
    pub fn lines(&self) -> String {
        let refused =
            self.refused.iter().map(|host| format!("\nit requested {host}, but has no network access"));
        refused.chain(self.problems.iter().map(|problem| format!("\n{problem}"))).collect()
    }

    pub(super) fn refuse(&mut self, host: &str) {
        if self.refused.len() < MOST {
            self.refused.insert(host.to_owned());
        }
    }

    pub(super) fn note(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) && (self.problems.len() < MOST || problem.is_fatal()) {
            self.problems.push(problem);
            self.problems.truncate(2 * MOST);
        }
    }
}
