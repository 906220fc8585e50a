//! A server's explanation of an error. In: the body of an error response. Out: its text, bounded, and escaped so that a
//! terminal shows it safely. Source: distribution specification, "Error codes"; `error` of npm's registry; OAuth's
//! `error_description` (RFC 6749, 5.2).

use reqwest::Response;
use serde_json::Value;

use super::pace::{Pace, Paced};
use super::sent::masker;

/// The most bytes of an error body that are read.
const MAX_BODY: usize = 64 << 10;
/// The most characters of one text that are shown.
const MAX_LETTERS: usize = 300;
/// The JSON keys that may hold a text.
const KEYS: [&str; 5] = ["message", "error_description", "details", "detail", "error"];

/// Untrusted text on one line. Characters that control a terminal or change the direction of writing are escaped.
pub fn harmless(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.trim().chars();
    for letter in letters.by_ref().take(MAX_LETTERS) {
        match letter {
            '\n' | '\t' | '\r' => out.push(' '),
            _ if letter.is_control() || turns(letter) => out.extend(letter.escape_unicode()),
            _ => out.push(letter),
        }
    }
    if letters.next().is_some() {
        out.push('…');
    }
    out
}

/// Direction marks and characters without width.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text in an error body; empty if there is none, or if the body is an HTML page.
pub fn words(body: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(body) else { return String::new() };
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => {
            let text = KEYS.iter().find_map(|key| object.get(*key)?.as_str());
            text.map(harmless).unwrap_or_default()
        }
        Ok(Value::String(text)) => harmless(&text),
        Ok(_) => String::new(),
        Err(_) if text.trim_start().starts_with(['<', '{', '[']) => String::new(),
        Err(_) => harmless(text),
    }
}

/// The start of a body that is needed only for its text, without the request's credentials. Bytes that do not arrive
/// are left out.
pub async fn beginning(response: Response, pace: Pace) -> Vec<u8> {
    let masked = masker(&response);
    let mut body = Paced::new(response, pace);
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = body.next().await {
        let left = MAX_BODY - bytes.len();
        bytes.extend(piece.as_ref().iter().take(left));
        if bytes.len() == MAX_BODY {
            break;
        }
    }
    masked(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_json_or_of_plain_text_and_no_page() {
        for (body, expected) in [
            (r#"{"error":"no such package"}"#, "no such package"),
            (r#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (r#"{"error":"invalid_scope","error_description":"one scope, please"}"#, "one scope, please"),
            (r#""plain""#, "plain"),
            ("too many requests\n", "too many requests"),
            ("<html>503</html>", ""),
            (r#"{"error":{"code":1}}"#, ""),
            ("[1]", ""),
            ("{cut", ""),
            ("", ""),
        ] {
            assert_eq!(words(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(words(b"\xff\xfe"), "");
    }

    #[test]
    fn a_text_is_harmless_and_short() {
        assert_eq!(harmless("no\u{1b}[31m\nway\u{202e}"), "no\\u{1b}[31m way\\u{202e}");
        assert_eq!(harmless(&"é".repeat(1000)).chars().count(), 301);
    }
}
