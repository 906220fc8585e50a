#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use url::Url;

use crate::fetch::tests::{answer, serve};
use crate::{FetchSettings, Fetcher, PruneRequest, Result, Store, StoreError};

/// One document of one store, and a server that gives the n-th of these answers to the n-th request.
struct Place {
    dir: tempfile::TempDir,
    fetcher: Fetcher,
    url: Url,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Place {
    fn new(answers: Vec<Vec<u8>>) -> Place {
        let dir = tempfile::tempdir().unwrap();
        let settings = FetchSettings { retries: 0, ..FetchSettings::default() };
        let fetcher = Fetcher::new(Store::open(dir.path()).unwrap(), settings);
        let (url, asked) = serve(answers);
        Place { dir, fetcher, url: Url::parse(&url).unwrap(), asked }
    }

    /// The result of a reader that accepts only text that begins with `good`.
    fn latest(&self) -> Result<String> {
        self.fetcher.latest(&self.url, 100, |bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if text.starts_with("good") {
                Ok(text)
            } else {
                Err(StoreError::Setting { message: text.into() })
            }
        })
    }

    fn is(&self, expected: &str) {
        assert_eq!(self.latest().unwrap(), expected);
    }

    /// The conditions of the requests.
    fn conditions(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let of = |head: &String| {
            head.lines().filter(|line| line.starts_with("if-")).collect::<Vec<_>>().join(", ")
        };
        asked.iter().map(of).collect()
    }

    /// The only kept file.
    fn kept(&self) -> std::path::PathBuf {
        let shard = std::fs::read_dir(self.dir.path().join("v2/documents")).unwrap().next().unwrap().unwrap();
        std::fs::read_dir(shard.path()).unwrap().next().unwrap().unwrap().path()
    }
}

fn with(headers: &str, body: &str) -> Vec<u8> {
    let line = if headers.is_empty() { "" } else { "\r\n" };
    answer(&format!("200 OK{line}{headers}"), body.as_bytes())
}

fn unchanged() -> Vec<u8> {
    b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec()
}

const TIMES: &str = "Date: Wed, 21 Oct 2015 07:28:01 GMT\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT";

#[test]
fn what_has_not_changed_is_not_fetched_again() {
    let both = format!("ETag: W/\"a\"\r\n{TIMES}");
    let place = Place::new(vec![
        with(&both, "good 1"),
        unchanged(),
        with("ETag: \"b\"", "good 2"),
        unchanged(),
        with("", "good 3"),
        with("", "good 4"),
    ]);
    for expected in ["good 1", "good 1", "good 2", "good 2", "good 3", "good 4"] {
        place.is(expected);
    }
    let first = "if-none-match: W/\"a\", if-modified-since: Wed, 21 Oct 2015 07:28:00 GMT";
    let second = "if-none-match: \"b\"";
    assert_eq!(place.conditions(), ["", first, first, second, second, second]);
    let asked = place.asked.lock().unwrap();
    assert!(asked.iter().all(|head| head.contains("cache-control: max-age=0")), "{asked:?}");
}

#[test]
fn what_the_reader_refuses_is_never_kept() {
    let place = Place::new(vec![with("ETag: \"a\"", "bad"), with("ETag: \"a\"", "good")]);
    assert!(place.latest().is_err());
    place.is("good");
    assert_eq!(place.conditions(), ["", ""]);
    let place = Place::new(vec![
        with("ETag: \"a\"", "good"),
        with("ETag: \"b\"", "bad"),
        unchanged(),
        answer("500 No", b""),
    ]);
    place.is("good");
    assert!(place.latest().is_err());
    place.is("good");
    assert!(place.latest().is_err(), "a server that fails is no leave to take what is kept");
    assert_eq!(place.conditions()[2], "if-none-match: \"a\"");
}

/// The keys or the clock may have changed since the document was kept.
#[test]
fn what_is_kept_and_no_longer_taken_is_fetched_whole() {
    let answers = vec![with("ETag: \"a\"", "good"), unchanged(), with("ETag: \"a\"", "good now")];
    let place = Place::new(answers);
    place.is("good");
    let found = place.fetcher.latest(&place.url, 100, |bytes| match bytes {
        b"good now" => Ok("good now"),
        _ => Err(StoreError::Setting { message: "no".into() }),
    });
    assert_eq!(found.unwrap(), "good now");
    assert_eq!(place.conditions(), ["", "if-none-match: \"a\"", ""]);
}

#[test]
fn what_is_damaged_is_fetched_whole() {
    let place = Place::new(vec![with("ETag: \"a\"", "good 1"), with("ETag: \"a\"", "good 1"), unchanged()]);
    place.is("good 1");
    let mut bytes = std::fs::read(place.kept()).unwrap();
    let digit = bytes.iter().position(|byte| *byte == b'1').unwrap();
    bytes[digit] = b'2';
    std::fs::write(place.kept(), bytes).unwrap();
    place.is("good 1");
    place.is("good 1");
    assert_eq!(place.conditions(), ["", "", "if-none-match: \"a\""]);
}

#[test]
fn what_was_cleaned_up_is_fetched_whole() {
    let place = Place::new(vec![with("ETag: \"a\"", "good"), with("ETag: \"a\"", "good")]);
    place.is("good");
    let request = PruneRequest { unused_since: None, keep: Some(0), now: SystemTime::now(), pretend: false };
    let gone = place.fetcher.store().prune(&request).unwrap().gone;
    assert_eq!(gone.into_keys().collect::<Vec<_>>(), ["documents"]);
    place.is("good");
    assert_eq!(place.conditions(), ["", ""]);
}

#[test]
fn that_nothing_changed_is_no_answer_to_who_has_nothing() {
    let place = Place::new(vec![unchanged()]);
    let error = place.latest().unwrap_err();
    assert!(error.to_string().contains("it answered 304 Not Modified"), "{error}");
    // An "unchanged" to an unconditional request is not accepted either.
    let place = Place::new(vec![with("ETag: \"a\"", "good"), unchanged(), unchanged()]);
    place.is("good");
    let none =
        place.fetcher.latest(&place.url, 100, |_| Err::<(), _>(StoreError::Setting { message: "no".into() }));
    assert!(none.unwrap_err().to_string().contains("it answered 304 Not Modified"));
}

#[test]
fn offline_nothing_is_asked_and_nothing_old_is_taken() {
    let place = Place::new(vec![with("ETag: \"a\"", "good")]);
    place.is("good");
    let settings = FetchSettings { offline: true, ..FetchSettings::default() };
    let fetcher = Fetcher::new(place.fetcher.store().clone(), settings);
    let error = fetcher.latest(&place.url, 100, |_| Ok::<_, StoreError>(())).unwrap_err();
    assert!(matches!(error, StoreError::Offline { .. }), "{error}");
}

#[test]
fn passwords_in_urls_show_in_no_error() {
    let mut place = Place::new(Vec::new());
    place.url = Url::parse("http://user:s3cret@127.0.0.1:1/index?token=s3cret").unwrap();
    let unreachable = place.latest().unwrap_err();
    let settings = FetchSettings { offline: true, ..FetchSettings::default() };
    place.fetcher = Fetcher::new(Store::open(place.dir.path()).unwrap(), settings);
    let offline = place.latest().unwrap_err();
    for error in [unreachable, offline] {
        assert!(error.to_string().contains("127.0.0.1:1/index"), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}
