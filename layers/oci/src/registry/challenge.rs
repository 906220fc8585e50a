//! `WWW-Authenticate`: the authentication that a registry requires. In: the headers of a 401. Out: the strongest
//! challenge that this program supports. Source: RFC 9110, section 11, and the distribution specification's token
//! authentication.

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// The required authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token from a token server.
    Bearer {
        /// The token server's URL.
        realm: String,
        /// The token server's name for the registry.
        service: Option<String>,
    },
}

impl Challenge {
    /// The strongest supported challenge in these headers: a token if there is a choice. `None` if no challenge is
    /// supported.
    pub(super) fn of(headers: &HeaderMap) -> Option<Challenge> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let all: Vec<Challenge> = texts.flat_map(parse).collect();
        let bearer = all.iter().find(|challenge| matches!(challenge, Challenge::Bearer { .. }));
        bearer.or(all.first()).cloned()
    }
}

pub(super) fn parse(text: &str) -> Vec<Challenge> {
    let Ok(found) = http_auth::parse_challenges(text) else { return Vec::new() };
    found.iter().filter_map(convert).collect()
}

fn convert(found: &http_auth::ChallengeRef<'_>) -> Option<Challenge> {
    let parameter = |wanted: &str| {
        let found = found.params.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.to_unescaped())
    };
    match found.scheme.to_ascii_lowercase().as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer { realm: parameter("realm")?, service: parameter("service") }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
