#![allow(clippy::unwrap_used)]

use super::*;

const HEX: &str = "6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b";

#[test]
fn defaults_are_dockers() {
    let cases = [
        ("node", "docker.io/library/node:latest"),
        ("node:22-alpine", "docker.io/library/node:22-alpine"),
        ("erp/auth:1", "docker.io/erp/auth:1"),
        ("localhost/auth", "localhost/auth:latest"),
        ("127.0.0.1:5000/erp/auth:1", "127.0.0.1:5000/erp/auth:1"),
        ("registry.example/a/b/c:1", "registry.example/a/b/c:1"),
    ];
    for (text, full) in cases {
        assert_eq!(Reference::parse(text).unwrap().to_string(), full);
    }
    let node = Reference::parse("node").unwrap();
    assert_eq!(
        (node.registry(), node.repository(), node.tag()),
        ("docker.io", "library/node", Some("latest"))
    );
    assert_ne!(node.host(), node.registry());
}

#[test]
fn a_digest_counts_more_than_a_tag() {
    let both = Reference::parse(&format!("a.example/b:1@sha256:{HEX}")).unwrap();
    assert_eq!(both.wanted(), format!("sha256:{HEX}"));
    assert_eq!((both.tag(), both.digest().unwrap().hex()), (Some("1"), HEX.to_owned()));
    let only = Reference::parse(&format!("a.example/b@sha256:{HEX}")).unwrap();
    assert_eq!(only.tag(), None);
}

#[test]
fn what_is_no_name_is_refused_with_a_reason() {
    let upper = format!("a.example/b@sha256:{}", HEX.to_uppercase());
    let long = "a/".repeat(2000);
    let sha512 = format!("a.example/b@sha512:{HEX}{HEX}");
    let cases = [
        "",
        "A/b",
        "a.example/UPPER:1",
        "a b",
        "a:b:c",
        "../x",
        "a@sha256:12",
        "https://a.example/b",
        &upper,
        &long,
        &sha512,
    ];
    for text in cases {
        let error = Reference::parse(text).unwrap_err();
        assert!(error.to_string().contains("is no image's name: "), "{error}");
        let error = crate::registry::RegistryError::from(error);
        assert_eq!(error.category(), fourply_blob::Category::User);
    }
}

#[test]
fn loopback_is_known_by_name_and_number() {
    for host in
        ["localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]:5000", "[::1]", "x.localhost:1"]
    {
        assert!(is_loopback(host), "{host}");
    }
    for host in ["localhost.example", "128.0.0.1:5000", "127.0.0.1.example", "registry:5000", "10.0.0.1"] {
        assert!(!is_loopback(host), "{host}");
    }
}
