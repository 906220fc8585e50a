//! Where in `fourply.toml` a key stands. In: the text, which is valid TOML, a table as messages name it, a key. Out: the line of the value, from 1.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// The line of `key` in `table`, of the entry `text` where the key's value is a list that has it; of the table where the key is not there.
pub(super) fn line(config: &str, table: &str, key: &str, text: Option<&str>) -> Option<usize> {
    let parsed = DeTable::parse(config).ok()?;
    let mut found: Option<Range<usize>> = None;
    let mut at = parsed.get_ref();
    for part in parts(table) {
        let (name, value) = at.iter().find(|(name, _)| name.get_ref().as_ref() == part)?;
        found = Some(name.span());
        at = value.get_ref().as_table()?;
    }
    if let Some((name, value)) = at.iter().find(|(name, _)| name.get_ref().as_ref() == key) {
        let entry = text.and_then(|text| entry(value.get_ref(), text));
        found = Some(entry.unwrap_or_else(|| name.span()));
    }
    let before = config.get(..found?.start)?;
    Some(before.matches('\n').count() + 1)
}

/// The entry of a list, or the key of a table, that is a text.
fn entry(value: &DeValue<'_>, text: &str) -> Option<Range<usize>> {
    let is_text = |value: &DeValue<'_>| match value {
        DeValue::Table(table) => table.values().any(|value| value.get_ref().as_str() == Some(text)),
        value => value.as_str() == Some(text),
    };
    match value {
        DeValue::Array(list) => list.iter().find(|one| is_text(one.get_ref())).map(|one| one.span()),
        DeValue::Table(table) => {
            table.keys().find(|name| name.get_ref().as_ref() == text).map(|name| name.span())
        }
        _ => None,
    }
}

/// `services."a.b".build`: its three parts.
fn parts(table: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for letter in table.chars() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            letter => parts.last_mut().into_iter().for_each(|part| part.push(letter)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn keys_and_entries_have_their_lines() {
        let config = "[build]\nscript = \"x\"\n\n[services.a]\noutput = [\n  \"dist\",\n  \"../x\",\n]\nfiles = [{ from = \"y\" }]\n[services.a.build]\nenv = { A = \"1\" }\n[services.\"a.b\"]\nport = 1\n";
        for (table, key, text, expected) in [
            ("build", "script", None, Some(2)),
            ("services.a", "output", Some("../x"), Some(7)),
            ("services.a", "output", Some("absent"), Some(5)),
            ("services.a", "files", Some("y"), Some(9)),
            ("services.a", "cmd", None, Some(4)),
            ("services.a.build", "env", Some("A"), Some(11)),
            ("services.\"a.b\"", "port", None, Some(13)),
            ("services.c", "port", None, None),
        ] {
            assert_eq!(line(config, table, key, text), expected, "{table} {key}");
        }
        assert_eq!(line("services.a.port = 1\n[image", "image", "port", None), None);
        assert_eq!(line("\nservices.a.port = 1\n", "services.a", "port", None), Some(2));
    }
}
