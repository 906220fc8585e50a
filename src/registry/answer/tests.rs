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
    let of = |value: &str| {
        let date = "Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap();
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap()), (DATE, date)]))
    };
    let seconds = |count| Some(Duration::from_secs(count));
    assert_eq!((of("7"), of("100000"), of("99999999999999999999")), (seconds(7), Some(MAX_WAIT), None));
    assert_eq!(of("Wed, 21 Oct 2015 07:28:09 GMT"), seconds(9));
    assert_eq!(of("Wed, 21 Oct 2015 07:27:00 GMT"), seconds(0), "it is over");
    assert_eq!(of("Thu, 21 Oct 2055 07:27:00 GMT"), Some(MAX_WAIT));
    for wrong in ["", "soon", "-3", "Wed, 41 Oct 2015 07:28:00 GMT", "2015-10-21T07:28:00Z"] {
        assert_eq!(of(wrong), None, "{wrong}");
    }
    let undated = HeaderMap::from_iter([(RETRY_AFTER, "Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap())]);
    assert_eq!(retry_after(&undated), None);
}
