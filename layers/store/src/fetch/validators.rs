//! Validators, which tell versions of a document apart. In: the headers of a response. Out: the headers for the next
//! request. Source: RFC 9110, 8.8.

use reqwest::header::{DATE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

use super::wait::http_date;

/// The longest validator that is kept, in bytes.
const MAX_VALIDATOR: usize = 1024;

/// A document's validators, as the server sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub modified: Option<String>,
}

impl Validators {
    /// The validators of a response. A time is used only if the response is at least one second younger: before that,
    /// the document may change again within the same second (RFC 9110, 8.8.2.2).
    pub(super) fn of(headers: &HeaderMap) -> Validators {
        let text = |name: HeaderName| {
            let text = headers.get(name)?.to_str().ok()?.trim();
            (!text.is_empty() && text.len() <= MAX_VALIDATOR).then_some(text)
        };
        let seconds = |name: HeaderName| text(name).and_then(http_date);
        let older = seconds(LAST_MODIFIED).zip(seconds(DATE)).is_some_and(|(made, now)| made < now);
        let modified = text(LAST_MODIFIED).filter(|_| older);
        Validators { etag: text(ETAG).map(str::to_owned), modified: modified.map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_time_counts_once_it_is_past() {
        let of = |headers: &[(HeaderName, &str)]| {
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
            Validators::of(&HeaderMap::from_iter(headers))
        };
        let (made, later) = ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:01 GMT");
        assert_eq!(of(&[(LAST_MODIFIED, made), (DATE, later)]).modified.as_deref(), Some(made));
        for wrong in [
            &[(LAST_MODIFIED, made), (DATE, made)][..],
            &[(LAST_MODIFIED, later), (DATE, made)],
            &[(LAST_MODIFIED, made)],
            &[(LAST_MODIFIED, "soon"), (DATE, later)],
            &[(ETAG, "")],
            &[(ETAG, &"x".repeat(2000))],
        ] {
            assert_eq!(of(wrong), Validators::default(), "{wrong:?}");
        }
    }
}
