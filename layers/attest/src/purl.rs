//! Package URLs. In: a type, a name, a version, qualifiers. Out: the one text that they have. Source: package-url/purl-spec, PURL-SPECIFICATION.rst and
//! PURL-TYPES.rst.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What stands for itself in every part. Source: purl-spec, "Character encoding".
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');
/// In values of qualifiers, slashes do as well.
const VALUE: &AsciiSet = &PART.remove(b'/');

/// A package URL, such as `pkg:npm/%40scope/name@1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purl {
    kind: &'static str,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: BTreeMap<&'static str, String>,
}

impl Purl {
    fn new(kind: &'static str, namespace: Option<&str>, name: &str, version: Option<&str>) -> Purl {
        let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Purl {
            kind,
            namespace: filled(namespace),
            name: name.to_owned(),
            version: filled(version),
            qualifiers: BTreeMap::new(),
        }
    }

    /// A package of npm's, by its name with its scope.
    pub fn npm(name: &str, version: Option<&str>) -> Purl {
        match name.split_once('/') {
            Some((scope, name)) => Purl::new("npm", Some(scope), name, version),
            None => Purl::new("npm", None, name, version),
        }
    }

    /// A package of a distribution with dpkg: `debian`, `ubuntu`.
    pub fn deb(distribution: &str, name: &str, version: &str) -> Purl {
        Purl::new("deb", Some(distribution), name, Some(version))
    }

    /// A package of a distribution with apk: `alpine`, `wolfi`.
    pub fn apk(distribution: &str, name: &str, version: &str) -> Purl {
        Purl::new("apk", Some(distribution), name, Some(version))
    }

    /// What no registry of packages has.
    pub fn generic(name: &str, version: Option<&str>) -> Purl {
        Purl::new("generic", None, name, version)
    }

    /// An image, by the last part of its name and its digest.
    pub fn oci(name: &str, digest: &str) -> Purl {
        Purl::new("oci", None, &name.to_ascii_lowercase(), Some(digest))
    }

    /// With a qualifier; an empty value is as good as none.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: &str) -> Purl {
        if !value.is_empty() {
            self.qualifiers.insert(key, value.to_owned());
        }
        self
    }

    /// With a URL as a qualifier: without user, password and query, which may be secret.
    #[must_use]
    pub fn with_url(self, key: &'static str, url: &str) -> Purl {
        let shown = public(url);
        self.with(key, &shown)
    }
}

/// A URL without what may be secret. A text that is none is given back up to its query.
pub(crate) fn public(url: &str) -> String {
    let before = url.split(['?', '#']).next().unwrap_or_default();
    let Ok(mut parsed) = Url::parse(before) else { return before.to_owned() };
    // Of URLs that can have neither, there is nothing to take away.
    let _ = parsed.set_password(None);
    if !parsed.scheme().contains("ssh") {
        let _ = parsed.set_username("");
    }
    parsed.into()
}

impl fmt::Display for Purl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text| utf8_percent_encode(text, PART);
        write!(out, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(out, "{}/", part(namespace))?;
        }
        write!(out, "{}", part(&self.name))?;
        if let Some(version) = &self.version {
            write!(out, "@{}", part(version))?;
        }
        for (number, (key, value)) in self.qualifiers.iter().enumerate() {
            let sign = if number == 0 { '?' } else { '&' };
            write!(out, "{sign}{key}={}", utf8_percent_encode(value, VALUE))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right sides are what packageurl-python 0.17 prints.
    #[test]
    fn names_and_versions_are_encoded_as_the_specification_says() {
        let shown = |purl: Purl| purl.to_string();
        assert_eq!(
            shown(Purl::npm("@angular/animation", Some("12.3.1"))),
            "pkg:npm/%40angular/animation@12.3.1"
        );
        assert_eq!(shown(Purl::npm("a", Some("1.0.0+build"))), "pkg:npm/a@1.0.0%2Bbuild");
        assert_eq!(shown(Purl::npm("a", None)), "pkg:npm/a");
        let deb = Purl::deb("debian", "libstdc++6", "1:2.4~rc1-2+b1").with("distro", "debian-12");
        let deb = deb.with("arch", "amd64").with("upstream", "");
        assert_eq!(shown(deb), "pkg:deb/debian/libstdc%2B%2B6@1:2.4~rc1-2%2Bb1?arch=amd64&distro=debian-12");
        let git =
            Purl::npm("b", Some("1.0.0")).with_url("vcs_url", "git+ssh://git@example.org/b.git?token=x");
        assert_eq!(shown(git), "pkg:npm/b@1.0.0?vcs_url=git%2Bssh://git%40example.org/b.git");
    }

    #[test]
    fn urls_lose_what_may_be_secret() {
        assert_eq!(public("https://me:secret@example.org/x.tgz?token=1#f"), "https://example.org/x.tgz");
        assert_eq!(public("file:../x.tgz"), "file:///x.tgz");
        assert_eq!(public("not a url?x"), "not a url");
    }
}
