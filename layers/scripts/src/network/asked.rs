//! What a request is for. In: the connection that it came by, its first line and headers; texts with URLs. Out: a URL, as it is asked and as it is
//! written down; ports.

use std::collections::BTreeSet;

use hyper::Request;
use hyper::header::HOST;
use url::{Host, Url};

/// How many ports are taken out of texts.
const MOST: usize = 16;

/// The server that a connection is to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub secure: bool,
    /// As the client named it; nothing where only the request says it.
    pub host: Option<String>,
    pub port: u16,
}

/// The URL that a request asks for. Without `origin` it came to a proxy, and says all itself.
pub(super) fn url<T>(origin: Option<&Origin>, request: &Request<T>) -> Result<Url, &'static str> {
    let Some(origin) = origin else {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| "a proxy is asked for whole URLs")?;
        let plain = url.scheme() == "http" && url.has_host();
        return if plain { Ok(url) } else { Err("a proxy is asked for whole URLs of HTTP") };
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
        return Err("the host is no name");
    }
    Url::parse(&format!("{scheme}://{host}:{}{path}", origin.port)).map_err(|_| "the host is no name")
}

/// `example.org` of `example.org:443`; of an address of IPv6, its brackets too.
pub(super) fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A URL as it is written down: without its fragment, and without what may be a credential. Two URLs that differ in nothing else are one file.
pub(super) fn written(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    // A URL with a host can do without both.
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

/// The ports of HTTP servers that texts name, those of this machine's loopback interface apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NamedPorts {
    pub all: BTreeSet<u16>,
    /// Of this machine.
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

/// Whether a URL is where a registry, one of those that a text names, tells of a package's versions: `NAME`, `@SCOPE/NAME` or `@SCOPE%2fNAME`.
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
