#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn errors_are_told_on_one_line() {
    let body = br#"{"errors":[{"code":"DENIED","message":"no\u001b[31m access\nhere","detail":{"x":1}},{"code":"QUOTA","message":""}]}"#;
    let errors = api_errors(body);
    assert_eq!(errors[0], ApiError { code: "DENIED".into(), message: "no [31m access here".into() });
    assert_eq!(errors[1], ApiError { code: "QUOTA".into(), message: String::new() });
    let error = RegistryError::Status {
        what: "push".into(),
        status: reqwest::StatusCode::FORBIDDEN,
        errors,
        registry: "r.example".into(),
        retry_after: None,
    };
    assert_eq!(
        error.to_string(),
        "cannot push: the registry answered 403 Forbidden: DENIED (no [31m access here); QUOTA"
    );
}

#[test]
fn other_bodies_say_nothing() {
    for body in ["", "<html>", "{}", "{\"errors\":null}", "{\"errors\":[{\"message\":\"no code\"}]}"] {
        assert_eq!(api_errors(body.as_bytes()), [], "{body}");
    }
    assert_eq!(shown(&"x".repeat(1000)).len(), MAX_MESSAGE);
}

#[test]
fn retry_after_is_obeyed_within_bounds() {
    let of = |name: &'static str, value: &str| {
        wait(&HeaderMap::from_iter([(
            reqwest::header::HeaderName::from_static(name),
            value.parse().unwrap(),
        )]))
    };
    assert_eq!(of("retry-after", "7"), Some(Duration::from_secs(7)));
    assert_eq!(of("retry-after", "100000"), Some(MAX_WAIT));
    assert_eq!(of("x-retry-after", "7"), None);
}
