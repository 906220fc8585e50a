//! A script's network access. In: the owner of the script, its permission, locked downloads. Out: while the script
//! runs, answers to its requests, from or through the store; afterwards, its requests without success. This module does
//! not know sandboxes: it receives sockets that were opened where the script runs.
//!
//! A script without permission gets the answer that no name exists, and the names it requested are recorded. For a
//! script with permission, every name resolves to its own loopback interface. There this program listens: as a server
//! of HTTP and HTTPS, and as a proxy. So all programs are served, whether they support proxies or not. Responses are
//! stored under their URL and the hash of their bytes, and stay the same from then on.

mod answer;
mod asked;
mod attempts;
mod authority;
mod complete;
mod downloads;
pub(crate) mod names;
mod reached;
mod serve;
mod session;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use fourply_store::Fetcher;

use crate::beneath::Beneath;
use crate::secrets::SecretFinder;

pub(crate) use asked::ports;
pub use attempts::{Attempts, Problem};
pub use complete::complete;
pub use downloads::{DownloadLines, Downloads};
pub(crate) use reached::during;

/// The port of the proxy, if a script has its own network.
pub(crate) const PROXY_PORT: u16 = 3128;
/// The ports in a script's own network on which this program acts as every server.
pub(crate) const SERVER_PORTS: [u16; 2] = [80, 443];
/// The certificate authority, in the folder for temporary files.
pub(crate) const AUTHORITY_FILE: &str = "fourply-ca.pem";

/// The network access of one script.
#[derive(Debug, Clone, Copy)]
pub struct ScriptNetwork<'a> {
    /// The script's owner: `puppeteer@22.1.0`, `services/web`.
    pub owner: &'a str,
    /// Whether it may use the network.
    pub allowed: bool,
    /// The locked downloads, and those added since.
    pub downloads: &'a Downloads,
    /// The source of everything remote.
    pub fetcher: &'a Fetcher,
    /// Texts with URLs of servers that the user configured, in addition to the script's variables.
    pub configured: &'a str,
    /// Package metadata from registries among `configured` is not locked, because it changes with each release. Package
    /// files are.
    pub installs: bool,
    /// Finds the script's secrets: the lock must not contain any of them.
    pub secrets: Option<&'a SecretFinder>,
}

/// Sockets in the network of a script.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// The socket for DNS queries.
    pub names: Option<UdpSocket>,
    pub listeners: Vec<TcpListener>,
    /// The proxy's port among those of `listeners`.
    pub proxy: u16,
}

impl ScriptNetwork<'_> {
    /// Writes the build's certificate authority to a folder that the script sees.
    pub(crate) fn write_authority(&self, folder: &Path) -> std::io::Result<()> {
        let authority = self.downloads.authority().map_err(std::io::Error::other)?;
        // An earlier script may have left a link there.
        Beneath::open(folder)
            .and_then(|folder| folder.write(AUTHORITY_FILE, false, authority.pem().as_bytes()))
            .map_err(std::io::Error::other)
    }
}

/// The variables by which programs find and trust the proxy.
pub(crate) fn variables(port: u16, folder: &Path) -> BTreeMap<String, OsString> {
    const PROXIES: [&str; 9] = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "npm_config_proxy",
        "npm_config_http_proxy",
        "npm_config_https_proxy",
        "GLOBAL_AGENT_HTTP_PROXY",
        "GLOBAL_AGENT_HTTPS_PROXY",
    ];
    const EXCEPT: [&str; 4] = ["NO_PROXY", "no_proxy", "npm_config_noproxy", "GLOBAL_AGENT_NO_PROXY"];
    const AUTHORITIES: [&str; 10] = [
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "PIP_CERT",
        "GIT_SSL_CAINFO",
        "AWS_CA_BUNDLE",
        "CARGO_HTTP_CAINFO",
        "npm_config_cafile",
        "pnpm_config_cafile",
    ];
    let proxy = OsString::from(format!("http://127.0.0.1:{port}"));
    let file = folder.join(AUTHORITY_FILE);
    let proxies = PROXIES.map(|name| (name, proxy.clone()));
    let except = EXCEPT.map(|name| (name, "localhost,127.0.0.1,::1".into()));
    let authorities = AUTHORITIES.map(|name| (name, file.clone().into()));
    let all = proxies.into_iter().chain(except).chain(authorities);
    // node of 2025 and later uses the variables above only with this one.
    let all = all.chain([("NODE_USE_ENV_PROXY", "1".into())]);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}
