//! Expansion of words. In: words, and the variables. Out: texts, as a command receives them; `None` if one is not
//! known.

use std::collections::BTreeMap;

use crate::script::system::{System, Touched};
use crate::script::{Node, Piece, Word, glob, plain};

/// The known values at a word's position.
pub(super) struct Words<'w> {
    pub system: &'w dyn System,
    pub variables: &'w BTreeMap<String, String>,
    pub functions: &'w BTreeMap<&'w str, &'w Node>,
    pub arguments: &'w [String],
    pub touched: &'w BTreeMap<String, Touched>,
    pub folder: Option<&'w str>,
}

/// The path of a program.
pub(super) fn program(system: &dyn System, name: &str) -> Option<String> {
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let mut paths = folders.iter().map(|folder| format!("{folder}/{name}"));
    paths.find(|path| system.is_executable(path))
}

impl Words<'_> {
    fn variable(&self, name: &str) -> String {
        match name.parse::<usize>() {
            Ok(0) => String::new(),
            Ok(number) => self.arguments.get(number - 1).cloned().unwrap_or_default(),
            Err(_) => self.variables.get(name).cloned().unwrap_or_default(),
        }
    }

    fn value(&self, piece: &Piece) -> Option<String> {
        match piece {
            Piece::Text(text, _) => Some(text.clone()),
            Piece::Variable(name, default, _) => {
                Some(self.variable(name)).filter(|value| !value.is_empty()).or_else(|| Some(default.clone()))
            }
            Piece::WhenSet(name) => self.variable(name).is_empty().then(String::new),
            Piece::Program(name) => match self.functions.contains_key(name.as_str()) {
                true => None,
                false => Some(program(self.system, name).unwrap_or_default()),
            },
            Piece::Arguments | Piece::Unknown => None,
        }
    }

    /// As one text, without splitting.
    pub(super) fn text(&self, word: &Word) -> Option<String> {
        word.iter().map(|piece| self.value(piece)).collect()
    }

    /// As a command receives them: unquoted variables are split.
    pub(super) fn words(&self, words: &[Word]) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for word in words {
            if word.as_slice() == [Piece::Text(String::new(), true), Piece::Arguments] {
                all.extend(self.arguments.iter().cloned());
                continue;
            }
            let mut current: Option<String> = None;
            for piece in word {
                let value = self.value(piece)?;
                let is_pattern = |text: &str| {
                    text.contains(['*', '?']) || text.starts_with('~') || (text.contains('[') && text != "[")
                };
                match piece {
                    Piece::Text(text, false) if is_pattern(text) => return None,
                    Piece::Variable(_, _, false) => {
                        if is_pattern(&value) || value.contains('\n') {
                            return None;
                        }
                        let mut parts = value.split(' ').filter(|part| !part.is_empty());
                        if let Some(first) = parts.next() {
                            current.get_or_insert_default().push_str(first);
                        }
                        for part in parts {
                            all.extend(current.replace(part.to_owned()));
                        }
                    }
                    Piece::Text(text, false) if text.is_empty() => {}
                    Piece::Program(_) if value.is_empty() => {}
                    Piece::WhenSet(_) => {}
                    _ => current.get_or_insert_default().push_str(&value),
                }
            }
            all.extend(current);
        }
        Some(all)
    }

    /// The words of a loop: a pattern becomes the matching names in the script's current folder.
    pub(super) fn listed(&self, words: &[Word]) -> Option<Vec<String>> {
        match words {
            [word] if plain(word).is_some_and(|text| text.contains(['*', '?'])) => self.found(plain(word)?),
            _ => self.words(words),
        }
    }

    /// The paths that match a pattern in their last component, or the pattern itself if none does.
    fn found(&self, pattern: &str) -> Option<Vec<String>> {
        let (folder, name) = match pattern.rsplit_once('/') {
            Some((folder, name)) if folder.starts_with('/') => (folder.to_owned(), name),
            Some(_) => return None,
            None => (self.folder?.to_owned(), pattern),
        };
        let inside = format!("{folder}/");
        // Paths that the script created are not searched.
        let made = self.touched.keys().any(|path| path.starts_with(&inside));
        (!made && !folder.contains(['*', '?', '['])).then_some(())?;
        let start = pattern.strip_suffix(name)?;
        let mut found = Vec::new();
        for path in self.system.below(&folder) {
            // The path differs if the folder is a link.
            let below = path.strip_prefix(&inside)?;
            if !below.contains('/') && !below.starts_with('.') && glob::fits(name, below)? {
                found.push(format!("{start}{below}"));
            }
        }
        Some(if found.is_empty() { vec![pattern.to_owned()] } else { found })
    }
}
