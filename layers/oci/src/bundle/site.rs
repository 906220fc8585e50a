//! Repositories of the other side, below the registry that a bundle is published to. In: text. Out: references.

use crate::reference::{Reference, ReferenceError};

/// A repository and tag below a registry with or without a prefix.
///
/// # Errors
/// If the registry's name is invalid.
pub(super) fn below(registry: &str, repository: &str, tag: &str) -> Result<Reference, ReferenceError> {
    let text = format!("{}/{repository}:{tag}", registry.trim_end_matches('/'));
    // A first part that is not a host would be read as a Docker Hub repository.
    let host = registry.split('/').next().unwrap_or_default();
    match Reference::parse(&text) {
        Ok(found) if found.registry() == host => Ok(found),
        Err(error) => Err(error),
        Ok(_) => Err(ReferenceError {
            text: registry.to_owned(),
            reason: "name a registry: HOST:PORT or HOST.DOMAIN, with /PREFIX if you like".to_owned(),
        }),
    }
}
