//! The wait that a server asks for. In: the headers of a response. Out: a duration. The caller decides how much of it
//! to wait. Source: RFC 9110, 10.2.3.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// `Retry-After`, in seconds or as a date. A date is compared with the response's own `Date`, so only the server's
/// clock counts. Without `Date` it is ignored.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.trim());
    let told = text(RETRY_AFTER)?;
    match told.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let wait = http_date(told)?.checked_sub(http_date(text(DATE)?)?)?;
            Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
        }
    }
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn seconds_and_dates() {
        let of = |value: &str| {
            let date = "Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap();
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap()), (DATE, date)]))
        };
        let seconds = |count| Some(Duration::from_secs(count));
        assert_eq!((of("7"), of(" 0 "), of("99999999999999999999")), (seconds(7), seconds(0), None));
        assert_eq!(of("Wed, 21 Oct 2015 07:28:09 GMT"), seconds(9));
        assert_eq!(of("Wed, 21 Oct 2015 07:27:00 GMT"), seconds(0), "it is over");
        assert_eq!(of("Thu, 22 Oct 2015 07:28:00 GMT"), seconds(86400));
        for wrong in ["", "soon", "-3", "Wed, 41 Oct 2015 07:28:00 GMT", "2015-10-21T07:28:00Z"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        let undated = HeaderMap::from_iter([(RETRY_AFTER, "Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap())]);
        assert_eq!(retry_after(&undated), None);
    }
}
