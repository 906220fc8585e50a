#![allow(clippy::unwrap_used)]

use super::*;

const NEWEST: AuthSetting = AuthSetting::Chooses { skips_fields: true };

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn auth(json: &str) -> JsonAuth {
    JsonAuth::parse_text(json, NEWEST).unwrap()
}

/// The default registries of both places.
fn chosen(variable: &str, file: &str, declared: &[(&str, &str)]) -> [Option<String>; 2] {
    let declared: Vec<_> = declared.iter().map(|(key, value)| pair(key, value)).collect();
    let routes = AuthRoutes::resolve(&auth(variable), &auth(file), declared.iter(), NEWEST);
    [routes.of_variable, routes.of_file]
        .map(|routes| routes.into_iter().find(|(key, _)| key == "registry").map(|(_, url)| url))
}

#[test]
fn tokens_come_with_the_registries_of_their_scopes() {
    let read = auth(
        r#"{"HTTPS://H.test:443/npm": {"@": {"authToken": "t"}, "@org": {"authToken": "o"}, "later": {"x": 1}}}"#,
    );
    assert_eq!(
        read.tokens,
        [pair("//h.test/npm/:_authToken", "t"), pair("//h.test/npm/:@org:_authToken", "o")]
    );
    assert_eq!(read.ignored, ["later in entry 1 of _auth"]);
    let routes = AuthRoutes::resolve(&read, &JsonAuth::default(), [].iter(), NEWEST);
    let url = "https://h.test/npm/";
    assert_eq!(routes.of_variable, [pair("@org:registry", url), pair("registry", url)]);
}

#[test]
fn what_is_malformed_is_refused_and_not_repeated() {
    for wrong in [
        "[]",
        "x",
        r#"{"ftp://h.test/": {}}"#,
        r#"{"https://me:secret@h.test/": {}}"#,
        r#"{"https://h.test/?secret": {}}"#,
        r#"{"https://h.test/": {"org": {"authToken": "secret"}}}"#,
        r#"{"https://h.test/": {"@": {"basicAuth": "secret"}}}"#,
    ] {
        let error = JsonAuth::parse_text(wrong, NEWEST).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
        assert_eq!(JsonAuth::parse_text(wrong, AuthSetting::Unread), Ok(JsonAuth::default()));
    }
    // In the first versions, a field that is not a scope was an error.
    let later = r#"{"https://h.test/": {"later": 1}}"#;
    assert!(JsonAuth::parse_text(later, AuthSetting::Wins).is_err());
    assert!(JsonAuth::parse_text(later, NEWEST).is_ok());
}

/// As in real 11.28.11.
#[test]
fn the_registry_of_a_scope_is_no_default_and_of_several_the_declared_one_counts() {
    let two = r#"{"http://a.test/": {"@": {"authToken": "a"}}, "http://b.test/": {"@": {"authToken": "b"}}}"#;
    let [a, b] = ["http://a.test/", "http://b.test/"].map(|url| Some(url.to_owned()));
    assert_eq!(chosen(two, two, &[]), [b.clone(), b.clone()]);
    assert_eq!(chosen(two, two, &[("registry", "http://a.test")]), [a.clone(), b.clone()]);
    assert_eq!(chosen(two, two, &[("registry", "http://c.test")]), [None, b.clone()]);
    // The strongest of a scope's settings counts.
    let scope = [("@my:registry", "http://b.test"), ("@my:registry", "http://a.test")];
    assert_eq!(chosen(two, two, &scope), [a, None]);
    let led =
        r#"{"http://c.test/": {"@my": {"authToken": "c"}}, "http://b.test/": {"@": {"authToken": "b"}}}"#;
    assert_eq!(chosen(led, "{}", &scope), [b, None]);
}
