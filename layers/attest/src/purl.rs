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

/// A URL without what may be secret: user, password and query. A text that is none is given back up to its query, and without what stands before an `@`
/// of its host.
pub fn public(url: &str) -> String {
    let before = url.split(['?', '#']).next().unwrap_or_default();
    let Ok(mut parsed) = Url::parse(before) else {
        let Some((scheme, rest)) = before.split_once("://") else { return before.to_owned() };
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        return format!("{scheme}://{host}");
    };
    // Of URLs that can have neither, there is nothing to take away.
    let _ = parsed.set_password(None);
    if !parsed.scheme().contains("ssh") {
        let _ = parsed.set_username("");
    }
    parsed.into()
}

/// A text that may have a URL behind a name and an `@`, as keys of lockfiles do, without what may be secret in the URL.
pub fn public_key(text: &str) -> String {
    let Some((scheme, _)) = text.split_once("://") else { return text.to_owned() };
    let start = scheme.rfind('@').map_or(0, |at| at + 1);
    let (name, url) = text.split_at(start);
    format!("{name}{}", public(url))
}

/// What stands between the scheme and the host in names of folders. Source: pnpm's `depPathToFilename` writes `:` and `/` as `+`.
const SCHEMES: [&str; 3] = ["http+++", "https+++", "ssh+++"];
/// What stands in place of the rest of a folder's name.
const MASK: &str = "***";

/// A path whose folders may be named by URLs, without what may be secret in their names: of a folder whose URL has a user or a query, the name ends at the
/// scheme.
pub fn public_path(path: &str) -> String {
    path.split('/').map(folder).collect::<Vec<_>>().join("/")
}

fn folder(name: &str) -> String {
    let starts = SCHEMES.iter().filter_map(|scheme| name.find(scheme).map(|at| at + scheme.len()));
    let Some((scheme, rest)) = starts.min().map(|at| name.split_at(at)) else { return name.to_owned() };
    // A user with a name alone is no secret of ssh's.
    let rest_of_user = rest.strip_prefix("git@").filter(|_| scheme.ends_with("ssh+++")).unwrap_or(rest);
    let is_secret = rest_of_user.contains(['@', '='])
        || [".tgz+", ".tar.gz+"].into_iter().any(|end| rest_of_user.contains(end));
    if is_secret { format!("{scheme}{MASK}") } else { name.to_owned() }
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
        assert_eq!(public("https://me:secret@not a host/x"), "https://not a host/x");
        assert_eq!(public("git+ssh://git:secret@example.org/x.git"), "git+ssh://git@example.org/x.git");
    }

    #[test]
    fn keys_and_folders_lose_what_may_be_secret() {
        assert_eq!(public_key("@s/a@https://u:p@h.example/a.tgz?t=1"), "@s/a@https://h.example/a.tgz");
        assert_eq!(public_key("@s/a@1.0.0"), "@s/a@1.0.0");
        let store = |name: &str| format!("/app/node_modules/.pnpm/{name}/node_modules/a");
        for name in ["a@http+++u+pw@h+4873+a.tgz", "a@http+++h+a.tgz+tok=x", "a@http+++h+a.tgz+x"] {
            assert_eq!(public_path(&store(name)), store("a@http+++***"), "{name}");
        }
        let peer = "b@1.0.0_a@git+https+++u+pw@h+a.git";
        assert_eq!(public_path(&store(peer)), store("b@1.0.0_a@git+https+++***"));
        for name in [
            "@s+a@1.0.0_react@18.0.0",
            "a@https+++codeload.github.com+u+a+tar.gz+0123",
            "a@git+ssh+++git@h+u+a.git",
            "a@git+https+++h+u+a.git+0123&path+x",
            "a@file+vendor+a.tgz",
        ] {
            assert_eq!(public_path(&store(name)), store(name));
        }
    }
}
