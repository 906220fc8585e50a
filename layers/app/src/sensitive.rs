//! Files that seldom belong in an image: environment files, `.npmrc` with its tokens, credentials, private keys. In: a
//! path, content. Out: the kind of file.
//!
//! A private key is detected by its content, not by its name (see `private_keys`). Files in a node_modules belong to
//! packages: those of registries are not checked.

use crate::private_keys::is_private_key;

/// Why a file must be named explicitly to be in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitive {
    /// `.env`, `.env.production`, `production.env`, `.envrc`.
    Environment,
    Npmrc,
    /// `.netrc`, `.aws/credentials`.
    Credentials,
    PrivateKey,
}

impl Sensitive {
    /// For messages.
    pub fn name(self) -> &'static str {
        match self {
            Sensitive::Environment => "an environment file",
            Sensitive::Npmrc => "an .npmrc, which may hold tokens",
            Sensitive::Credentials => "a file of credentials",
            Sensitive::PrivateKey => "a private key",
        }
    }
}

/// Last parts of the names of public environment files.
const EXAMPLES: [&str; 5] = ["example", "sample", "template", "dist", "schema"];

/// Files in which programs keep passwords and tokens.
const CREDENTIALS: [&str; 8] = [
    ".pgpass",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".pypirc",
    ".aws/credentials",
    ".docker/config.json",
    ".kube/config",
];

/// The kind by path.
pub(crate) fn by_name(path: &str) -> Option<Sensitive> {
    if in_a_package(path) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == ".npmrc" {
        return Some(Sensitive::Npmrc);
    }
    if CREDENTIALS.iter().any(|known| path == *known || path.ends_with(&format!("/{known}"))) {
        return Some(Sensitive::Credentials);
    }
    if let Some(stem) = name.strip_suffix(".env").filter(|stem| !stem.is_empty()) {
        let example = stem.split(['.', '-', '_']).any(|part| EXAMPLES.contains(&part));
        return (!example).then_some(Sensitive::Environment);
    }
    let rest = name.strip_prefix(".env")?;
    let own = rest.is_empty() || rest == "rc" || rest.starts_with('.');
    let last = rest.rsplit('.').next().unwrap_or(rest);
    let code = [".ts", ".js", ".mjs", ".cjs", ".map"].iter().any(|end| name.ends_with(end));
    (own && !code && !EXAMPLES.contains(&last)).then_some(Sensitive::Environment)
}

/// The kind by content.
pub(crate) fn by_content(path: &str, bytes: &[u8]) -> Option<Sensitive> {
    (!in_a_package(path) && is_private_key(bytes)).then_some(Sensitive::PrivateKey)
}

fn in_a_package(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

#[cfg(test)]
mod tests;
