//! Challenge and credential → the `Authorization` header. In: the registry's challenge, the repository and the action
//! there. Out: a header, with a token from the token server if one is required. Tokens are kept for each scope and
//! fetched one at a time. A token that the registry rejects is replaced. Source: distribution specification, token
//! authentication (`docs/spec/auth/token.md` and `oauth.md` of distribution/distribution).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fourply_store::{Pace, Secret};
use reqwest::StatusCode;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use url::Url;

use super::answer::{Asked, host};
use super::challenge::Challenge;
use super::credentials::{Credential, Credentials};
use super::error::RegistryError;
use super::http::HttpClients;
use crate::reference::{Reference, is_loopback};

/// The size limit of a token server's answer, in bytes.
const MAX_TOKEN: u64 = 1 << 20;

/// The actions in a repository: the scope of a token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AuthScope {
    /// The repository.
    pub repository: String,
    /// Whether the repository is written.
    pub push: bool,
    /// Repositories of the same registry that blobs are mounted from.
    pub sources: Vec<String>,
}

impl AuthScope {
    fn texts(&self) -> Vec<String> {
        let actions = if self.push { "pull,push" } else { "pull" };
        let own = format!("repository:{}:{actions}", self.repository);
        std::iter::once(own)
            .chain(self.sources.iter().map(|name| format!("repository:{name}:pull")))
            .collect()
    }
}

/// The authentication state of one registry.
#[derive(Debug, Default)]
pub(super) struct Auth {
    challenge: Mutex<Option<Challenge>>,
    known: tokio::sync::Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By repository; `None` if there is no credential.
    credentials: BTreeMap<String, Option<Credential>>,
    tokens: BTreeMap<AuthScope, Secret>,
}

/// The input for a header.
#[derive(Clone, Copy)]
pub(super) struct AuthRequest<'w> {
    pub http: &'w HttpClients,
    pub pace: Pace,
    pub credentials: &'w Credentials,
    pub reference: &'w Reference,
    pub scope: &'w AuthScope,
    /// The registry's URL.
    pub base: &'w Url,
}

impl Auth {
    /// Remembers the registry's challenge.
    pub(super) fn challenged(&self, challenge: Challenge) {
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(challenge);
    }

    fn challenge(&self) -> Option<Challenge> {
        self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The header for requests of this kind; `None` if the registry requires none, or no credential exists.
    pub(super) async fn header(&self, request: AuthRequest<'_>) -> Result<Option<Secret>, RegistryError> {
        match self.challenge() {
            None => Ok(None),
            Some(Challenge::Basic) => self.basic(request).await,
            Some(Challenge::Bearer { realm, service }) => {
                self.bearer(request, &realm, service.as_deref()).await.map(Some)
            }
        }
    }

    /// Drops a token that the registry rejected, unless another task has replaced it already.
    pub(super) async fn reject(&self, scope: &AuthScope, header: &Secret) {
        let mut known = self.known.lock().await;
        if known.tokens.get(scope) == Some(header) {
            known.tokens.remove(scope);
        }
    }

    async fn basic(&self, request: AuthRequest<'_>) -> Result<Option<Secret>, RegistryError> {
        match self.known.lock().await.credential(request)? {
            Some(Credential::Password { user, password }) => Ok(Some(basic_header(&user, &password))),
            Some(Credential::Identity(_)) | None => Ok(None),
        }
    }

    /// The lock is held during the fetch: tasks that need the same token wait and then find it.
    async fn bearer(
        &self,
        request: AuthRequest<'_>,
        realm: &str,
        service: Option<&str>,
    ) -> Result<Secret, RegistryError> {
        let mut known = self.known.lock().await;
        if let Some(token) = known.tokens.get(request.scope) {
            return Ok(token.clone());
        }
        let credential = known.credential(request)?;
        let server = TokenServer { realm: checked_realm(realm, request)?, service, credential };
        let scopes = request.scope.texts();
        let token = match server.token(request, &scopes).await {
            // A server may refuse all scopes because this account must not read one source, or because it accepts one
            // scope only. Then nothing is mounted.
            Err(error) if scopes.len() > 1 && may_want_one_scope(&error) => {
                server.token(request, scopes.get(..1).unwrap_or_default()).await?
            }
            answer => answer?,
        };
        let header = Secret::new(format!("Bearer {}", token.reveal()));
        known.tokens.insert(request.scope.clone(), header.clone());
        Ok(header)
    }
}

impl Known {
    fn credential(&mut self, request: AuthRequest<'_>) -> Result<Option<Credential>, RegistryError> {
        let repository = request.reference.repository();
        if let Some(known) = self.credentials.get(repository) {
            return Ok(known.clone());
        }
        let found = request.credentials.find(request.reference)?;
        self.credentials.insert(repository.to_owned(), found.clone());
        Ok(found)
    }
}

/// Whether a token server that refused several scopes may grant one of them. A busy or silent server will not.
fn may_want_one_scope(error: &RegistryError) -> bool {
    match error {
        RegistryError::Status { status, .. } => {
            !super::error::is_transient(*status) || *status == StatusCode::INTERNAL_SERVER_ERROR
        }
        RegistryError::Protocol { .. } => true,
        _ => false,
    }
}

fn basic_header(user: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.reveal()))))
}

/// A token server receives a password. Plain HTTP is therefore rejected, unless the registry itself uses it or the
/// server is loopback.
fn checked_realm(realm: &str, request: AuthRequest<'_>) -> Result<Url, RegistryError> {
    let wrong = |reason: String| RegistryError::Protocol { what: what(request), reason: reason.into() };
    let url = Url::parse(realm).map_err(|_| wrong("the registry's token server has no URL".to_owned()))?;
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => Ok(url),
        "http" if request.base.scheme() == "http" || is_loopback(host) => Ok(url),
        scheme => Err(wrong(format!(
            "its token server {host} is only reached by {scheme}, which would give the password away"
        ))),
    }
}

fn what(request: AuthRequest<'_>) -> String {
    format!("get a token for {}", request.reference.name())
}

struct TokenServer<'s> {
    realm: Url,
    service: Option<&'s str>,
    credential: Option<Credential>,
}

#[derive(Deserialize)]
struct Answer {
    token: Option<String>,
    access_token: Option<String>,
}

impl TokenServer<'_> {
    async fn token(&self, request: AuthRequest<'_>, scopes: &[String]) -> Result<Secret, RegistryError> {
        let what = what(request);
        let registry = request.reference.registry();
        let http_request = match &self.credential {
            Some(Credential::Identity(token)) => self.refresh(request.http, scopes, token),
            Some(Credential::Password { user, password }) => {
                let header = basic_header(user, password);
                self.query(request.http, scopes, Some(user)).header(AUTHORIZATION, header.reveal())
            }
            None => self.query(request.http, scopes, None),
        };
        let asked = Asked { what: &what, registry, pace: request.pace };
        let response = asked.send(http_request, &self.realm).await?;
        let response = asked.expect(response, &[200]).await?;
        let bytes = asked.body(response, MAX_TOKEN).await?;
        let wrong = || RegistryError::Protocol {
            what: what.clone(),
            reason: format!("its token server {} sent no token", host(&self.realm)).into(),
        };
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        let token =
            answer.token.or(answer.access_token).filter(|token| !token.is_empty()).ok_or_else(wrong)?;
        Ok(Secret::new(token))
    }

    fn query(&self, http: &HttpClients, scopes: &[String], account: Option<&str>) -> reqwest::RequestBuilder {
        let mut url = self.realm.clone();
        let scopes = scopes.iter().map(|scope| ("scope", scope.as_str()));
        let account = account.map(|account| ("account", account));
        let service = self.service.map(|service| ("service", service));
        url.query_pairs_mut().extend_pairs(service.into_iter().chain(account).chain(scopes));
        http.to(&url).get(url.clone())
    }

    fn refresh(&self, http: &HttpClients, scopes: &[String], token: &Secret) -> reqwest::RequestBuilder {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token").append_pair("client_id", "fourply");
        form.append_pair("scope", &scopes.join(" ")).append_pair("refresh_token", token.reveal());
        form.extend_pairs(self.service.map(|service| ("service", service)));
        let kind = "application/x-www-form-urlencoded";
        http.to(&self.realm)
            .post(self.realm.clone())
            .header(reqwest::header::CONTENT_TYPE, kind)
            .body(form.finish())
    }
}

#[cfg(test)]
mod tests;
