//! The HTTP clients. In: certificate authorities; the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, which
//! reqwest reads. Out: one client without a proxy for loopback, and one for all other hosts. Docker, Podman and skopeo
//! do the same, through Go's `http.ProxyFromEnvironment`.

use std::time::Duration;

use fourply_store::client_builder;
use url::Url;

use super::error::RegistryError;
use crate::reference::is_loopback;

/// One client for loopback and one for all other hosts.
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

/// Creates HTTP clients for [`Registries`](super::Registries). Whole requests have no time limit, because a layer can
/// take long. A redirect to another host drops the credentials. `authorities` are PEM texts of additional certificate
/// authorities.
///
/// # Errors
/// If an authority is not a certificate, or the system's authorities cannot be read.
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
