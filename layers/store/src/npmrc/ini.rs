//! The `key = value` lines of an `.npmrc`. In: text. Out: raw keys and values, in order; nothing is replaced in them.
//!
//! Source: npm's `ini` format: `;` and `#` begin comments, `key[] = x` collects a list, quotes are removed, `\;` is a
//! `;`.

/// All settings of a text. `key[]` becomes `key`, once for each value; a key without a value is `true`.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';', '[']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let key = key.trim();
        pairs.push((key.strip_suffix("[]").unwrap_or(key).trim().to_owned(), unquoted(value.trim())));
    }
    pairs
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.to_owned();
        }
    }
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next @ (';' | '#' | '\\')) => text.push(next),
                Some(next) => text.extend(['\\', next]),
                None => text.push('\\'),
            },
            ';' | '#' => break,
            letter => text.push(letter),
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn lines_are_read_as_npm_reads_them() {
        let text = "\u{feff}; c\n# c\n[s]\na=1 ; c\nb = \"x # y\"\nca[]=one\nca[]=two\nflag\nc=a\\;b\n";
        let read = pairs(text);
        let read: Vec<_> = read.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            read,
            [("a", "1"), ("b", "x # y"), ("ca", "one"), ("ca", "two"), ("flag", "true"), ("c", "a;b")]
        );
    }
}
