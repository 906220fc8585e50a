//! The HTTP clients. In: certificate authorities; the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, which reqwest reads. Out: one client for
//! this machine, which no proxy can reach, and one for all others. Docker, podman and skopeo make the same difference, as Go's
//! `http.ProxyFromEnvironment` does.

use std::time::Duration;

use fourply_store::client_builder;
use url::Url;

use super::error::RegistryError;
use crate::reference::is_loopback;

/// The ways out of this program.
#[derive(Debug, Clone)]
pub struct HttpClients {
    here: reqwest::Client,
    outside: reqwest::Client,
}

impl HttpClients {
    /// The client for a URL.
    pub(super) fn to(&self, url: &Url) -> &reqwest::Client {
        match url.host_str().is_some_and(is_loopback) {
            true => &self.here,
            false => &self.outside,
        }
    }
}

/// HTTP clients for [`Registries`](super::Registries): no limit on whole requests, since a layer takes as long as it takes; redirects lose the
/// credentials where they lead to another host. `authorities` are PEM texts of further authorities to trust.
///
/// # Errors
/// Where an authority is no certificate, or the system's cannot be read.
pub fn http_clients(authorities: &[Vec<u8>]) -> Result<HttpClients, RegistryError> {
    let failed = |source: reqwest::Error| RegistryError::Client { source };
    let mut certificates = Vec::new();
    for pem in authorities {
        let found = reqwest::Certificate::from_pem_bundle(pem).map_err(failed)?;
        if found.is_empty() {
            return Err(RegistryError::Authority);
        }
        certificates.extend(found);
    }
    let builder = || {
        client_builder()
            .connect_timeout(Duration::from_secs(20))
            .referer(false)
            .tls_certs_merge(certificates.clone())
    };
    let (here, outside) = (builder().no_proxy().build(), builder().build());
    Ok(HttpClients { here: here.map_err(failed)?, outside: outside.map_err(failed)? })
}
