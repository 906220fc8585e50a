//! Health checks. In: the words of the team's, what is configured for the new one. Out: paths of URLs or a command, and times, where they differ. A check
//! that asks with curl, wget or a script of node names its URLs; what asks otherwise is told, not guessed.

use std::time::Duration;

use fourply_dockerfile::{HealthCheck, shell_words};

use crate::model::{Health, Note};

/// The check of the new image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurHealth {
    pub probe: Probe,
    /// Nobody configured it: the first of the usual paths that is there is asked.
    pub usual: bool,
    pub interval: Duration,
    pub timeout: Duration,
    pub start_period: Duration,
    pub retries: u32,
}

/// What it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// Paths of URLs; those that are usual where nothing is configured.
    Paths(Vec<String>),
    Command(Vec<String>),
}

/// The most paths of one check.
const MOST: usize = 16;
/// The longest path of a URL.
const LONGEST: usize = 1000;

/// What is missing. `plain` gives a command the form that it has in the new image.
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
        // The usual paths are asked without a line.
        Some(Probe::Paths(own)) if ours.is_some_and(|ours| ours.usual) => {
            command.is_empty() && paths.iter().all(|path| own.contains(path))
        }
        Some(Probe::Paths(own)) => command.is_empty() && *own == paths,
        // A command that was written for the new image is taken for what it stands in for.
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

/// The paths of the URLs that a check asks, each once.
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

/// What stands behind the host of a URL, or, where the host is put together from parts, behind these.
fn after_host(rest: &str) -> &str {
    let end =
        rest.find(|letter: char| letter.is_whitespace() || "|;)<>".contains(letter)).unwrap_or(rest.len());
    let url = rest.get(..end).unwrap_or_default();
    match url.find(['/', '\'', '"', '`']) {
        Some(at) if url.get(at..).is_some_and(|path| path.starts_with('/')) => {
            url.get(at..).unwrap_or_default()
        }
        // The quote ends before the path: `'http://localhost:' + process.env.PORT + '/health'`.
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

/// The command of a check that node runs; nothing for other programs, which the new image may not have.
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
