//! What a script asked for in vain. Types, and their texts.

use std::collections::BTreeSet;
use std::fmt;

/// How much is noted of one script.
const MOST: usize = 50;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Hosts that it asked for without having a network.
    pub refused: BTreeSet<String>,
    /// What it did not get though it has one.
    pub problems: Vec<Problem>,
}

/// Something that a script did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Only what is locked may be used, and this is not.
    NotLocked { url: String },
    /// It is not in the store, and nothing may be asked.
    Offline { url: String },
    /// The server answers something else than what is locked.
    Changed { url: String, locked: String, found: String },
    /// Only reading can be repeated.
    Method { method: String, url: String },
    /// What would be locked holds a secret.
    Secret { host: String },
    /// The server did not give it.
    Failed { url: String, reason: String },
    /// The script's program did not accept the build's certificate, or spoke another protocol.
    Protocol { host: String, reason: String },
}

impl Problem {
    /// Whether what the script made without it is no result.
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
                write!(f, "{url} is not what is locked: locked is {locked}, and it answers {found}")
            }
            Problem::Method { method, url } => {
                write!(f, "{method} {url} is refused: only GET and HEAD can be locked and repeated")
            }
            Problem::Secret { host } => {
                write!(f, "a URL of {host} holds a secret, and would be written into the lock")
            }
            Problem::Failed { url, reason } => write!(f, "{url} cannot be had: {reason}"),
            Problem::Protocol { host, reason } => write!(f, "the connection to {host} failed: {reason}"),
        }
    }
}

impl Attempts {
    /// A line for each, after the end of the line before.
    pub fn lines(&self) -> String {
        let refused = self.refused.iter().map(|host| format!("\nit asked for {host}, and has no network"));
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
