//! Texts for the user without passwords of URLs. In: a text, which quotes what came from lockfiles, configuration, registries and scripts. Out: the same;
//! of URLs, neither what stands before the `@` nor the query.

use std::borrow::Cow;

/// What ends a URL in a text.
fn ends(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '{' | '}' | ',')
}

/// Masks all URLs of a text.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    match text.contains('@') {
        true if text.contains("://") => Cow::Owned(without_users(&of_urls(text)).into_owned()),
        true => without_users(text),
        false if text.contains("://") => Cow::Owned(of_urls(text)),
        false => Cow::Borrowed(text),
    }
}

/// Takes `user:password@` out of words that are no URLs: a registry or an image whose scheme was left out.
fn without_users(text: &str) -> Cow<'_, str> {
    if !text.split(ends).any(|word| user_of(word).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(ends) {
        let bare = word.trim_end_matches(ends);
        out.push_str(user_of(bare).map_or(word, |at| word.split_at(at).1));
    }
    Cow::Owned(out)
}

/// Where `user:password@` of a word ends. `npm:x@1`, `x@npm:y@1`, `name:tag@sha256:…` and `key=user:x@y` with a path before it have none.
fn user_of(word: &str) -> Option<usize> {
    const PROTOCOLS: [&str; 12] = [
        "npm",
        "jsr",
        "file",
        "link",
        "workspace",
        "catalog",
        "git",
        "github",
        "gitlab",
        "bitbucket",
        "runtime",
        "oci",
    ];
    let at = word.rfind('@')?;
    let (user, rest) = (word.get(..at)?, word.get(at + 1..)?);
    let (name, password) = user.split_once(':')?;
    let is_user = !name.is_empty()
        && !password.is_empty()
        && !user.contains(['/', '@'])
        && !PROTOCOLS.contains(&name)
        && !rest.starts_with("sha")
        && rest.starts_with(|first: char| first.is_alphanumeric() || first == '[' || first == ':');
    is_user.then_some(at + 1)
}

fn of_urls(text: &str) -> String {
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
    out
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
            ("\"u:secret@h/x\" is no image", "\"h/x\" is no image"),
            ("registry u:secret@h:80/ of", "registry h:80/ of"),
            ("url (u:secret@:99)", "url (:99)"),
            ("a/b:1@sha256:12 b:1@sha256:12 x@npm:y@1.0.0", "a/b:1@sha256:12 b:1@sha256:12 x@npm:y@1.0.0"),
            ("one https://a?b, two https://c:d@e", "one https://a, two https://e"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }
}
