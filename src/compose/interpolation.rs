//! Variables in texts of compose files: `$NAME`, `${NAME}`, and with `:-`, `-`, `:?`, `?`, `:+`, `+` in braces; `$$` is a dollar.

use std::collections::BTreeMap;

/// Deeper braces are nobody's.
const DEEPEST: usize = 8;

/// The text with values in the place of variables.
pub(super) fn interpolated(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    filled(text, variables, 0)
}

fn filled(text: &str, variables: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    if depth > DEEPEST {
        return Err(format!("{text:?} has too many braces in each other"));
    }
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let end = closing(after).ok_or_else(|| format!("{text:?} has a brace that is not closed"))?;
            let (inside, behind) = after.split_at(end);
            out.push_str(&braced(inside, variables, depth)?);
            rest = behind.get(1..).unwrap_or_default();
        } else {
            let (name, behind) = after.split_at(name_length(after));
            out.push_str(match name {
                "" => "$",
                name => variables.get(name).map_or("", String::as_str),
            });
            rest = behind;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Where the brace that is open ends.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap_or(text.len())
}

fn braced(inside: &str, variables: &BTreeMap<String, String>, depth: usize) -> Result<String, String> {
    let (name, rest) = inside.split_at(name_length(inside));
    let (empty_too, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
    let value = variables.get(name).filter(|value| !(empty_too && value.is_empty()));
    let other = |text: &str| filled(text, variables, depth + 1);
    match (rest.chars().next(), value) {
        (None | Some('-' | '?'), Some(value)) => Ok(value.clone()),
        (None, None) => Ok(String::new()),
        (Some('-'), None) => other(rest.get(1..).unwrap_or_default()),
        (Some('?'), None) => {
            let why = other(rest.get(1..).unwrap_or_default())?;
            Err(format!("the variable {name} is not set{}{why}", if why.is_empty() { "" } else { ": " }))
        }
        (Some('+'), Some(_)) => other(rest.get(1..).unwrap_or_default()),
        (Some('+'), None) => Ok(String::new()),
        (Some(_), _) => Err(format!("${{{inside}}} is no variable")),
    }
}
