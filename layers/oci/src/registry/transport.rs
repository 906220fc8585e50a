//! One request. In: method, URL, headers, a repeatable body. Out: the response. Detects whether a registry uses HTTPS.
//! Sends the `Authorization` header only to the registry itself. Renews a token once. Retries transient failures after
//! a wait. It knows nothing of manifests and blobs.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fourply_store::{Pace, Retries, Secret};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::sync::OnceCell;
use url::Url;

use super::answer::Asked;
use super::auth::{Auth, AuthRequest, AuthScope};
use super::body::Payload;
use super::challenge::Challenge;
use super::error::RegistryError;
use super::flights::Flights;
use super::http::HttpClients;
use super::settings::RegistrySettings;
use fourply_blob::Reason;

use crate::reference::{Reference, is_loopback};

/// The longest wait between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(30);
/// The retries for a registry that was never reached: it may not exist.
const FIRST_RETRIES: usize = 2;

/// The transport for all registries.
#[derive(Debug)]
pub(super) struct Transport {
    pub settings: RegistrySettings,
    /// Running and finished uploads.
    pub flights: Flights,
    /// Running downloads into the store.
    pub fetches: Flights,
    http: HttpClients,
    hosts: Mutex<BTreeMap<String, Arc<Host>>>,
}

/// One registry.
#[derive(Debug, Default)]
struct Host {
    base: OnceCell<Url>,
    auth: Auth,
}

/// A repository of a reached registry, and the actions there.
#[derive(Debug)]
pub(super) struct Repository<'t> {
    pub transport: &'t Transport,
    pub reference: Reference,
    host: Arc<Host>,
    base: Url,
    scope: AuthScope,
}

/// One request.
#[derive(Debug)]
pub(super) struct Call<'c> {
    /// The action and its target, for messages.
    pub what: &'c str,
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Payload<'c>,
}

impl<'c> Call<'c> {
    /// A request without headers and body.
    pub(super) fn new(what: &'c str, method: Method, url: Url) -> Call<'c> {
        Call { what, method, url, headers: Vec::new(), body: Payload::Empty }
    }
}

impl Transport {
    pub(super) fn new(settings: RegistrySettings, http: HttpClients) -> Transport {
        let (flights, fetches) = (Flights::default(), Flights::default());
        Transport { settings, http, flights, fetches, hosts: Mutex::default() }
    }

    /// The mirrors of the repository, in the order in which they are tried.
    pub(super) fn mirrors(&self, reference: &Reference) -> Vec<Reference> {
        let all = self.settings.mirrors.get(reference.registry()).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(|mirror| reference.at(mirror).ok()).collect()
    }

    /// Reaches a repository for reading or writing. `sources` are repositories of the same registry to mount from.
    pub(super) async fn repository(
        &self,
        reference: &Reference,
        push: bool,
        sources: Vec<String>,
    ) -> Result<Repository<'_>, RegistryError> {
        if self.settings.offline {
            return Err(RegistryError::Offline { what: format!("reach {}", reference.registry()) });
        }
        let host = self
            .hosts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(reference.host().to_owned())
            .or_default()
            .clone();
        let base = host.base.get_or_try_init(|| self.find(&host.auth, reference)).await?.clone();
        let scope = AuthScope { repository: reference.repository().to_owned(), push, sources };
        Ok(Repository { transport: self, reference: reference.clone(), host, base, scope })
    }

    /// Requests the registry's API endpoint and remembers its challenge.
    async fn find(&self, auth: &Auth, reference: &Reference) -> Result<Url, RegistryError> {
        let what = format!("reach {}", reference.registry());
        let insecure = self.settings.insecure || self.settings.insecure_hosts.contains(reference.host());
        let schemes: &[&str] = match (is_loopback(reference.host()), insecure) {
            (true, _) => &["http", "https"],
            (false, true) => &["https", "http"],
            (false, false) => &["https"],
        };
        let attempt = || async {
            let mut last = None;
            for scheme in schemes {
                match self.ping(scheme, reference, &what).await {
                    Ok((base, challenge)) => {
                        challenge.into_iter().for_each(|challenge| auth.challenged(challenge));
                        return Ok(base);
                    }
                    // A host that accepts a request and does not answer will not answer over HTTPS either.
                    Err(error @ RegistryError::Stalled { .. }) if *scheme == "http" => return Err(error),
                    // The reason that HTTPS failed is more useful than the fact that the registry requires it.
                    Err(error) => {
                        last = last
                            .filter(|last| !matches!(last, RegistryError::Protocol { .. }))
                            .or(Some(error))
                    }
                }
            }
            let reason = "there is no way to it".into();
            Err(last.unwrap_or(RegistryError::Protocol { what: what.clone(), reason }))
        };
        self.retry(FIRST_RETRIES.min(self.settings.retries), attempt).await
    }

    async fn ping(
        &self,
        scheme: &str,
        reference: &Reference,
        what: &str,
    ) -> Result<(Url, Option<Challenge>), RegistryError> {
        let wrong = |reason: Reason| RegistryError::Protocol { what: what.to_owned(), reason };
        let base = Url::parse(&format!("{scheme}://{}/", reference.host()))
            .map_err(|error| wrong(Reason::because("its host makes no URL", error)))?;
        let url = base.join("v2/").map_err(|error| wrong(Reason::because("its host makes no URL", error)))?;
        let asked = Asked { what, registry: reference.registry(), pace: self.settings.pace };
        let response = asked.send(self.http.to(&url).get(url.clone()), &url).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED => match Challenge::of(response.headers()) {
                Some(challenge) => Ok((base, Some(challenge))),
                None => Err(wrong("it wants a way of logging in that is not known here".into())),
            },
            // Go's server gives this answer to plain HTTP on an HTTPS port.
            StatusCode::BAD_REQUEST if scheme == "http" => Err(wrong("it does not speak plain HTTP".into())),
            _ => Ok((base, None)),
        }
    }

    /// Retries transient failures. The waits double, unless the registry gives one.
    pub(super) async fn retry<T, F>(
        &self,
        times: usize,
        attempt: impl FnMut() -> F,
    ) -> Result<T, RegistryError>
    where
        F: Future<Output = Result<T, RegistryError>>,
    {
        let (first, longest) = (self.settings.backoff, MAX_BACKOFF.max(self.settings.backoff));
        Retries { times, first, longest }.over(attempt).await
    }
}

impl Repository<'_> {
    /// The URL of a path in the repository, such as `manifests/1`. Names and digests need no escaping: their grammar
    /// has no character that would.
    pub(super) fn url(&self, path: &str) -> Result<Url, RegistryError> {
        let text = format!("v2/{}/{path}", self.reference.repository());
        self.base.join(&text).map_err(|error| RegistryError::Protocol {
            what: format!("name {text}"),
            reason: Reason::because("it makes no URL", error),
        })
    }

    /// The target of a `Location`. A registry reached by HTTPS must not redirect to plain HTTP.
    pub(super) fn locate(&self, from: &Url, location: &str, what: &str) -> Result<Url, RegistryError> {
        let wrong = |reason: String| RegistryError::Protocol { what: what.to_owned(), reason: reason.into() };
        let url = from.join(location).map_err(|_| wrong("its Location is no URL".to_owned()))?;
        match (self.base.scheme(), url.scheme()) {
            (_, "https") | ("http", "http") => Ok(url),
            (_, scheme) => {
                let host = url.host_str().unwrap_or_default();
                Err(wrong(format!(
                    "its Location leads to {host} by {scheme}, though the registry speaks HTTPS"
                )))
            }
        }
    }

    /// Sends a request, with retries.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Response, RegistryError> {
        self.transport.retry(self.transport.settings.retries, || self.once(call)).await
    }

    /// Sends a request once, or twice if the first answer requires authentication. A transient status is an error.
    pub(super) async fn once(&self, call: &Call<'_>) -> Result<Response, RegistryError> {
        if !same_origin(&call.url, &self.base) {
            return self.attempt(call, None).await;
        }
        let header = self.host.auth.header(self.auth_request()).await?;
        let response = self.attempt(call, header.as_ref()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let Some(challenge) = Challenge::of(response.headers()) else { return Ok(response) };
        self.host.auth.challenged(challenge);
        if let Some(header) = &header {
            self.host.auth.reject(&self.scope, header).await;
        }
        let renewed = self.host.auth.header(self.auth_request()).await?;
        if renewed.is_none() || renewed == header {
            return Ok(response);
        }
        self.attempt(call, renewed.as_ref()).await
    }

    fn auth_request(&self) -> AuthRequest<'_> {
        AuthRequest {
            http: &self.transport.http,
            pace: self.transport.settings.pace,
            credentials: &self.transport.settings.credentials,
            reference: &self.reference,
            scope: &self.scope,
            base: &self.base,
        }
    }

    async fn attempt(&self, call: &Call<'_>, header: Option<&Secret>) -> Result<Response, RegistryError> {
        let http = self.transport.http.to(&call.url);
        let mut request: RequestBuilder = http.request(call.method.clone(), call.url.clone());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(header) = header {
            request = request.header(AUTHORIZATION, sensitive(header, call.what)?);
        }
        let asked = self.asked(call.what);
        let response = call.body.send(request, &call.url, self.patience(&call.method, asked)).await?;
        if super::error::is_transient(response.status()) {
            return Err(asked.refused(response).await);
        }
        Ok(response)
    }

    /// The context of a request to this repository, for errors.
    pub(super) fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        Asked { what, registry: self.reference.registry(), pace: self.transport.settings.pace }
    }

    /// A registry responds to an upload only after it has checked and saved it, which takes time.
    fn patience<'a>(&self, method: &Method, asked: Asked<'a>) -> Asked<'a> {
        match *method {
            Method::GET | Method::HEAD => asked,
            _ => Asked { pace: Pace { first: self.transport.settings.stall, ..asked.pace }, ..asked },
        }
    }
}

fn sensitive(header: &Secret, what: &str) -> Result<HeaderValue, RegistryError> {
    let mut value = HeaderValue::from_str(header.reveal()).map_err(|_| RegistryError::Protocol {
        what: what.to_owned(),
        reason: "the token or password has letters that no header can hold".into(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether scheme, host and port are the same.
fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}
