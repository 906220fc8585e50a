#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::super::tests::{answer, serve};
use super::*;
use crate::{FetchSettings, Store};

struct Asked {
    store: Store,
    outcome: Result<Download>,
    _folder: tempfile::TempDir,
}

/// Requests a URL from a server on this host, which the request allows.
fn ask(url: &str, headers: &[(&str, &str)], max: u64) -> Asked {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let settings =
        FetchSettings { timeout: Duration::from_millis(500), retries: 1, ..FetchSettings::default() };
    let fetcher = Fetcher::new(store.clone(), settings);
    let url: Url = url.parse().unwrap();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let local = BTreeSet::from([url.port().unwrap()]);
    let request = DownloadRequest { url: &url, headers: &headers, local: &local, max };
    let outcome = fetcher.runtime().unwrap().block_on(fetcher.download(request));
    Asked { store, outcome, _folder: folder }
}

#[test]
fn whatever_a_server_answers_is_kept_with_its_bytes() {
    let typed =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc"
            .to_vec();
    let (url, asked) = serve(vec![typed, answer("404 Not Found", b"gone")]);
    let found = ask(&format!("{url}/a?x=1"), &[("accept", "x/y"), ("authorization", "Bearer 1")], 3);
    let download = found.outcome.unwrap();
    assert_eq!((download.status, download.size), (200, 3));
    assert_eq!((download.media_type.as_deref(), download.encoding.as_deref()), (Some("text/x"), Some("br")));
    assert_eq!(std::fs::read(found.store.blob_path(&download.sha256).unwrap()).unwrap(), b"abc");
    let head = asked.lock().unwrap().remove(0).to_ascii_lowercase();
    for line in
        ["get /a?x=1 ", "accept: x/y\r\n", "authorization: bearer 1\r\n", "accept-encoding: identity\r\n"]
    {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert_eq!(ask(&format!("{url}/b"), &[], 9).outcome.unwrap().status, 404);
}

#[test]
fn signed_places_are_followed_without_credentials_of_others_and_plain_ones_are_answers() {
    let (other, at_other) = serve(vec![answer("200 OK", b"file")]);
    let redirect =
        |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes();
    // The second server has another port, which this request does not allow.
    let (url, _) = serve(vec![
        redirect("/latest/v2"),
        redirect("/x?sig=1"),
        answer("200 OK", b"file"),
        redirect(&format!("{other}/x?sig=1")),
    ]);
    let plain = ask(&format!("{url}/latest"), &[], 9).outcome.unwrap();
    assert_eq!((plain.status, plain.size, plain.location), (302, 0, Some(format!("{url}/latest/v2"))));
    let signed = ask(&format!("{url}/x"), &[], 9).outcome.unwrap();
    assert_eq!((signed.status, signed.size, signed.location), (200, 4, None));
    let refused = ask(&format!("{url}/y"), &[("cookie", "a")], 9).outcome.unwrap_err();
    assert!(refused.to_string().contains("no server of this machine"), "{refused}");
    assert!(at_other.lock().unwrap().is_empty());
}

#[test]
fn what_may_pass_is_no_answer_and_what_has_no_end_neither() {
    let (url, asked) = serve(vec![
        answer("503 Busy", b""),
        answer("200 OK", b"abc"),
        answer("503 Busy", b""),
        answer("429 Slow", b""),
    ]);
    assert_eq!(ask(&url, &[], 3).outcome.unwrap().size, 3);
    assert!(matches!(ask(&url, &[], 3).outcome, Err(StoreError::Network { .. })));
    assert_eq!(asked.lock().unwrap().len(), 4);
    let (url, _) = serve(vec![answer("200 OK", b"abcd")]);
    assert!(matches!(ask(&url, &[], 3).outcome, Err(StoreError::TooLarge { max: 3, .. })));
    let (url, _) = serve(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(); 2]);
    let cut = ask(&url, &[], 9);
    assert!(matches!(cut.outcome, Err(StoreError::Network { .. })), "{:?}", cut.outcome);
}
