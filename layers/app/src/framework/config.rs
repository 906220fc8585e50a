//! A framework's configuration file as text. In: a folder and the file's name without its extension. Out: whether it
//! has a literal setting. Computed values are unknown.

use std::path::Path;

use fourply_store::{InputKind, read_text};

/// A configuration file without comments and white space, with one kind of quotes.
pub(super) struct ConfigText {
    /// Its name.
    pub name: String,
    text: String,
}

impl ConfigText {
    /// Reads `NAME.config.js` or one of its variants.
    pub(super) fn read(folder: &Path, name: &str) -> Option<ConfigText> {
        let endings = ["js", "mjs", "cjs", "ts", "mts", "cts"];
        let mut names = endings.iter().map(|ending| format!("{name}.config.{ending}"));
        let name = names.find(|name| folder.join(name).is_file())?;
        let path = folder.join(&name);
        let text = read_text(&path, InputKind::TsConfig).ok()?;
        Some(ConfigText { name, text: packed(&text) })
    }

    /// Whether this key has this text as its value.
    pub(super) fn says(&self, key: &str, value: &str) -> bool {
        [format!("{key}:\"{value}\""), format!("\"{key}\":\"{value}\""), format!("{key}=\"{value}\"")]
            .iter()
            .any(|part| self.text.contains(part))
    }

    /// Whether it contains the key.
    pub(super) fn mentions(&self, key: &str) -> bool {
        self.text.contains(key)
    }

    /// The text value of a key.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("{key}:\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    }
}

fn packed(text: &str) -> String {
    let mut packed = String::new();
    let mut letters = text.chars().peekable();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match (quote, letter, letters.peek()) {
            (None, '/', Some('/')) => drop(letters.by_ref().find(|letter| *letter == '\n')),
            (None, '/', Some('*')) => {
                let mut before = ' ';
                letters
                    .by_ref()
                    .find(|letter| std::mem::replace(&mut before, *letter) == '*' && *letter == '/');
            }
            (None, '"' | '\'' | '`', _) => {
                quote = Some(letter);
                packed.push('"');
            }
            (Some(open), _, _) if open == letter => {
                quote = None;
                packed.push('"');
            }
            (None, _, _) if letter.is_whitespace() => {}
            _ => packed.push(letter),
        }
    }
    packed
}
