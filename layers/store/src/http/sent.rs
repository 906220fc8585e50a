//! Credentials that a server repeats in its answer. In: a request. Out: its answer, which remembers the sent
//! credentials so that they can be masked in the server's text. This module must not know where credentials come from
//! or who prints the text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, COOKIE};
use reqwest::{Request, RequestBuilder, Response};

/// The replacement for a credential.
const MASK: &str = "[secret]";

/// The most bytes of a form body that are searched.
const MAX_FORM: usize = 64 << 10;

/// The credentials of one request.
#[derive(Clone)]
struct SentCredentials(Vec<String>);

impl SentCredentials {
    fn of(request: &Request) -> SentCredentials {
        let headers =
            [AUTHORIZATION, COOKIE].map(|name| request.headers().get_all(name).iter().collect::<Vec<_>>());
        let mut all = Vec::new();
        for value in headers.into_iter().flatten().filter_map(|value| value.to_str().ok()) {
            let token = value.split_once(' ').map_or(value, |(_, token)| token.trim());
            all.push(token.to_owned());
            let pair = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
                all.push(password.to_owned());
            }
        }
        // A refresh token, in the body of a request to a token server.
        let body = request.body().and_then(reqwest::Body::as_bytes).filter(|body| body.len() <= MAX_FORM);
        let fields = url::form_urlencoded::parse(body.unwrap_or_default());
        all.extend(fields.filter(|(name, _)| name == "refresh_token").map(|(_, token)| token.into_owned()));
        SentCredentials(all)
    }

    /// Every form in which a server may repeat them, longest first.
    fn forms(&self) -> Vec<String> {
        let mut all = self.0.clone();
        let inside = |text: String| text.get(1..text.len() - 1).map(str::to_owned);
        all.extend(self.0.iter().filter_map(|text| serde_json::to_string(text).ok()).filter_map(inside));
        all.extend(all.clone().iter().map(|text| text.replace('/', "\\/")));
        all.retain(|text| !text.is_empty());
        all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        all.dedup();
        all
    }
}

/// Sends a request. Its answer remembers the credentials: see [`masked`].
///
/// # Errors
/// Those of [`RequestBuilder::send`].
pub async fn send_request(request: RequestBuilder) -> Result<Response, reqwest::Error> {
    let (client, request) = request.build_split();
    let request = request?;
    let credentials = SentCredentials::of(&request);
    let mut response = client.execute(request).await?;
    response.extensions_mut().insert(credentials);
    Ok(response)
}

/// A function that masks the request's credentials in a part of the response body.
pub(super) fn masker(response: &Response) -> impl Fn(Vec<u8>) -> Vec<u8> + use<> {
    let credentials = response.extensions().get::<SentCredentials>().cloned();
    move |body| match &credentials {
        Some(credentials) if !credentials.0.is_empty() => masked(&body, &credentials.forms()),
        _ => body,
    }
}

fn masked(body: &[u8], credentials: &[String]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(body).into_owned();
    for credential in credentials {
        text = text.replace(credential.as_str(), MASK);
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests;
