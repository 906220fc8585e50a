#![allow(clippy::unwrap_used)]

use super::*;

fn of(values: &[&str]) -> Option<Challenge> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
    }
    Challenge::of(&headers)
}

fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
    Some(Challenge::Bearer { realm: realm.into(), service: service.map(str::to_owned) })
}

#[test]
fn challenges_as_registries_send_them() {
    assert_eq!(of(&["Basic realm=\"Registry Realm\""]), Some(Challenge::Basic));
    // Docker Hub's challenge, with a comma inside a parameter.
    let docker = r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#;
    assert_eq!(of(&[docker]), bearer("https://auth.example/token", Some("registry.example")));
    assert_eq!(
        of(&[r#"bearer realm="https://a.example/t", error="invalid_token""#]),
        bearer("https://a.example/t", None)
    );
}

#[test]
fn a_token_is_taken_where_there_is_a_choice() {
    let both = bearer("https://a.example/t", None);
    assert_eq!(of(&[r#"Basic realm="x""#, r#"Bearer realm="https://a.example/t""#]), both);
    assert_eq!(of(&[r#"Basic realm="x", Bearer realm="https://a.example/t""#]), both);
}

#[test]
fn what_cannot_be_met_is_none() {
    assert_eq!(of(&[]), None);
    assert_eq!(of(&["Negotiate"]), None);
    assert_eq!(of(&["Bearer service=\"x\""]), None);
    assert_eq!(of(&["Bearer realm=\"unclosed"]), None);
}
