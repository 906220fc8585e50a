//! One place that settings come from, and how far it is trusted. Texts come in, already read.

use std::path::PathBuf;

use super::ini;
use crate::{Result, StoreError};

/// Who wrote a place of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NpmTrust {
    /// The user of this machine: `${NAME}` is replaced everywhere, and programs that print tokens may be named.
    User,
    /// The environment: as a user, but values stand as they are.
    Environment,
    /// Whoever may change the repository. Such a place never learns a variable: see [`NpmPolicy`](super::NpmPolicy).
    Repository,
}

/// The settings of one place, as they are written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpmSource {
    /// What messages call it: a path.
    pub name: String,
    /// What relative paths in it start at.
    pub folder: PathBuf,
    /// Who wrote it.
    pub trust: NpmTrust,
    /// Keys of npm (`registry`, `@scope:registry`, `//host/path/:_authToken`, `cafile` …), and `named-registry:NAME`. Of one key that stands
    /// there more than once the last value counts; `ca` collects.
    pub settings: Vec<(String, String)>,
}

impl NpmSource {
    /// The settings of an `.npmrc`.
    pub fn npmrc(
        name: impl Into<String>,
        folder: impl Into<PathBuf>,
        trust: NpmTrust,
        text: &str,
    ) -> NpmSource {
        NpmSource { name: name.into(), folder: folder.into(), trust, settings: ini::pairs(text) }
    }

    /// Fails where an `.npmrc` has a credential with a character that nothing which is sent may have.
    ///
    /// # Errors
    /// [`StoreError::Setting`], with the file and the line, and without the value.
    pub fn check_npmrc(name: &str, text: &str) -> Result<()> {
        for (number, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let is_credential = |(key, _): &(String, String)| Subject::of(key) == Subject::Credential;
            let wrong = |(_, value): &(String, String)| value.contains(char::is_control);
            if ini::pairs(&line.replace('\r', "\u{b}")).iter().any(|pair| is_credential(pair) && wrong(pair))
            {
                let text = format!("{name}, line {}: the credential has a control character", number + 1);
                return Err(StoreError::Setting { message: text.into() });
            }
        }
        Ok(())
    }
}

/// What a key is about, as far as trust goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Where requests go: a registry or a proxy.
    Destination,
    /// What is sent along, or who is trusted: the key may name a host.
    Credential,
    /// Neither.
    Other,
}

/// The parts of keys that hold what is sent along.
const CREDENTIALS: [&str; 9] =
    ["_authToken", "_auth", "_password", "username", "tokenHelper", "cert", "key", "certfile", "keyfile"];

/// Those that without a `//host/path/` are about the registry of their own place.
pub(super) const UNSCOPED: [&str; 7] =
    ["_authToken", "_auth", "_password", "username", "tokenHelper", "cert", "key"];

impl Subject {
    /// Source: pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/loadNpmrcFiles.ts, isRequestDestinationValueKey and isAuthValueKey.
    pub(super) fn of(key: &str) -> Subject {
        let last = key.rsplit_once(':').map_or(key, |(_, last)| last);
        let proxy = matches!(key, "https-proxy" | "http-proxy" | "proxy" | "no-proxy" | "noproxy");
        if proxy || last == "registry" || key.starts_with("named-registry:") {
            Subject::Destination
        } else if CREDENTIALS.contains(&last) {
            Subject::Credential
        } else {
            Subject::Other
        }
    }
}

/// `//host/path/` and the last part of a key that begins so; a scope before that part stays with it: `@org:_authToken`.
pub(super) fn scoped(key: &str) -> Option<(String, &str, &str)> {
    let (place, part) = key.rsplit_once(':').filter(|(place, _)| place.starts_with("//"))?;
    let is_scope = |scope: &str| scope.starts_with('@') && scope.len() > 1 && !scope.contains(['/', ':']);
    let (place, scope) = match place.rsplit_once(':') {
        Some((place, scope)) if is_scope(scope) => (place, scope),
        _ => (place, ""),
    };
    Some((format!("{}/", place.trim_end_matches('/')), scope, part))
}

/// The host, with its port, of `//host:port/path/`.
pub(super) fn host_of(place: &str) -> Option<String> {
    let host = place.strip_prefix("//")?.split('/').next()?;
    Some(host.to_ascii_lowercase()).filter(|host| !host.is_empty())
}
