//! What a script reaches of the network. In: whose script it is, whether it may, what is locked. Out: while the script runs, answers to its requests,
//! from the store or through it; afterwards, what it asked for in vain. It knows nothing of sandboxes: sockets come in, made where the script is.
//!
//! A script that may not use the network hears that no name exists, and the names that it asked for are noted. One that may finds every name at
//! its own loopback interface, and there this program: as a server of HTTP and HTTPS, and as a proxy. So all programs are served, whether they
//! know of proxies or not. What they get is kept under its URL and the hash of its bytes, and is the same ever after.

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

/// The port of the proxy where a script has a network of its own.
pub(crate) const PROXY_PORT: u16 = 3128;
/// The ports of a script's own network at which this program is every server.
pub(crate) const SERVER_PORTS: [u16; 2] = [80, 443];
/// The certificate authority, in the folder for temporary files.
pub(crate) const AUTHORITY_FILE: &str = "fourply-ca.pem";

/// What one script may reach.
#[derive(Debug, Clone, Copy)]
pub struct ScriptNetwork<'a> {
    /// Whose script it is: `puppeteer@22.1.0`, `services/web`.
    pub owner: &'a str,
    /// Whether it may use the network.
    pub allowed: bool,
    /// What is locked, and what came since.
    pub downloads: &'a Downloads,
    /// The way to everything remote.
    pub fetcher: &'a Fetcher,
    /// Texts with URLs of servers that the user configured, besides the script's variables.
    pub configured: &'a str,
    /// What registries among `configured` say of a package's versions is not locked: it is another text after each release. Their files are.
    pub installs: bool,
    /// Finds the secrets that the script was given: none of them may be in what is locked.
    pub secrets: Option<&'a SecretFinder>,
}

/// Sockets of the network that a script sees.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    /// Where it asks for addresses of names.
    pub names: Option<UdpSocket>,
    pub listeners: Vec<TcpListener>,
    /// The port among those of `listeners` that is a proxy's.
    pub proxy: u16,
}

impl ScriptNetwork<'_> {
    /// Writes the certificate authority of the build to a folder that the script sees.
    pub(crate) fn write_authority(&self, folder: &Path) -> std::io::Result<()> {
        let authority = self.downloads.authority().map_err(std::io::Error::other)?;
        // An earlier script may have left a link there.
        Beneath::open(folder)
            .and_then(|folder| folder.write(AUTHORITY_FILE, false, authority.pem().as_bytes()))
            .map_err(std::io::Error::other)
    }
}

/// The variables by which programs find the proxy, and trust it.
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
    // node of 2025 and later goes by the variables above if it is told to.
    let all = all.chain([("NODE_USE_ENV_PROXY", "1".into())]);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}
