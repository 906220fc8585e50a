//! One source of settings, and its level of trust. In: text that was already read. Out: settings.

use std::path::PathBuf;

use super::ini;
use crate::{Result, StoreError};

/// The author of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NpmTrust {
    /// The user of this host: `${NAME}` is replaced everywhere, and token helpers are allowed.
    User,
    /// The environment: trusted as the user, but values are used unchanged.
    Environment,
    /// Anyone who can change the repository. Such a source never receives a variable: see
    /// [`NpmPolicy`](super::NpmPolicy).
    Repository,
}

/// The settings of one source, as written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpmSource {
    /// The source's name in messages: a path.
    pub name: String,
    /// The base of relative paths in it.
    pub folder: PathBuf,
    /// Its author.
    pub trust: NpmTrust,
    /// Keys of npm (`registry`, `@scope:registry`, `//host/path/:_authToken`, `cafile` …), and `named-registry:NAME`.
    /// If a key occurs more than once, the last value wins; `ca` collects its values.
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

    /// Checks that no credential in an `.npmrc` has a character that cannot be sent.
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

/// The meaning of a key for trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The target of requests: a registry or a proxy.
    Destination,
    /// A credential or a trusted certificate. The key may name a host.
    Credential,
    /// Neither.
    Other,
}

/// The last parts of keys that hold credentials.
const CREDENTIALS: [&str; 9] =
    ["_authToken", "_auth", "_password", "username", "tokenHelper", "cert", "key", "certfile", "keyfile"];

/// Those that apply to their own source's registry if they have no `//host/path/`.
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

/// `//host/path/` and the last part of such a key. A scope before the last part is included in it: `@org:_authToken`.
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
