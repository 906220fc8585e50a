#![allow(clippy::unwrap_used)]

use super::*;

fn asked(origin: Option<&Origin>, uri: &str, host: Option<&str>) -> Result<String, &'static str> {
    let mut request = Request::builder().uri(uri);
    if let Some(host) = host {
        request = request.header(HOST, host);
    }
    url(origin, &request.body(()).unwrap()).map(String::from)
}

#[test]
fn a_request_is_for_the_host_of_its_connection() {
    let secure = Origin { secure: true, host: Some("example.org".to_owned()), port: 443 };
    let ask = |uri, host| asked(Some(&secure), uri, host);
    assert_eq!(ask("/a?b=1", Some("Example.org:443")).unwrap(), "https://example.org/a?b=1");
    assert_eq!(ask("/a", None).unwrap(), "https://example.org/a");
    assert!(ask("/a", Some("other.example")).is_err());
    let open = Origin { secure: false, host: None, port: 8081 };
    let ask = |host| asked(Some(&open), "/x", Some(host));
    assert_eq!(ask("mirror.example:8081").unwrap(), "http://mirror.example:8081/x");
    assert_eq!(ask("mirror.example").unwrap(), "http://mirror.example:8081/x");
    assert_eq!(ask("[::1]:8081").unwrap(), "http://[::1]:8081/x");
    for wrong in ["user@example.org", "a/b", "a?b", ""] {
        assert!(ask(wrong).is_err(), "{wrong}");
    }
    assert_eq!(asked(None, "http://a.example:81/x", Some("b")).unwrap(), "http://a.example:81/x");
    assert!(asked(None, "/x", Some("a.example")).is_err());
}

#[test]
fn a_url_is_written_without_what_may_be_a_credential() {
    for (url, line) in [
        ("https://u:p@a.example/x?b=1#f", "https://a.example/x?b=1"),
        ("https://a.example/x?X-Amz-Signature=1&v=2&access_token=3&SIG=4", "https://a.example/x?v=2"),
        ("https://a.example/x?api_key=1", "https://a.example/x"),
        ("https://a.example/x?keyboard=1&", "https://a.example/x?keyboard=1&"),
    ] {
        assert_eq!(written(&url.parse().unwrap()), line);
    }
}

#[test]
fn ports_are_those_of_urls_that_the_user_wrote() {
    let texts = [
        "http://127.0.0.1:8081/x",
        "registry=http://nexus.example:8443/ 'https://localhost'",
        "postgres://localhost:5432",
        "http://",
    ];
    let ports = ports(texts.into_iter());
    assert_eq!(ports.all, [8081, 8443, 443].into());
    assert_eq!(ports.local, [8081, 443].into());
}

#[test]
fn what_registries_tell_of_packages_is_known_from_their_files() {
    let configured = "registry=https://r.example/npm/\n@a:registry=https://s.example/\n";
    let told = |url: &str| is_metadata(&Url::parse(url).unwrap(), configured);
    for metadata in [
        "https://r.example/npm/x",
        "https://r.example/npm/@a%2fx",
        "https://s.example/@a/x",
        "https://s.example/x?write=true",
    ] {
        assert!(told(metadata), "{metadata}");
    }
    for other in [
        "https://r.example/npm/x/-/x-1.0.0.tgz",
        "https://r.example/x",
        "http://r.example/npm/x",
        "https://r.example:8443/npm/x",
        "https://r.example/npm/",
        "https://r.example/npm/-/ping",
        "https://r.example/npm/x-1.0.0.tgz",
        "https://s.example/download/@a/x/1.0.0/0",
        "https://other.example/x",
    ] {
        assert!(!told(other), "{other}");
    }
}
