//! npm registry data about a package's versions. In: a name, a version or tag. Out: tarball URL and integrity. An exact
//! version never changes, so its data is kept.

use fourply_blob::Reason;
use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::{Fetcher, NpmVersion, http};
use crate::redacted::shown;
use crate::{Result, StoreError};

/// The size limit of a packument, in bytes.
const MAX_PACKUMENT: u64 = 256 << 20;
/// The abbreviated form: only versions and their tarballs.
const ACCEPT: &str = "application/vnd.npm.install-v1+json, application/json;q=0.8";

#[derive(Deserialize)]
struct Packument {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Version>,
}

impl Packument {
    /// The version for the tag `latest-9` in a registry without such tags, such as a mirror: the newest release that
    /// begins with 9.
    fn newest_of(&self, tag: &str) -> Option<&str> {
        let major: u64 = tag.strip_prefix("latest-")?.parse().ok()?;
        let releases = self.versions.keys().filter_map(|text| Some((release(text)?, text.as_str())));
        releases.filter(|(numbers, _)| numbers.0 == major).max().map(|(_, text)| text)
    }
}

/// Whether a URL may contain a token or a password. Such a URL is requested again each time and never stored.
fn has_secret(url: &str) -> bool {
    Url::parse(url)
        .is_ok_and(|url| url.query().is_some() || !url.username().is_empty() || url.password().is_some())
}

/// The numbers of a version; `None` for a prerelease.
fn release(text: &str) -> Option<(u64, u64, u64)> {
    let mut parts = text.splitn(3, '.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[derive(Deserialize)]
struct Version {
    dist: Dist,
}

#[derive(Deserialize)]
struct Dist {
    tarball: String,
    integrity: Option<String>,
}

impl Fetcher {
    /// One version of a package, by its number or a tag.
    ///
    /// # Errors
    /// If the package or version does not exist, or has no integrity.
    pub fn npm_version(&self, name: &str, version_or_tag: &str) -> Result<NpmVersion> {
        let exact = version_or_tag.starts_with(|c: char| c.is_ascii_digit());
        let registry = self.settings.npm.registry_for(name)?.as_ref().map(shown);
        let record = VersionOf { registry, name, version: version_or_tag };
        if let Some(known) = self.store.get(&record).filter(|_| exact) {
            return Ok(known);
        }
        let packument = self.packument(name)?;
        let tagged = packument.tags.get(version_or_tag).map(String::as_str);
        let version = tagged.or_else(|| packument.newest_of(version_or_tag)).unwrap_or(version_or_tag);
        let absent = || StoreError::Absent {
            what: format!("{name}@{version}"),
            url: self.packument_url(name),
            status: 404,
        };
        let dist = &packument.versions.get(version).ok_or_else(absent)?.dist;
        let integrity = dist.integrity.clone().ok_or_else(|| StoreError::Integrity {
            text: String::new(),
            reason: "the registry gives none for this version",
        })?;
        let found = NpmVersion { version: version.to_owned(), tarball: dist.tarball.clone(), integrity };
        if exact && !has_secret(&found.tarball) {
            self.store.put(&record, &found)?;
        }
        Ok(found)
    }

    /// An `.npmrc` with the same registries for another program, without credentials.
    ///
    /// # Errors
    /// If the default registry is not a URL.
    pub fn npmrc(&self) -> Result<String> {
        let registry = self.registry("any")?;
        Ok(self.settings.npm.without_credentials(Some(shown(&registry).as_str())))
    }

    /// All versions of a package in the registry, as written there.
    ///
    /// # Errors
    /// If the package does not exist.
    pub fn npm_versions(&self, name: &str) -> Result<Vec<String>> {
        Ok(self.packument(name)?.versions.into_keys().collect())
    }

    fn packument(&self, name: &str) -> Result<Packument> {
        self.online(name)?;
        let registry = self.registry(name)?;
        let url = registry.join(&name.replace('/', "%2f"));
        let url = url.map_err(|error| StoreError::Setting {
            message: Reason::because(format!("{registry}{name} is no URL"), error).into(),
        })?;
        let engine = self.engine()?;
        let get = http::Get {
            url: &url,
            accept: Some(ACCEPT),
            what: name,
            max: MAX_PACKUMENT,
            package: Some(name),
        };
        let bytes = engine.runtime.block_on(http::bytes(&engine.clients, &self.settings, get))?;
        serde_json::from_slice(&bytes).map_err(|error| StoreError::Document {
            url: shown(&url),
            expected: "an npm packument",
            reason: error.into(),
        })
    }

    fn packument_url(&self, name: &str) -> String {
        self.registry(name).map_or_else(|_| name.to_owned(), |url| format!("{}{name}", shown(&url)))
    }
}

crate::record! {
    /// A version of a package. The registry is part of the key: another registry may have another package of the same
    /// name.
    struct VersionOf<'a> in NpmVersion, rules 4 => NpmVersion {
        /// `None` is npm's default registry, so npm need not be asked for its name.
        registry: Option<String>,
        name: &'a str,
        version: &'a str,
    }
}

#[cfg(test)]
mod tests;
