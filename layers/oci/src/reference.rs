//! The name of an image in a registry. In: text as people write it, `auth:1`. Out: registry, repository, tag, digest, with
//! docker's defaults. The grammar is oci-client's (oci-spec's), which is that of `distribution/reference`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use fourply_blob::Digest;

mod plain;

/// The longest text that is looked at: 255 characters for the repository, the rest with some room.
const MAX_LENGTH: usize = 1024;

/// A text that is no image's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no image's name: {reason}")]
pub struct ReferenceError {
    /// The text, cut to what is looked at.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

/// An image's name. [`fmt::Display`] writes it in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    inner: oci_client::Reference,
    digest: Option<Digest>,
}

impl Reference {
    /// Reads a name. A name without a registry is docker's; one without tag and digest gets the tag `latest`.
    ///
    /// # Errors
    /// Where the text is no name of an image, or its digest is no SHA-256.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let wrong = |reason: &str| {
            // A user's name and password, which no image's name has.
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
        // oci-spec takes `A/b`: a host by its grammar, though its letters then count as docker's repository.
        if inner.repository().contains(|letter: char| letter.is_ascii_uppercase()) {
            return Err(wrong("write its name in lower case"));
        }
        let digest = inner.digest().map(str::parse).transpose();
        let digest =
            digest.map_err(|_| wrong("its digest must be sha256: and 64 lower-case hexadecimal digits"))?;
        Ok(Reference { inner, digest })
    }

    /// The registry as it is written, with its port: `127.0.0.1:5000`.
    pub fn registry(&self) -> &str {
        self.inner.registry()
    }

    /// The host that answers for the registry.
    pub fn host(&self) -> &str {
        self.inner.resolve_registry()
    }

    /// The repository below the registry, with docker's `library/` where that is implied: `library/node`.
    pub fn repository(&self) -> &str {
        self.inner.repository()
    }

    /// The tag; `None` where the name has only a digest.
    pub fn tag(&self) -> Option<&str> {
        self.inner.tag()
    }

    /// The digest that pins it, if it has one; it counts more than the tag.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Registry and repository, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry(), self.repository())
    }

    /// The same repository, tag and digest below another registry, `HOST` or `HOST/PREFIX`.
    ///
    /// # Errors
    /// Where that is no name.
    pub fn at(&self, registry: &str) -> Result<Reference, ReferenceError> {
        let tag = self.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        let text = format!("{}/{}{tag}{digest}", registry.trim_end_matches('/'), self.repository());
        let found = Reference::parse(&text)?;
        // `mirror/x` without a dot, a colon or `localhost` would be a repository of docker's.
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
    /// Never, for a reference that was parsed.
    pub fn with_digest(&self, digest: &Digest) -> Result<Reference, ReferenceError> {
        Reference::parse(&format!("{}@{digest}", self.name()))
    }

    /// The same repository with this tag.
    ///
    /// # Errors
    /// Where the text is no tag.
    pub fn with_tag(&self, tag: &str) -> Result<Reference, ReferenceError> {
        Reference::parse(&format!("{}:{tag}", self.name()))
    }

    /// What a registry is asked for: the digest if there is one, else the tag.
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

/// Whether a host, with or without a port, is this machine: docker takes plain HTTP from 127.0.0.0/8 and ::1.
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
