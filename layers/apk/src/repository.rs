//! The sources of packages. In: lines of `/etc/apk/repositories`, or a mirror and a release. Out: repositories, each
//! with its tag, and the URLs of their files. Source of the form: apk-repositories(5).

use std::path::Path;

use fourply_blob::{Cause, Feed, KeyValue};
use url::Url;

use crate::error::{ApkError, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApkRepository {
    /// The parent of the architectures' folders; ends with a slash.
    pub url: Url,
    /// `@edge`, without the at sign: only packages requested with this tag come from here.
    pub tag: Option<String>,
}

impl KeyValue for ApkRepository {
    fn feed(&self, feed: &mut Feed<'_>) {
        let Self { url, tag } = self;
        (url.as_str(), tag).feed(feed);
    }
}

impl ApkRepository {
    /// Parses one line: `[@tag ]URL` or a path; `None` for a comment or an empty line.
    ///
    /// # Errors
    /// If it is neither.
    pub(crate) fn parse(line: &str, root: &Path) -> Result<Option<Self>> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (tag, place) = match line.strip_prefix('@').and_then(|rest| rest.split_once([' ', '\t'])) {
            Some((tag, place)) => (Some(tag.to_owned()), place.trim()),
            None => (None, line),
        };
        let wrong = |reason: Cause| ApkError::setting("repository", line, reason);
        if place.starts_with('@') || place.contains(char::is_whitespace) || place.starts_with("ndx ") {
            return Err(wrong("write it as URL or @tag URL".into()));
        }
        let url = match place.contains("://") {
            true => Url::parse(place).map_err(|error| wrong(error.into()))?,
            false => {
                Url::from_directory_path(root.join(place)).map_err(|()| wrong("it is no path".into()))?
            }
        };
        if !matches!(url.scheme(), "http" | "https" | "file") {
            return Err(wrong(format!("{} is not supported; use https, http or file", url.scheme()).into()));
        }
        Ok(Some(Self { url: folder(url), tag }))
    }

    /// The repositories of a mirror: `main` and `community` of a release, `v3.19` or `edge`.
    ///
    /// # Errors
    /// If the release is invalid.
    pub(crate) fn of_mirror(mirror: &Url, release: &str) -> Result<Vec<Self>> {
        let release = release_folder(release)?;
        let url = |section: &str| {
            let mirror = folder(mirror.clone());
            mirror
                .join(&format!("{release}/{section}/"))
                .map_err(|error| ApkError::setting("mirror", mirror.as_str(), error))
        };
        ["main", "community"].iter().map(|section| Ok(Self { url: url(section)?, tag: None })).collect()
    }

    /// The same for another release, if the URL has a release folder: `…/v3.20/main`.
    ///
    /// # Errors
    /// If the release is invalid.
    pub(crate) fn of_release(&self, release: &str) -> Result<Option<Self>> {
        let release = release_folder(release)?;
        let mut parts: Vec<&str> = self.url.path().trim_end_matches('/').split('/').collect();
        let Some(own) = parts.len().checked_sub(2).and_then(|at| parts.get_mut(at)) else { return Ok(None) };
        if release_folder(own).is_err() {
            return Ok(None);
        }
        *own = &release;
        let mut url = self.url.clone();
        url.set_path(&format!("{}/", parts.join("/")));
        Ok(Some(Self { url, tag: self.tag.clone() }))
    }

    /// The URL of the index.
    ///
    /// # Errors
    /// If the URL cannot have a path below it.
    pub(crate) fn index(&self, architecture: &str) -> Result<Url> {
        self.below(architecture, "APKINDEX.tar.gz")
    }

    /// The URL of a package.
    ///
    /// # Errors
    /// Those of [`ApkRepository::index`].
    pub(crate) fn package(&self, architecture: &str, name: &str, version: &str) -> Result<Url> {
        self.below(architecture, &format!("{name}-{version}.apk"))
    }

    fn below(&self, architecture: &str, file: &str) -> Result<Url> {
        let path = format!("{architecture}/{file}");
        self.url.join(&path).map_err(|error| ApkError::setting("repository", self.url.as_str(), error))
    }
}

/// `3.19` becomes `v3.19` in URLs; only `edge` has no number.
fn release_folder(release: &str) -> Result<String> {
    let number = release.strip_prefix('v').unwrap_or(release);
    let is_number =
        number.split('.').count() == 2 && number.split('.').all(|part| part.parse::<u16>().is_ok());
    match release {
        "edge" | "latest-stable" => Ok(release.to_owned()),
        _ if is_number => Ok(format!("v{number}")),
        _ => Err(ApkError::setting("release", release, "write it as v3.22 or edge")),
    }
}

fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_mirrors_are_read() {
        let root = Path::new("/work");
        let read = |line: &str| ApkRepository::parse(line, root);
        assert_eq!(read("# x").unwrap(), None);
        let tagged = read("@edge https://mirror.test/alpine/edge/main").unwrap().unwrap();
        assert_eq!(tagged.tag.as_deref(), Some("edge"));
        assert_eq!(
            tagged.index("x86_64").unwrap().as_str(),
            "https://mirror.test/alpine/edge/main/x86_64/APKINDEX.tar.gz"
        );
        assert_eq!(read("repo").unwrap().unwrap().url.as_str(), "file:///work/repo/");
        for line in ["@edge", "ftp://x/y", "a b", "@a @b c"] {
            assert!(read(line).is_err(), "{line}");
        }
        let mirror = Url::parse("https://mirror.test/alpine").unwrap();
        let urls =
            |release| ApkRepository::of_mirror(&mirror, release).map(|all| all[1].url.to_string()).ok();
        assert_eq!(urls("3.19").as_deref(), Some("https://mirror.test/alpine/v3.19/community/"));
        assert_eq!(urls("edge").as_deref(), Some("https://mirror.test/alpine/edge/community/"));
        let other = |line: &str, release| {
            let repository = read(line).unwrap().unwrap().of_release(release).unwrap();
            repository.map(|repository| repository.url.to_string())
        };
        let at = |release| format!("https://mirror.test/alpine/{release}/main/");
        assert_eq!(other(&at("v3.19"), "3.22"), Some(at("v3.22")));
        assert_eq!(other(&at("edge"), "v3.22"), Some(at("v3.22")));
        assert_eq!(other("https://mirror.test/own", "v3.22"), None);
        assert_eq!(urls("3"), None);
        assert_eq!(urls("../x"), None);
    }
}
