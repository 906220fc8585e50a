#![allow(clippy::unwrap_used)]

use super::replace;

#[test]
fn paths_are_replaced_wherever_they_stand() {
    let of =
        |text: &str| replace(text.as_bytes(), b"/b/app", b"/app").map(|out| String::from_utf8(out).unwrap());
    assert_eq!(of("/b/app"), Some("/app".to_owned()));
    assert_eq!(of("x=/b/app/y:/b/app;/b/b/app"), Some("x=/app/y:/app;/b/app".to_owned()));
    assert_eq!(of("/b/ap"), None);
    assert_eq!(of(""), None);
}
