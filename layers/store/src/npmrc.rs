//! Registries, credentials and TLS settings for npm packages, from `.npmrc` files and similar sources. In: text that
//! was already read. Out: settings. This module opens no file and reads no environment. The exceptions are certificates
//! and token helpers, when they are needed. Source: npm's documentation of npmrc; pnpm reads the same keys.

mod compose;
mod credentials;
mod expand;
mod ini;
mod source;
mod tls;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use fourply_blob::{Cause, Reason};
use url::Url;

use crate::redacted::Secret;
use crate::{Result, StoreError};

pub use compose::{NpmNotice, NpmPolicy};
pub use credentials::NpmCredentials;
pub use source::{NpmSource, NpmTrust};
pub use tls::{NpmTls, Pem};

/// The registry settings from all sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NpmConfig {
    /// `registry`.
    pub registry: Option<String>,
    /// `@scope:registry`, by scope with its `@`.
    pub scopes: BTreeMap<String, String>,
    /// The registries that lockfiles name, by name.
    pub named: BTreeMap<String, String>,
    /// Scopes, and `registry`, whose registry is unknown; with the setting that could not be used.
    pub(crate) unusable: BTreeMap<String, String>,
    /// `//host/path/:KEY`, by `//host/path/` and scope; an empty scope is for all packages.
    pub(crate) credentials: BTreeMap<(String, String), NpmCredentials>,
    /// Credentials that were withheld, by `//host/path/`.
    pub(crate) withheld: BTreeMap<String, Withheld>,
    /// TLS settings, by `//host/path/`.
    pub tls: BTreeMap<String, NpmTls>,
    /// `https-proxy`, `proxy`.
    pub proxy: Option<Secret>,
    /// `http-proxy`, if it differs.
    pub http_proxy: Option<Secret>,
    /// `no-proxy`.
    pub no_proxy: Option<String>,
    /// `strict-ssl=false`: the server's certificate is not verified.
    pub unverified: bool,
    /// `ca`: certificates in PEM.
    pub ca: Vec<String>,
    /// Certificates in PEM from the environment, not from npm settings. Other programs read them from there themselves.
    pub ca_of_environment: Vec<String>,
    /// `cafile`: the path of certificates in PEM.
    pub ca_file: Option<PathBuf>,
    /// `fetch-timeout`, in milliseconds in the file.
    pub fetch_timeout: Option<Duration>,
    /// `fetch-retries`: attempts after the first.
    pub fetch_retries: Option<usize>,
    pub(crate) exposed: Exposed,
    /// Whether `strict-ssl` was set.
    strictness: bool,
}

/// A credential that a repository tried to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Withheld {
    pub(crate) host: String,
}

/// The settings of a repository that affect connections to registries. The owner of the proxy, or of a trusted
/// certificate, can read the traffic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Exposed {
    /// The proxy host that the repository sets.
    pub(crate) proxy: Option<String>,
    /// Whether the repository sets the trusted certificates.
    pub(crate) trust: bool,
}

/// The authorization of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    /// The value of the `Authorization` header.
    pub header: Option<Secret>,
    /// The host that did not receive a credential, because only the repository names it.
    pub withheld: Option<String>,
}

impl NpmConfig {
    /// Sets a value, unless a source of higher priority has set it.
    fn set(&mut self, key: &str, value: &str, source: &NpmSource) {
        if let Some((place, scope, part)) = source::scoped(key) {
            self.tls_or_credentials(place, scope, (part, value), source);
        } else if let Some(scope) = key.strip_suffix(":registry").filter(|scope| scope.starts_with('@')) {
            self.scopes.entry(scope.to_owned()).or_insert_with(|| value.to_owned());
        } else if let Some(name) = key.strip_prefix("named-registry:") {
            self.named.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        } else {
            self.set_general(key, value, source);
        }
    }

    fn tls_or_credentials(
        &mut self,
        place: String,
        scope: &str,
        (part, value): (&str, &str),
        source: &NpmSource,
    ) {
        match part {
            "ca" | "cafile" | "cert" | "certfile" | "key" | "keyfile" => {
                self.exposed.trust |= source.trust == NpmTrust::Repository && part.starts_with("ca");
                self.tls.entry(place).or_default().set(part, value, &source.folder);
            }
            _ => self.credentials.entry((place, scope.to_owned())).or_default().set(part, value.to_owned()),
        }
    }

    fn set_general(&mut self, key: &str, value: &str, source: &NpmSource) {
        let of_repository = source.trust == NpmTrust::Repository;
        let none = matches!(value, "" | "null" | "false");
        match key {
            "registry" if !none => drop(self.registry.get_or_insert_with(|| value.to_owned())),
            "https-proxy" | "proxy" | "http-proxy" if !none => {
                let slot = if key == "http-proxy" { &mut self.http_proxy } else { &mut self.proxy };
                if slot.is_none() {
                    *slot = Some(Secret::new(value.to_owned()));
                    let host = of_repository.then(|| proxy_host(value)).flatten();
                    self.exposed.proxy = self.exposed.proxy.take().or(host);
                }
            }
            "no-proxy" | "noproxy" => drop(self.no_proxy.get_or_insert_with(|| value.to_owned())),
            "cafile" if !none && self.ca_file.is_none() => {
                self.ca_file = Some(source.folder.join(value));
                self.exposed.trust |= of_repository;
            }
            "strict-ssl" if !self.strictness => {
                self.strictness = true;
                self.unverified = value == "false";
                self.exposed.trust |= of_repository && self.unverified;
            }
            // As in npm, a value that is not a number is ignored.
            "fetch-timeout" => {
                self.fetch_timeout = self.fetch_timeout.or(value.parse().ok().map(Duration::from_millis));
            }
            "fetch-retries" => self.fetch_retries = self.fetch_retries.or(value.parse().ok()),
            _ => {}
        }
    }

    /// Registries, proxy and certificates as an `.npmrc`, without credentials. `registry` is the default registry.
    pub fn without_credentials(&self, registry: Option<&str>) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            // A newline would start another setting.
            text.push_str(&format!("{key}={}\n", value.replace('\r', "").replace('\n', "\\n")));
        };
        registry.iter().for_each(|url| line("registry", url));
        for (scope, url) in &self.scopes {
            // Text that is not a URL is reported when it is needed.
            if let Ok(url) = registry_url(url) {
                line(&format!("{scope}:registry"), &crate::redacted::shown(&url));
            }
        }
        self.proxy.iter().for_each(|url| {
            line("proxy", url.reveal());
            line("https-proxy", url.reveal());
        });
        self.ca_file.iter().for_each(|path| line("cafile", &path.display().to_string()));
        self.ca.iter().for_each(|pem| line("ca[]", &format!("\"{}\"", pem.replace('\n', "\\n"))));
        if self.unverified {
            line("strict-ssl", "false");
        }
        text
    }

    /// The registry of a package, ending in `/`; `None` if no source names one.
    ///
    /// # Errors
    /// If the registry is not a URL or could not be used: a scoped package is never requested elsewhere.
    pub fn registry_for(&self, package: &str) -> Result<Option<Url>> {
        let scope = package.split_once('/').map(|(scope, _)| scope).filter(|scope| scope.starts_with('@'));
        let of_scope = scope.and_then(|scope| self.scopes.get(scope));
        let unusable = match of_scope {
            Some(_) => None,
            None => scope.and_then(|scope| self.unusable.get(scope)),
        };
        let unusable = unusable.or_else(|| self.unusable.get("registry").filter(|_| of_scope.is_none()));
        if let Some(setting) = unusable {
            let (what, setting) = (package.to_owned(), setting.clone());
            return Err(StoreError::UnknownRegistry { what, setting });
        }
        of_scope.or(self.registry.as_ref()).map(|text| registry_url(text)).transpose()
    }

    /// The registry that lockfiles name `name`.
    ///
    /// # Errors
    /// If no setting defines the name.
    pub(crate) fn named(&self, name: &str, package: &str) -> Result<Url> {
        let unknown = || StoreError::NoNamedRegistry { what: package.to_owned(), name: name.to_owned() };
        registry_url(self.named.get(name).ok_or_else(unknown)?)
    }

    /// The authorization of a request for a URL: the credential of the longest matching `//host/path/`, first for the
    /// package's scope. As in pnpm, a host without a port applies to all of its ports.
    ///
    /// # Errors
    /// If a token helper prints no token.
    pub fn authorization(&self, url: &Url, package: Option<&str>) -> Result<Authorization> {
        let places = places(url);
        if let Some(proxy) =
            self.exposed.proxy.as_ref().filter(|_| self.exposed.trust || url.scheme() == "http")
        {
            let any = places.iter().any(|place| self.credentials.keys().any(|(known, _)| known == place));
            return Ok(Authorization { header: None, withheld: any.then(|| proxy.clone()) });
        }
        let scope = package.and_then(|name| name.split_once('/')).map(|(scope, _)| scope);
        for scope in scope.filter(|scope| scope.starts_with('@')).into_iter().chain([""]) {
            for place in &places {
                let held = self.credentials.get(&(place.clone(), scope.to_owned()));
                if let Some(header) = held.map(NpmCredentials::header).transpose()?.flatten() {
                    return Ok(Authorization { header: Some(header), withheld: None });
                }
            }
        }
        let withheld = places.iter().find_map(|place| self.withheld.get(place));
        Ok(Authorization { header: None, withheld: withheld.map(|withheld| withheld.host.clone()) })
    }

    /// The key in `tls` for a URL.
    pub(crate) fn tls_place(&self, url: &Url) -> Option<&str> {
        let found = places(url).into_iter().find_map(|place| self.tls.get_key_value(&place));
        found.map(|(place, _)| place.as_str())
    }

    /// Marks trust in the repository's proxy as granted.
    #[must_use]
    pub fn trusting(mut self, trusted: &std::collections::BTreeSet<String>) -> NpmConfig {
        self.exposed.proxy = self.exposed.proxy.filter(|proxy| !trusted.contains(proxy));
        self
    }
}

/// Every `//host/path/` that matches a URL, longest first; then those without its port.
fn places(url: &Url) -> Vec<String> {
    let whole = place_of(url);
    let mut all = under(&whole);
    if let Some(port) = url.port() {
        let without = whole.replacen(&format!(":{port}/"), "/", 1);
        all.extend(under(&without));
    }
    all
}

fn under(place: &str) -> Vec<String> {
    let ends = place.char_indices().skip(2).filter(|(_, letter)| *letter == '/');
    let mut all: Vec<String> = ends.filter_map(|(at, _)| place.get(..=at)).map(str::to_owned).collect();
    all.reverse();
    all
}

/// `//host:port/path/` of a URL.
pub(super) fn place_of(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("//{}{port}{}/", url.host_str().unwrap_or_default(), url.path().trim_end_matches('/'))
}

fn proxy_host(text: &str) -> Option<String> {
    let url = Url::parse(text).or_else(|_| Url::parse(&format!("http://{text}"))).ok()?;
    source::host_of(&place_of(&url))
}

/// A registry's URL with the trailing `/` that joining needs.
pub(crate) fn registry_url(text: &str) -> Result<Url> {
    let text = format!("{}/", text.trim_end_matches('/'));
    let wrong = |why: Cause| {
        // Without a possible password, and without a token in the query.
        let shown = text.rsplit_once('@').map_or(text.as_str(), |(_, host)| host);
        let shown = shown.split_once('?').map_or(shown, |(shown, _)| shown);
        let message = Reason::because(format!("the registry {shown:?} of .npmrc is no URL"), why);
        StoreError::Setting { message: message.into() }
    };
    let url = Url::parse(&text).map_err(|error| wrong(error.into()))?;
    match url.cannot_be_a_base() {
        true => Err(wrong("write it as https://HOST".into())),
        false => Ok(url),
    }
}

#[cfg(test)]
mod tests;
