//! One request of a script. In: the request. Out: the response, the same the first time and later: of the server's
//! headers, only the locked ones. A part of a file is cut from the whole.

use std::convert::Infallible;
use std::io::SeekFrom;

use fourply_store::Download;
use futures_util::stream::try_unfold;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE,
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::Problem;
use super::asked::{Origin, url};
use super::session::Session;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// The size of the buffer for a file.
const PIECE: usize = 128 * 1024;

/// Answers a request on a connection to `origin`, or to the proxy itself.
pub(super) async fn answer(
    session: &Session<'_>,
    origin: Option<&Origin>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let url = match url(origin, &request) {
        Ok(url) => url,
        Err(reason) => return Ok(told(StatusCode::BAD_REQUEST, reason)),
    };
    let method = request.method().clone();
    let host = || url.host_str().unwrap_or_default().to_owned();
    let found = match method {
        _ if session.is_secret(url.as_str()) => Err(Problem::Secret { host: host() }),
        Method::GET | Method::HEAD => session.download(&url, &passed_on(request.headers())).await,
        _ => Err(Problem::Method { method: method.to_string(), url: super::asked::written(&url) }),
    };
    let answered = match found {
        Ok(download) => file(session, &download, method == Method::HEAD, request.headers()).await,
        Err(problem) => {
            let status = match problem {
                Problem::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
                Problem::Failed { .. } => StatusCode::BAD_GATEWAY,
                _ => StatusCode::FORBIDDEN,
            };
            let text = problem.to_string();
            session.attempts().note(problem);
            return Ok(told(status, &text));
        }
    };
    Ok(answered.unwrap_or_else(|error| told(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())))
}

/// The headers that are passed to the server: without those of the connection, and those that request a part.
fn passed_on(headers: &HeaderMap) -> Vec<(String, String)> {
    const OWN: [&str; 15] = [
        "host",
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "content-length",
        "content-type",
        "accept-encoding",
        "range",
        "cache-control",
    ];
    let passes = |name: &str| !OWN.contains(&name) && !name.starts_with("if-");
    let headers = headers.iter().filter(|(name, _)| passes(name.as_str()));
    headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect()
}

/// A response from this program, not from a server.
fn told(status: StatusCode, text: &str) -> Response<Body> {
    let body = Full::new(Bytes::from(format!("fourply: {text}\n"))).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}

/// A locked response, or the requested part of it.
async fn file(
    session: &Session<'_>,
    download: &Download,
    head: bool,
    headers: &HeaderMap,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let Download { status, sha256, size, location, media_type, encoding } = download;
    let range = headers.get(RANGE).and_then(|range| part(range.to_str().ok()?, *size));
    let range = range.filter(|_| *status == 200);
    let status = StatusCode::from_u16(*status)?;
    let mut response =
        Response::builder().status(if range.is_some() { StatusCode::PARTIAL_CONTENT } else { status });
    let texts = [(LOCATION, location), (CONTENT_TYPE, media_type), (CONTENT_ENCODING, encoding)];
    for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
        response = response.header(name, value);
    }
    if let Some((first, last)) = range {
        response = response.header(CONTENT_RANGE, format!("bytes {first}-{last}/{size}"));
    }
    let (first, length) = range.map_or((0, *size), |(first, last)| (first, last - first + 1));
    let bodiless = matches!(status.as_u16(), 204 | 304);
    if !bodiless {
        response = response.header(CONTENT_LENGTH, length).header(ACCEPT_RANGES, "bytes");
    }
    if head || bodiless || length == 0 {
        return Ok(response.body(Full::default().map_err(|never| match never {}).boxed_unsync())?);
    }
    let mut file = tokio::fs::File::open(session.network.fetcher.store().blob_place(sha256)).await?;
    file.seek(SeekFrom::Start(first)).await?;
    let pieces = try_unfold((file.take(length), length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; PIECE];
        let count = file.read(&mut piece).await?;
        if count == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        piece.truncate(count);
        Ok(Some((Frame::data(Bytes::from(piece)), (file, left - count as u64))))
    });
    Ok(response.body(StreamBody::new(pieces).boxed_unsync())?)
}

/// The first and the last byte of `bytes=0-99`, `bytes=100-`, `bytes=-100`; `None` for several ranges, or an invalid
/// one. Source: RFC 9110, 14.1.2.
fn part(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", last) => (size.saturating_sub(last.parse().ok()?), size.checked_sub(1)?),
        (first, "") => (first.parse().ok()?, size.checked_sub(1)?),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(size.checked_sub(1)?)),
    };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn parts_of_files() {
        assert_eq!(part("bytes=0-9", 100), Some((0, 9)));
        assert_eq!(part("bytes=90-", 100), Some((90, 99)));
        assert_eq!(part("bytes=-10", 100), Some((90, 99)));
        assert_eq!(part("bytes=-1000", 100), Some((0, 99)));
        assert_eq!(part("bytes=5-1000", 100), Some((5, 99)));
        for none in
            ["bytes=100-", "bytes=5-4", "bytes=0-1,3-4", "bytes=-", "lines=0-1", "bytes=a-b", "bytes=-0"]
        {
            assert_eq!(part(none, 100), None, "{none}");
        }
        assert_eq!(part("bytes=0-0", 0), None);
    }
}
