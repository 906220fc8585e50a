#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn nothing_steers_the_terminal() {
    let error = std::io::Error::other("no tar: \u{1b}]0;title\u{7}\r\n\tits name");
    let text = render_error(&error, Some("look\u{9b}31m at it".to_owned()));
    assert_eq!(text, "error: no tar:  \n its name\nhint: look at it\n");
}

#[test]
fn the_whole_report_is_bounded_and_keeps_its_hint() {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}: {1}")]
    struct Deep(usize, String, #[source] Option<Box<Deep>>);
    let deep = (0..50).fold(None, |inner, depth| Some(Box::new(Deep(depth, "ä".repeat(500), inner))));
    let text = render_error(&*deep.unwrap(), Some("h".repeat(9000)));
    assert!(text.len() <= MOST && text.starts_with("error: 49: ä") && text.contains("\nhint: hhh"), "{text}");
}

#[test]
fn a_cause_that_the_message_repeats_is_told_once_and_its_own_causes_are() {
    let io = std::io::Error::other("the cable is out");
    let reason = fourply_blob::Reason::because("it is no URL", io);
    let error = fourply_store::StoreError::Path { path: "x".to_owned(), reason: reason.into() };
    let text = render_error(&error, None);
    assert_eq!(text, "error: the path \"x\" cannot be kept: it is no URL\ncaused by: the cable is out\n");
    let file = fs_err::read("/nowhere/at/all").unwrap_err();
    let error = crate::Error::user(file, "name another");
    let text = render_error(&error, error.hint());
    let expected = "error: failed to open file `/nowhere/at/all`: No such file or directory (os error 2)\nhint: name another\n";
    assert_eq!(text, expected);
}
