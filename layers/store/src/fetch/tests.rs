#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fourply_blob::Digest;
use url::Url;

use super::{FetchSettings, Fetcher, PackageRequest};
use crate::{Checksum, Integrity, NoProgress, NpmConfig, Store, StoreError};

/// A server that gives the n-th of these answers to the n-th request, and records the requests.
pub fn serve(answers: Vec<Vec<u8>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            log.lock().unwrap().push(read_head(&mut stream));
            stream.write_all(&answer).unwrap();
        }
    });
    (url, asked)
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

pub fn answer(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn tgz() -> Vec<u8> {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_ustar();
    header.set_size(2);
    header.set_mode(0o644);
    builder.append_data(&mut header, "package/package.json", &b"{}"[..]).unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

fn fetch(npmrc: &str, integrity: Integrity, offline: bool) -> crate::Result<()> {
    let dir = tempfile::tempdir().unwrap();
    let (npm, _) = NpmConfig::parse(npmrc, &|_| None);
    let settings = FetchSettings {
        npm,
        offline,
        timeout: Duration::from_millis(500),
        retries: 3,
        ..FetchSettings::default()
    };
    let fetcher = Fetcher::new(Store::open(dir.path()).unwrap(), settings);
    let request = PackageRequest {
        name: "@s/pkg".into(),
        version: "1.2.3".into(),
        registry: None,
        tarball: None,
        integrity,
    };
    let packs = fetcher.packages(std::slice::from_ref(&request), &NoProgress)?;
    assert_eq!(fetcher.store().pack_for(&request.integrity).unwrap(), packs.first().copied());
    // The second time nothing is requested: the server answers no more.
    assert_eq!(fetcher.packages(&[request], &NoProgress).unwrap(), packs);
    Ok(())
}

#[test]
fn errors_of_a_passing_kind_are_tried_again() {
    let body = tgz();
    let cut = [&b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"[..], b"abc"].concat();
    let busy =
        b"HTTP/1.1 429 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let (url, asked) = serve(vec![answer("500 Oops", b""), busy, cut, answer("200 OK", &body)]);
    fetch(&format!("registry={url}\n"), Integrity::of(&body), false).unwrap();
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 4);
    assert!(asked[0].starts_with("GET /@s/pkg/-/pkg-1.2.3.tgz "), "{}", asked[0]);
}

/// A server that sends this, then single bytes with pauses, without end. The counter has the number of requests.
fn trickle(head: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, asked) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || {
                read_head(&mut stream);
                stream.write_all(head.as_bytes()).unwrap();
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
    });
    (url, asked)
}

#[test]
fn a_slow_head_and_a_slow_body_are_given_up_after_a_second_attempt() {
    for (head, told) in [
        ("HTTP/1.1 200 OK\r\nX: ", "no answer came for"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", "bytes came in"),
    ] {
        let (url, asked) = trickle(head);
        let settings = FetchSettings { timeout: Duration::from_millis(60), ..FetchSettings::default() };
        let dir = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Store::open(dir.path()).unwrap(), settings);
        let error = fetcher.document(&url.parse().unwrap(), 1 << 20).unwrap_err().to_string();
        assert!(error.contains(told) && error.contains(&url), "{error}");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}

#[test]
fn an_error_has_the_servers_words_and_the_host_that_failed() {
    let (failing, _) = serve(vec![answer("403 No", br#"{"error":"no\u001b[31m seat left"}"#)]);
    let away = format!(
        "HTTP/1.1 302 Away\r\nLocation: {failing}/x?token=1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let (url, _) = serve(vec![away.into_bytes()]);
    let dir = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(Store::open(dir.path()).unwrap(), FetchSettings::default());
    let error = fetcher.document(&url.parse().unwrap(), 100).unwrap_err().to_string();
    assert!(
        error.ends_with(&format!("is refused: {failing}/x answered 403: no\\u{{1b}}[31m seat left")),
        "{error}"
    );
    // A very long wait that a server asks for is not waited for.
    let busy = b"HTTP/1.1 429 Busy\r\nRetry-After: 86400\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (url, asked) = serve(vec![busy.to_vec()]);
    let error = fetcher.document(&url.parse().unwrap(), 100).unwrap_err().to_string();
    assert!(error.contains("it asks to wait 86400 seconds"), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn other_bytes_than_promised_are_refused_and_nothing_is_kept() {
    let (url, _) = serve(vec![answer("200 OK", &tgz())]);
    let error = fetch(&format!("registry={url}\n"), Integrity::of(b"other"), false).unwrap_err();
    assert!(matches!(&error, StoreError::Mismatch { what, .. } if what == "@s/pkg@1.2.3"), "{error}");
}

#[test]
fn absent_and_refused_are_told_apart_and_not_tried_again() {
    let (url, asked) = serve(vec![answer("404 No", b"")]);
    let error = fetch(&format!("registry={url}\n"), Integrity::of(b"x"), false).unwrap_err();
    assert!(matches!(error, StoreError::Absent { status: 404, .. }), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1);
    let (url, _) = serve(vec![answer("401 Who", b"")]);
    let error = fetch(&format!("registry={url}\n"), Integrity::of(b"x"), false).unwrap_err();
    assert!(matches!(error, StoreError::Refused { status: 401, .. }), "{error}");
}

#[test]
fn a_token_does_not_follow_a_redirect_to_another_host() {
    let body = tgz();
    let (other, asked_other) = serve(vec![answer("200 OK", &body)]);
    let other = other.replace("127.0.0.1", "localhost");
    let away =
        format!("HTTP/1.1 302 Away\r\nLocation: {other}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let (url, asked) = serve(vec![away.into_bytes()]);
    let place = url.trim_start_matches("http:");
    fetch(&format!("registry={url}\n{place}/:_authToken=secret\n"), Integrity::of(&body), false).unwrap();
    assert!(asked.lock().unwrap()[0].contains("Bearer secret"));
    assert!(!asked_other.lock().unwrap()[0].contains("secret"));
}

#[test]
fn offline_opens_no_socket_and_says_what_is_missing() {
    let error = fetch("registry=http://127.0.0.1:1/\n", Integrity::of(b"x"), true).unwrap_err();
    assert!(matches!(&error, StoreError::Offline { what } if what == "@s/pkg@1.2.3"), "{error}");
}

#[test]
fn a_file_of_another_size_than_promised_is_an_error_in_a_warm_store_too() {
    let dir = tempfile::tempdir().unwrap();
    fs_err::write(dir.path().join("x"), "12345").unwrap();
    let url = Url::from_file_path(dir.path().join("x")).unwrap();
    let fetcher = Fetcher::new(Store::open(&dir.path().join("store")).unwrap(), FetchSettings::default());
    let sum = Checksum::Sha256(Digest::of(b"12345"));
    for size in [5, 5] {
        assert!(fetcher.sized_file(&url, &sum, size, 100).is_ok());
    }
    let error = fetcher.sized_file(&url, &sum, 6, 100).unwrap_err();
    assert!(error.to_string().ends_with("expected 6 bytes, got 5 bytes"), "{error}");
}
