#![allow(clippy::unwrap_used)]

use super::*;

/// The masked text of a server that repeats this header.
fn echoed(header: &str, words: &str) -> String {
    let client = crate::http::client_builder().build().unwrap();
    let request = client.get("http://localhost/").header(AUTHORIZATION, header).build().unwrap();
    String::from_utf8(masked(words.as_bytes(), &SentCredentials::of(&request).forms())).unwrap()
}

#[test]
fn tokens_and_passwords_that_a_server_repeats_are_masked() {
    assert_eq!(
        echoed("Bearer tok/en", r#"{"error":"bad Bearer tok/en"}"#),
        r#"{"error":"bad Bearer [secret]"}"#
    );
    assert_eq!(echoed("Bearer tok/en", r#"{"error":"bad tok\/en"}"#), r#"{"error":"bad [secret]"}"#);
    let pair = STANDARD.encode("user:pass\"word");
    let basic = format!("Basic {pair}");
    assert_eq!(echoed(&basic, &format!("bad {pair}")), "bad [secret]");
    assert_eq!(echoed(&basic, r#"{"message":"user:pass\"word"}"#), r#"{"message":"user:[secret]"}"#);
    let quoted = format!("Basic {}", STANDARD.encode("user:pass\""));
    assert_eq!(echoed(&quoted, r#"{"message":"pass\""}"#), r#"{"message":"[secret]"}"#);
    assert_eq!(echoed("Bearer abc", "no such image"), "no such image");
    assert_eq!(echoed("Basic Og==", "an empty password"), "an empty password");
}
