//! Replaces variables in scripts. In: a script's text, values. Out: the text with the values.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// The settings that, besides their texts, determine what scripts start.
#[derive(Debug, Clone, Copy)]
pub struct ScriptReading<'a> {
    /// pnpm's `enablePrePostScripts`.
    pub pre_post: bool,
    /// The values for `$NAME`: the image's variables if it has no shell. Empty if a shell replaces them at the
    /// container's start.
    pub values: &'a BTreeMap<String, String>,
}

/// A text with values for `$NAME` and `${NAME}`, except for names that it sets itself. Values that a shell would split
/// are not replaced.
pub(super) fn with_values(text: &str, values: &BTreeMap<String, String>) -> String {
    let value = |name: &str| {
        let value = values.get(name).filter(|value| is_plain(value))?;
        (!text.contains(&format!("{name}="))).then_some(value)
    };
    let (mut written, mut rest) = (String::new(), text.chars().peekable());
    let mut single = false;
    let mut double = false;
    while let Some(letter) = rest.next() {
        match letter {
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '\\' if !single => {
                written.push(letter);
                written.extend(rest.next());
                continue;
            }
            '$' if !single => {
                let name = name(&mut rest.clone());
                if let Some((value, length)) = name.and_then(|(name, length)| Some((value(&name)?, length))) {
                    rest.by_ref().take(length).for_each(drop);
                    written.push_str(value);
                    continue;
                }
            }
            _ => {}
        }
        written.push(letter);
    }
    written
}

/// The name of a variable after its `$`, and its number of characters there.
fn name(rest: &mut Peekable<Chars<'_>>) -> Option<(String, usize)> {
    let braces = rest.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(letter) = rest.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_') {
        name.push(letter);
    }
    let ends = !braces || rest.next() == Some('}');
    let length = name.len() + if braces { 2 } else { 0 };
    (ends && !name.is_empty()).then_some((name, length))
}

fn is_plain(value: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "./:@_-,+%".contains(letter);
    !value.is_empty() && value.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_stand_where_a_shell_would_put_them() {
        let values = [("PORT", "3000"), ("URL", "http://x:1/a"), ("TEXT", "a b"), ("NONE", "")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (text, expected) in [
            ("node x --port $PORT", "node x --port 3000"),
            ("node x \"--port=${PORT}\" $URL/b", "node x \"--port=3000\" http://x:1/a/b"),
            ("node x '$PORT' \\$PORT \"it's $PORT\"", "node x '$PORT' \\$PORT \"it's 3000\""),
            (
                "node x $TEXT $NONE $OTHER $PORTS ${PORT:-1} $",
                "node x $TEXT $NONE $OTHER $PORTS ${PORT:-1} $",
            ),
            ("PORT=4 node x $PORT", "PORT=4 node x $PORT"),
        ] {
            assert_eq!(with_values(text, &values), expected, "{text}");
        }
    }
}
