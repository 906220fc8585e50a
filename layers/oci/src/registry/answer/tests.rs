#![allow(clippy::unwrap_used)]

use super::*;

fn error(code: &str, message: &str) -> ApiError {
    ApiError { code: code.into(), message: message.into() }
}

#[test]
fn errors_are_told_on_one_line_with_the_host_that_failed() {
    let body = br#"{"errors":[{"code":"DENIED","message":"no\u001b[31m access\nhere","detail":{"x":1}},{"code":"QUOTA","message":""}]}"#;
    let errors = api_errors(body);
    assert_eq!(errors, [error("DENIED", "no\\u{1b}[31m access here"), error("QUOTA", "")]);
    let status = |retry_after| RegistryError::Status {
        what: "push".into(),
        status: reqwest::StatusCode::FORBIDDEN,
        errors: errors.clone(),
        host: "cdn.example:8443".into(),
        registry: "r.example".into(),
        retry_after,
    };
    let told =
        "cannot push: cdn.example:8443 answered 403 Forbidden: DENIED (no\\u{1b}[31m access here); QUOTA";
    assert_eq!(status(None).to_string(), told);
    let later = status(Some(std::time::Duration::from_secs(86_400))).to_string();
    assert_eq!(later, format!("{told}; it asks to wait 86400 seconds"));
}

#[test]
fn words_of_other_servers_are_told_and_pages_are_not() {
    for body in ["", "<html>", "{}", "{\"errors\":null}", "{\"errors\":[{}]}", "{\"errors\":[1,[]]}"] {
        assert_eq!(api_errors(body.as_bytes()), [], "{body}");
    }
    let token_server = br#"{"details":"incorrect username or password"}"#;
    assert_eq!(api_errors(token_server), [error("", "incorrect username or password")]);
    assert_eq!(api_errors(b"{\"errors\":[{\"message\":\"no code\"}]}"), [error("", "no code")]);
    let detail =
        br#"{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid","detail":"unsupported"}]}"#;
    assert_eq!(api_errors(detail), [error("MANIFEST_INVALID", "manifest invalid: unsupported")]);
    assert_eq!(
        api_errors(format!("{{\"errors\":[{}{{}}]}}", "{\"code\":\"A\"},".repeat(9)).as_bytes()).len(),
        5
    );
}

#[test]
fn a_host_is_told_with_its_port() {
    assert_eq!(host(&"https://u:p@r.example/v2/?token=x".parse().unwrap()), "r.example");
    assert_eq!(host(&"http://[::1]:5000/v2/".parse().unwrap()), "[::1]:5000");
}
