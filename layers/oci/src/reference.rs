//! The name of an image in a registry. In: text as users write it, such as `auth:1`. Out: registry, repository, tag and
//! digest, with Docker's defaults. The grammar is that of oci-client (oci-spec), which follows
//! `distribution/reference`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use fourply_blob::Digest;

mod plain;

/// The longest accepted text: 255 characters for the repository, and room for the rest.
const MAX_LENGTH: usize = 1024;

/// An invalid image name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no image's name: {reason}")]
pub struct ReferenceError {
    /// The text, truncated to the accepted length.
    pub text: String,
    /// What is wrong with the text.
    pub reason: String,
}

/// An image's name. [`fmt::Display`] writes the full form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    inner: oci_client::Reference,
    digest: Option<Digest>,
}

impl Reference {
    /// Parses a name. Without a registry it is a Docker Hub name; without tag and digest the tag is `latest`.
    ///
    /// # Errors
    /// If the text is not an image name, or its digest is not SHA-256.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let wrong = |reason: &str| {
            // A user name and password, which no image name may have.
            let password = |(before, after): &(&str, &str)| {
                before.contains(':') && !before.contains('/') && !after.starts_with("sha")
            };
            let text = text.rsplit_once('@').filter(password).map_or(text, |(_, after)| after);
            let text = text.chars().take(MAX_LENGTH).collect();
            ReferenceError { text, reason: reason.to_owned() }
        };
        if text.len() > MAX_LENGTH {
            return Err(wrong("it is too long"));
        }
        if text.contains("://") {
            return Err(wrong("leave the scheme out"));
        }
        let inner: oci_client::Reference = match plain::plain(text) {
            Some(inner) => inner,
            None => text.parse().map_err(|error| wrong(&reason(&error, text)))?,
        };
        // oci-spec accepts `A/b` as a host by its grammar, but then treats the letters as part of a Docker Hub
        // repository.
        if inner.repository().contains(|letter: char| letter.is_ascii_uppercase()) {
            return Err(wrong("write its name in lower case"));
        }
        let digest = inner.digest().map(str::parse).transpose();
        let digest =
            digest.map_err(|_| wrong("its digest must be sha256: and 64 lower-case hexadecimal digits"))?;
        Ok(Reference { inner, digest })
    }

    /// The registry as written, with its port: `127.0.0.1:5000`.
    pub fn registry(&self) -> &str {
        self.inner.registry()
    }

    /// The host that serves the registry.
    pub fn host(&self) -> &str {
        self.inner.resolve_registry()
    }

    /// The repository in the registry, with an implied `library/`: `library/node`.
    pub fn repository(&self) -> &str {
        self.inner.repository()
    }

    /// The tag; `None` if the name has only a digest.
    pub fn tag(&self) -> Option<&str> {
        self.inner.tag()
    }

    /// The digest, if the name has one. It overrides the tag.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Registry and repository, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry(), self.repository())
    }

    /// The same repository, tag and digest in another registry, `HOST` or `HOST/PREFIX`.
    ///
    /// # Errors
    /// If the result is not a valid name.
    pub fn at(&self, registry: &str) -> Result<Reference, ReferenceError> {
        let tag = self.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        let text = format!("{}/{}{tag}{digest}", registry.trim_end_matches('/'), self.repository());
        let found = Reference::parse(&text)?;
        // `mirror/x` without a dot, a colon or `localhost` would be a Docker Hub repository.
        match found.repository().ends_with(self.repository()) && text.starts_with(found.registry()) {
            true => Ok(found),
            false => Err(ReferenceError {
                text: registry.to_owned(),
                reason: "write a registry as HOST:PORT, HOST.DOMAIN or either with /PREFIX".to_owned(),
            }),
        }
    }

    /// The same repository with this digest.
    ///
    /// # Errors
    /// None, for a parsed reference.
    pub fn with_digest(&self, digest: &Digest) -> Result<Reference, ReferenceError> {
        Reference::parse(&format!("{}@{digest}", self.name()))
    }

    /// The same repository with this tag.
    ///
    /// # Errors
    /// If the text is not a valid tag.
    pub fn with_tag(&self, tag: &str) -> Result<Reference, ReferenceError> {
        Reference::parse(&format!("{}:{tag}", self.name()))
    }

    /// What to ask the registry for: the digest if there is one, else the tag.
    pub(crate) fn wanted(&self) -> String {
        match (&self.digest, self.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, tag) => tag.unwrap_or("latest").to_owned(),
        }
    }
}

fn reason(error: &oci_client::ParseError, text: &str) -> String {
    if text.chars().any(|letter| letter.is_ascii_uppercase()) {
        return "write it as REGISTRY/NAME:TAG, with NAME in lower case".to_owned();
    }
    match error {
        oci_client::ParseError::ReferenceInvalidFormat => "write it as REGISTRY/NAME:TAG".to_owned(),
        other => other.to_string(),
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(out)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Reference::parse(text)
    }
}

/// Whether a host, with or without a port, is loopback. Docker accepts plain HTTP from 127.0.0.0/8 and ::1.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests;
