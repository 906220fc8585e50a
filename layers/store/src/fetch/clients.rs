//! The HTTP clients for downloads: one general client, and one for each registry with its own TLS settings. In:
//! settings. Out: the client for a URL. This module must not know requests or credentials.

use std::collections::BTreeMap;

use fourply_blob::{Cause, Reason};
use reqwest::{Client, ClientBuilder, NoProxy, Proxy};
use url::Url;

use super::request::FetchSettings;
use crate::http::client_builder;
use crate::npmrc::{NpmConfig, NpmTls, Pem};
use crate::redacted::Secret;
use crate::{Result, StoreError};
use fourply_input::{InputKind, read_text};

/// One general client, and one for each registry with its own TLS settings.
#[derive(Debug)]
pub(super) struct Clients {
    /// The client for all other URLs.
    pub(super) general: Client,
    /// By `//host/path/`.
    places: BTreeMap<String, Client>,
}

impl Clients {
    /// Creates the clients.
    ///
    /// # Errors
    /// If certificates or a proxy cannot be used.
    pub(super) fn new(settings: &FetchSettings) -> Result<Clients> {
        let build = |tls: Option<&NpmTls>| built(trust(proxied(settings)?, &settings.npm, tls)?);
        let places = settings.npm.tls.iter().map(|(place, tls)| Ok((place.clone(), build(Some(tls))?)));
        Ok(Clients { general: build(None)?, places: places.collect::<Result<_>>()? })
    }

    /// Creates a separate client; `adjust` changes its builder.
    ///
    /// # Errors
    /// Those of [`Clients::new`].
    pub(super) fn single(
        settings: &FetchSettings,
        adjust: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client> {
        built(adjust(trust(proxied(settings)?, &settings.npm, None)?))
    }

    /// The client for a URL.
    pub(super) fn of(&self, npm: &NpmConfig, url: &Url) -> &Client {
        npm.tls_place(url).and_then(|place| self.places.get(place)).unwrap_or(&self.general)
    }
}

fn fault(what: &str, error: Cause) -> StoreError {
    StoreError::Setting { message: Reason::because(what, error).into() }
}

fn built(builder: ClientBuilder) -> Result<Client> {
    builder.build().map_err(|error| fault("the HTTP client cannot be made", error.into()))
}

fn proxied(settings: &FetchSettings) -> Result<ClientBuilder> {
    proxies(builder(settings), &settings.npm)
}

fn builder(settings: &FetchSettings) -> ClientBuilder {
    client_builder().connect_timeout(settings.timeout).pool_max_idle_per_host(settings.concurrency)
}

/// As in pnpm, `http-proxy` is for plain HTTP only, and `proxy` is for requests without another proxy.
fn proxies(mut builder: ClientBuilder, npm: &NpmConfig) -> Result<ClientBuilder> {
    let except = npm.no_proxy.as_deref().and_then(NoProxy::from_string);
    let proxy = |url: &Secret, kind: fn(&str) -> reqwest::Result<Proxy>| {
        // The error's text contains the URL, which may contain a password.
        let proxy = kind(url.reveal()).map_err(|_| StoreError::Setting {
            message: "the proxy of .npmrc cannot be used: write it as http://HOST:PORT".into(),
        });
        Ok::<_, StoreError>(proxy?.no_proxy(except.clone()))
    };
    if let Some(url) = &npm.http_proxy {
        builder = builder.proxy(proxy(url, |url| Proxy::http(url))?);
    }
    if let Some(url) = &npm.proxy {
        builder = builder.proxy(proxy(url, |url| Proxy::all(url))?);
    }
    Ok(builder)
}

fn trust(mut builder: ClientBuilder, npm: &NpmConfig, tls: Option<&NpmTls>) -> Result<ClientBuilder> {
    let mut authorities = [npm.ca.as_slice(), &npm.ca_of_environment].concat();
    if let Some(path) = &npm.ca_file {
        let text = read_text(path, InputKind::Credentials);
        authorities.push(text.map_err(|error| fault("the cafile of .npmrc cannot be read", error.into()))?);
    }
    if let Some(own) = tls.and_then(|tls| tls.ca.as_ref()) {
        let text = own.read().map_err(|error| fault("the cafile of .npmrc cannot be read", error.into()))?;
        authorities.push(text);
    }
    for pem in authorities {
        let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes());
        let certificates =
            certificates.map_err(|error| fault("the ca of .npmrc cannot be used", error.into()))?;
        builder = certificates.into_iter().fold(builder, ClientBuilder::add_root_certificate);
    }
    if let Some((certificate, key)) = tls.and_then(|tls| tls.cert.as_ref().zip(tls.key.as_ref())) {
        let read = |pem: &Pem| {
            pem.read()
                .map_err(|error| fault("the certfile or keyfile of .npmrc cannot be read", error.into()))
        };
        let pem = format!("{}\n{}", read(key)?, read(certificate)?);
        let identity = reqwest::Identity::from_pem(pem.as_bytes());
        let identity =
            identity.map_err(|error| fault("the cert and key of .npmrc cannot be used", error.into()))?;
        builder = builder.identity(identity);
    }
    Ok(if npm.unverified { builder.tls_danger_accept_invalid_certs(true) } else { builder })
}
