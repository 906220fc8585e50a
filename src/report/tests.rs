use super::*;

#[test]
fn nothing_steers_the_terminal() {
    let error = std::io::Error::other("no tar: \u{1b}]0;title\u{7}\r\n\tits name");
    let text = render_error(&error, Some("look\u{9b}31m at it".to_owned()));
    assert_eq!(text, "error: no tar:  ]0;title  \n its name\nhint: look 31m at it\n");
}
