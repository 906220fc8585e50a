//! What packages say of their licence. In: the text of a package.json or of a package database, a list of licences that are allowed. Out: an SPDX
//! expression where the text is one, and whether it is allowed.

use std::collections::BTreeSet;

use spdx::{Expression, Licensee};

/// What a package says of its licence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Licence {
    /// An SPDX expression of licences that SPDX knows.
    Expression {
        /// As SPDX writes it.
        text: String,
        /// It is one licence of the list, without an exception.
        is_id: bool,
    },
    /// Any other text.
    Name(String),
}

impl Licence {
    /// Reads a text; one that says nothing is `None`.
    pub fn read(text: &str) -> Option<Licence> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let Some(text) = expression(text) else { return Some(Licence::Name(text.to_owned())) };
        let is_id = spdx::license_id(&text).is_some_and(|id| id.name == text);
        Some(Licence::Expression { text, is_id })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Licence::Expression { text, .. } | Licence::Name(text) => text,
        }
    }
}

/// The text as an expression. What Alpine and npm are lax about is written as SPDX has it.
fn expression(text: &str) -> Option<String> {
    let text = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|inner| !inner.contains(['(', ')']))
        .unwrap_or(text);
    if Expression::parse(text).is_ok() {
        return own_ids(text);
    }
    let corrected = Expression::canonicalize(text).ok()??;
    Expression::parse(&corrected).ok()?;
    own_ids(&corrected)
}

/// An expression with a reference to a licence of its own is none that others can read.
fn own_ids(text: &str) -> Option<String> {
    (!text.contains("LicenseRef-") && !text.contains("AdditionRef-")).then(|| text.to_owned())
}

/// Licences that packages may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedLicences {
    known: Vec<Licensee>,
    /// Texts that are no licence of SPDX's, as packages write them.
    texts: BTreeSet<String>,
}

/// A word that is no licence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is an expression: name each licence by itself, such as \"MIT\", \"Apache-2.0\"")]
pub struct LicenceError {
    /// As it was written.
    pub text: String,
}

/// What stands for packages that say nothing of a licence.
const NONE: &str = "NONE";

impl AllowedLicences {
    /// Reads the words. One that SPDX does not know allows packages that have that very text; `NONE` allows those that say nothing.
    ///
    /// # Errors
    /// An expression of several licences.
    pub fn new(words: &[String]) -> Result<AllowedLicences, LicenceError> {
        let (mut known, mut texts) = (Vec::new(), BTreeSet::new());
        for word in words {
            match Licensee::parse(word) {
                Ok(licensee) => known.push(licensee),
                Err(_) if Expression::parse(word).is_ok() => return Err(LicenceError { text: word.clone() }),
                Err(_) => drop(texts.insert(word.trim().to_owned())),
            }
        }
        Ok(AllowedLicences { known, texts })
    }

    /// Whether a package of this licence may be there: of licences to choose from, one has to be allowed.
    pub fn allows(&self, licence: Option<&Licence>) -> bool {
        match licence {
            None => self.texts.contains(NONE),
            Some(Licence::Name(text)) => self.texts.contains(text),
            Some(Licence::Expression { text, .. }) => Expression::parse(text).is_ok_and(|expression| {
                expression.evaluate(|asked| self.known.iter().any(|known| known.satisfies(asked)))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licence(text: &str) -> Licence {
        Licence::read(text).unwrap()
    }

    #[test]
    fn what_packages_write_is_read() {
        let id = |text: &str| Licence::Expression { text: text.to_owned(), is_id: true };
        let compound = |text: &str| Licence::Expression { text: text.to_owned(), is_id: false };
        assert_eq!(licence("MIT"), id("MIT"));
        assert_eq!(licence(" (MIT OR Apache-2.0) "), compound("MIT OR Apache-2.0"));
        assert_eq!(licence("(MIT)"), id("MIT"));
        assert_eq!(
            licence("GPL-2.0-or-later WITH Classpath-exception-2.0").text(),
            "GPL-2.0-or-later WITH Classpath-exception-2.0"
        );
        assert_eq!(licence("SEE LICENSE IN LICENSE.md"), Licence::Name("SEE LICENSE IN LICENSE.md".into()));
        assert_eq!(licence("UNLICENSED"), Licence::Name("UNLICENSED".into()));
        assert_eq!(licence("LicenseRef-own"), Licence::Name("LicenseRef-own".into()));
        assert_eq!(Licence::read("  "), None);
    }

    #[test]
    fn one_of_several_has_to_be_allowed_and_each_of_all() {
        let words = ["MIT", "BSD-3-Clause", "UNLICENSED"].map(str::to_owned);
        let allowed = AllowedLicences::new(&words).unwrap();
        for (text, expected) in [
            ("MIT", true),
            ("(MIT OR GPL-3.0-only)", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT AND BSD-3-Clause", true),
            ("ISC", false),
            ("UNLICENSED", true),
            ("Commercial", false),
        ] {
            assert_eq!(allowed.allows(Some(&licence(text))), expected, "{text}");
        }
        assert!(!allowed.allows(None));
        assert!(AllowedLicences::new(&["NONE".to_owned()]).unwrap().allows(None));
        assert!(AllowedLicences::new(&["MIT OR ISC".to_owned()]).is_err());
    }
}
