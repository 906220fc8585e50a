#![allow(clippy::unwrap_used)]

use super::*;

fn wish_base(base: &str, realm: &str) -> Result<Url, RegistryError> {
    let reference = Reference::parse("r.example/a").unwrap();
    let scope = AuthScope { repository: "a".into(), push: false, sources: Vec::new() };
    let (base, credentials) = (Url::parse(base).unwrap(), Credentials::default());
    let http = crate::registry::http_clients(&[]).unwrap();
    let request = AuthRequest {
        http: &http,
        pace: Pace::default(),
        credentials: &credentials,
        reference: &reference,
        scope: &scope,
        base: &base,
    };
    checked_realm(realm, request)
}

#[test]
fn scopes_are_as_token_servers_know_them() {
    let scope = AuthScope { repository: "erp/auth".into(), push: true, sources: vec!["library/node".into()] };
    assert_eq!(scope.texts(), ["repository:erp/auth:pull,push", "repository:library/node:pull"]);
    let scope = AuthScope { repository: "a".into(), push: false, sources: Vec::new() };
    assert_eq!(scope.texts(), ["repository:a:pull"]);
}

#[test]
fn a_password_does_not_go_over_plain_http() {
    assert!(wish_base("https://r.example/", "https://auth.example/token").is_ok());
    assert!(wish_base("http://127.0.0.1:5000/", "http://auth.example/token").is_ok());
    assert!(wish_base("https://r.example/", "http://127.0.0.1:9/token").is_ok());
    for realm in ["http://auth.example/token", "file:///etc/passwd", "token", ""] {
        let error = wish_base("https://r.example/", realm).unwrap_err();
        assert!(matches!(error, RegistryError::Protocol { .. }), "{error}");
    }
}

#[test]
fn basic_is_the_base64_of_name_and_password() {
    // RFC 7617, section 2.
    let header = basic_header("Aladdin", &Secret::new("open sesame".into()));
    assert_eq!(header.reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
