//! Texts for the user without passwords of URLs. In: a text, which quotes what came from lockfiles, configuration, registries and scripts. Out: the same;
//! of URLs, neither what stands before the `@` nor the query.

use std::borrow::Cow;

/// What ends a URL in a text.
fn ends(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '{' | '}' | ',')
}

/// Masks all URLs of a text.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + 3);
        out.push_str(before);
        let end = url.find(ends).unwrap_or(url.len());
        let (url, after) = url.split_at(end);
        let (authority, _) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
        // A password may have a slash in it, which the rules of URLs do not allow.
        let split = if authority.contains('@') || is_port(authority) { authority.len() } else { url.len() };
        let (start, _) = url.split_at(split);
        let shown = start.rfind('@').map_or(url, |at| url.split_at(at + 1).1);
        out.push_str(shown.split_once('?').map_or(shown, |(shown, _)| shown));
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `host`, `host:5000`: nothing of it begins a password.
fn is_port(authority: &str) -> bool {
    authority.rsplit_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn passwords_and_queries_of_urls_do_not_show() {
        for (text, shown) in [
            ("no URL: a@b, npm:x@1.0.0, git@host:a/b", "no URL: a@b, npm:x@1.0.0, git@host:a/b"),
            ("at \"https://u:secret@h/x?token=secret\": 404", "at \"https://h/x\": 404"),
            ("http://u:sec@ret@h:80/a (b)", "http://h:80/a (b)"),
            ("https://token@h", "https://h"),
            ("http://u:se/cret@h/x", "http://h/x"),
            ("https://h/@scope/x@1", "https://h/@scope/x@1"),
            ("https://h:80/@scope/x", "https://h:80/@scope/x"),
            ("a://x:secret@ b", "a:// b"),
            ("one https://a?b, two https://c:d@e", "one https://a, two https://e"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }
}
