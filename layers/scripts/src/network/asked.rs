//! The target of a request. In: its connection, its first line and headers; texts with URLs. Out: a URL, as requested
//! and as recorded; ports.

use std::collections::BTreeSet;

use hyper::Request;
use hyper::header::HOST;
use url::{Host, Url};

/// The most ports from texts.
const MOST: usize = 16;

/// The server of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub secure: bool,
    /// The name used by the client; `None` if only the request contains it.
    pub host: Option<String>,
    pub port: u16,
}

/// The URL of a request. Without `origin`, the request came to a proxy and contains the whole URL.
pub(super) fn url<T>(origin: Option<&Origin>, request: &Request<T>) -> Result<Url, &'static str> {
    let Some(origin) = origin else {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|_| "a request to a proxy must contain a whole URL")?;
        let plain = url.scheme() == "http" && url.has_host();
        return if plain { Ok(url) } else { Err("a request to a proxy must contain a whole HTTP URL") };
    };
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let named = named.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let named = named.map(host_of);
    let host = match (&origin.host, named) {
        (Some(host), Some(named)) if host.eq_ignore_ascii_case(named) => named,
        (None, Some(named)) => named,
        (Some(host), None) => host,
        _ => return Err("the request is for another host than the connection"),
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let scheme = if origin.secure { "https" } else { "http" };
    let path = if path.starts_with('/') { path } else { "/" };
    if host.contains(['/', '@', '?', '#', '\\']) {
        return Err("the host is not a name");
    }
    Url::parse(&format!("{scheme}://{host}:{}{path}", origin.port)).map_err(|_| "the host is not a name")
}

/// `example.org` from `example.org:443`; for an IPv6 address, including its brackets.
pub(super) fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A URL as recorded: without its fragment and possible credentials. Two URLs that differ only in these count as one
/// file.
pub(super) fn written(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    // This cannot fail for a URL with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let kept = url.query().map(|query| {
        let open = query.split('&').filter(|pair| !is_secret(pair.split('=').next().unwrap_or_default()));
        open.collect::<Vec<_>>().join("&")
    });
    url.set_query(kept.as_deref().filter(|query| !query.is_empty()));
    url.into()
}

/// Whether a parameter of this name may hold a credential.
fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["token", "secret", "password", "passwd", "signature", "credential", "apikey", "api_key"];
    const NAMES: [&str; 5] = ["sig", "key", "auth", "jwt", "api-key"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word)) || NAMES.contains(&name.as_str())
}

/// The ports of HTTP servers in texts; those of this host's loopback interface are separate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NamedPorts {
    pub all: BTreeSet<u16>,
    /// Ports of this host.
    pub local: BTreeSet<u16>,
}

/// The ports in URLs of these texts.
pub(crate) fn ports<'t>(texts: impl Iterator<Item = &'t str>) -> NamedPorts {
    let mut ports = NamedPorts::default();
    for url in texts.flat_map(urls) {
        let Some(port) = url.port_or_known_default().filter(|_| ports.all.len() < MOST) else { continue };
        ports.all.insert(port);
        let local = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if local {
            ports.local.insert(port);
        }
    }
    ports
}

/// Whether a URL is package metadata at a registry from a text: `NAME`, `@SCOPE/NAME` or `@SCOPE%2fNAME`.
pub(super) fn is_metadata(url: &Url, configured: &str) -> bool {
    let of_package = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        let whole = match parts.as_slice() {
            [name] => !name.starts_with('-'),
            [scope, _] => scope.starts_with('@'),
            _ => false,
        };
        whole && !path.is_empty() && ![".tgz", ".tar.gz"].iter().any(|end| path.ends_with(end))
    };
    urls(configured).any(|registry| {
        let base = format!("{}/", registry.path().trim_end_matches('/'));
        registry.origin() == url.origin() && url.path().strip_prefix(&base).is_some_and(of_package)
    })
}

fn urls(text: &str) -> impl Iterator<Item = Url> {
    let starts = ["http://", "https://"].into_iter().flat_map(|scheme| text.match_indices(scheme));
    starts.filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`,;<>)".contains(c)).unwrap_or(rest.len());
        Url::parse(rest.get(..end)?).ok()
    })
}

#[cfg(test)]
mod tests;
