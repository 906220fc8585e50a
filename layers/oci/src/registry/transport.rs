//! One request. In: method, URL, headers, a body that can be opened again. Out: the response. Finds out whether a registry speaks
//! HTTPS, adds the `Authorization` header where the request goes to the registry itself and nowhere else, renews a token
//! once, waits and repeats what may pass. It knows nothing of manifests and blobs.

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
/// How often a registry is looked for that was never reached: it may well not be there.
const FIRST_RETRIES: usize = 2;

/// The way to all registries.
#[derive(Debug)]
pub(super) struct Transport {
    pub settings: RegistrySettings,
    /// Uploads under way and done.
    pub flights: Flights,
    /// Downloads into the store under way.
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

/// A repository that was reached, and what is to be done there.
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
    /// For messages: what is done, and where.
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

    /// Where else the repository can be read, in the order in which it is tried.
    pub(super) fn mirrors(&self, reference: &Reference) -> Vec<Reference> {
        let all = self.settings.mirrors.get(reference.registry()).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(|mirror| reference.at(mirror).ok()).collect()
    }

    /// Reaches a repository, to read it or to write it. `sources` are repositories of the same registry to mount from.
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

    /// Asks for the registry's API and remembers what it wants to see first.
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
                    // Who takes a request and does not answer does not wait for HTTPS.
                    Err(error @ RegistryError::Stalled { .. }) if *scheme == "http" => return Err(error),
                    // That it wants HTTPS says less than why HTTPS failed.
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
            // What Go's server says to plain HTTP on an HTTPS port.
            StatusCode::BAD_REQUEST if scheme == "http" => Err(wrong("it does not speak plain HTTP".into())),
            _ => Ok((base, None)),
        }
    }

    /// Repeats what may pass, with waits that double, or that the registry tells.
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
    /// The URL of something in the repository: `manifests/1`. Names and digests need no escaping: their grammar has no
    /// letter that would.
    pub(super) fn url(&self, path: &str) -> Result<Url, RegistryError> {
        let text = format!("v2/{}/{path}", self.reference.repository());
        self.base.join(&text).map_err(|error| RegistryError::Protocol {
            what: format!("name {text}"),
            reason: Reason::because("it makes no URL", error),
        })
    }

    /// Where a `Location` leads to. A registry that is reached by HTTPS must not lead to plain HTTP.
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

    /// Sends a request, and again where its failure may pass.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Response, RegistryError> {
        self.transport.retry(self.transport.settings.retries, || self.once(call)).await
    }

    /// Sends a request once (twice, if the first attempt was told to log in). A status that may pass is an error.
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

    /// What errors tell of a request to this repository.
    pub(super) fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        Asked { what, registry: self.reference.registry(), pace: self.transport.settings.pace }
    }

    /// A registry answers what it was given once it has checked and kept it, which takes time.
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

/// The same scheme, host and port.
fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}
