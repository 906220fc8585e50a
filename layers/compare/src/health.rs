//! Health checks. In: the words of the team's check, the new image's configuration. Out: URL paths or a command, and
//! times, if they differ. A check with curl, wget or a node script names its URLs; other checks are reported, not
//! guessed.

use std::time::Duration;

use fourply_dockerfile::{HealthCheck, shell_words};

use crate::model::{Health, Note};

/// The check of the new image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurHealth {
    pub probe: Probe,
    /// It is not configured: it uses the first usual path that exists.
    pub usual: bool,
    pub interval: Duration,
    pub timeout: Duration,
    pub start_period: Duration,
    pub retries: u32,
}

/// The request of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// URL paths; the usual ones if nothing is configured.
    Paths(Vec<String>),
    Command(Vec<String>),
}

/// The most paths of one check.
const MOST: usize = 16;
/// The longest URL path, in bytes.
const LONGEST: usize = 1000;

/// The missing settings. `plain` converts a command to the form of the new image.
pub(crate) fn missing(
    theirs: Option<&HealthCheck>,
    ours: Option<&OurHealth>,
    plain: &dyn Fn(&[String]) -> Vec<String>,
) -> Result<Option<Health>, Note> {
    let Some(theirs) = theirs else { return Ok(None) };
    let paths = paths(&theirs.test);
    let command = if paths.is_empty() { command(&theirs.test, plain) } else { Vec::new() };
    if paths.is_empty() && command.is_empty() {
        return match ours {
            Some(OurHealth { probe: Probe::Command(_), .. }) => Ok(None),
            _ => Err(Note::OtherHealth { test: theirs.test.clone() }),
        };
    }
    let same = match ours.map(|ours| &ours.probe) {
        // The usual paths need no configuration.
        Some(Probe::Paths(own)) if ours.is_some_and(|ours| ours.usual) => {
            command.is_empty() && paths.iter().all(|path| own.contains(path))
        }
        Some(Probe::Paths(own)) => command.is_empty() && *own == paths,
        // A command written for the new image counts as equivalent to the one that it replaces.
        Some(Probe::Command(own)) => *own == command || command.is_empty(),
        None => false,
    };
    let seconds = |time: Option<Duration>, own: Option<Duration>| {
        time.filter(|time| Some(*time) != own).map(|time| time.as_secs_f64())
    };
    let health = Health {
        paths,
        command,
        interval: seconds(theirs.interval, ours.map(|ours| ours.interval)),
        timeout: seconds(theirs.timeout, ours.map(|ours| ours.timeout)),
        start_period: seconds(theirs.start_period, ours.map(|ours| ours.start_period)),
        retries: theirs.retries.filter(|count| Some(*count) != ours.map(|ours| ours.retries)),
    };
    let times = health.interval.is_some()
        || health.timeout.is_some()
        || health.start_period.is_some()
        || health.retries.is_some();
    Ok((!same || times).then_some(health))
}

/// The URL paths of a check, without duplicates.
pub(crate) fn paths(test: &[String]) -> Vec<String> {
    let text = test.get(1..).unwrap_or_default().join(" ");
    let mut found: Vec<String> = Vec::new();
    for (at, mark) in text.match_indices("://") {
        let before = text.get(..at).unwrap_or_default();
        if !before.ends_with("http") && !before.ends_with("https") {
            continue;
        }
        let rest = text.get(at + mark.len()..).unwrap_or_default();
        add(&mut found, after_host(rest));
    }
    if found.is_empty() && is_node(test) {
        // `'http://localhost:' + port + '/health'`, `{ path: '/health' }`.
        let quoted = text.split(['\'', '"', '`']).skip(1).step_by(2);
        quoted
            .filter(|part| part.starts_with('/') && !part.starts_with("//"))
            .for_each(|part| add(&mut found, part));
    }
    found
}

/// The part after the host of a URL, even if the host is concatenated from parts.
fn after_host(rest: &str) -> &str {
    let end =
        rest.find(|letter: char| letter.is_whitespace() || "|;)<>".contains(letter)).unwrap_or(rest.len());
    let url = rest.get(..end).unwrap_or_default();
    match url.find(['/', '\'', '"', '`']) {
        Some(at) if url.get(at..).is_some_and(|path| path.starts_with('/')) => {
            url.get(at..).unwrap_or_default()
        }
        // The string ends before the path: `'http://localhost:' + process.env.PORT + '/health'`.
        Some(at) => {
            let parts = rest.get(at..).unwrap_or_default().split(['\'', '"', '`']);
            parts.take(4).find(|part| part.starts_with('/')).unwrap_or("/")
        }
        None => "/",
    }
}

fn add(found: &mut Vec<String>, path: &str) {
    let end = path.find(|letter: char| letter.is_whitespace() || "'\"`|;)<>$\\,".contains(letter));
    let path = path.get(..end.unwrap_or(path.len())).unwrap_or_default();
    let path = path.split('#').next().unwrap_or_default();
    if path.len() <= LONGEST
        && found.len() < MOST
        && path.starts_with('/')
        && !found.iter().any(|known| known == path)
    {
        found.push(path.to_owned());
    }
}

fn is_node(test: &[String]) -> bool {
    let text = test.get(1..).unwrap_or_default().join(" ");
    text.split_whitespace().next().is_some_and(|first| first.rsplit('/').next() == Some("node"))
}

/// The command of a check that node runs; empty for other programs, which the new image may lack.
fn command(test: &[String], plain: &dyn Fn(&[String]) -> Vec<String>) -> Vec<String> {
    let words = match test.split_first() {
        Some((kind, [text])) if kind == "CMD-SHELL" => {
            let text = text.trim_end().trim_end_matches("exit 1").trim_end().trim_end_matches("||");
            shell_words(text).unwrap_or_default()
        }
        Some((kind, words)) if kind == "CMD" => words.to_vec(),
        _ => Vec::new(),
    };
    let words = plain(&words);
    if words.first().is_some_and(|first| first == "node") { words } else { Vec::new() }
}

#[cfg(test)]
mod tests;
