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
        if text.contains(char::is_control) {
            return Some(Licence::Name(text.escape_debug().to_string()));
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

/// The text as an expression in the one form that SPDX gives it: identifiers as its list has them, operators in capitals. No identifier is guessed:
/// `BSD` and `GPL` are names. Source: SPDX specification 2.3, annex D.
fn expression(text: &str) -> Option<String> {
    let text = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|inner| !inner.contains(['(', ')']))
        .unwrap_or(text);
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<String> = spaced.split_whitespace().map(word).collect::<Option<_>>()?;
    let written = words.join(" ").replace("( ", "(").replace(" )", ")");
    Expression::parse(&written).is_ok().then_some(written)
}

/// A word of an expression as SPDX writes it.
fn word(text: &str) -> Option<String> {
    let operator = ["(", ")", "AND", "OR", "WITH"].into_iter().find(|one| one.eq_ignore_ascii_case(text));
    let exception = || {
        let mut all = spdx::identifiers::EXCEPTIONS.iter();
        all.find(|one| one.name.eq_ignore_ascii_case(text)).map(|one| one.name.to_owned())
    };
    operator.map(str::to_owned).or_else(|| identifier(text)).or_else(exception)
}

/// An identifier of the list. Those of GNU that the list has replaced are written as their replacements: `GPL-2.0+` as `GPL-2.0-or-later`.
fn identifier(text: &str) -> Option<String> {
    let (name, is_later) = text.strip_suffix('+').map_or((text, false), |name| (name, true));
    let mut all = spdx::identifiers::LICENSES.iter();
    // The list of the library has these two beside the licences.
    let known = all.find(|one| one.name.eq_ignore_ascii_case(name) && !NO_LICENCES.contains(&one.name))?;
    let id = spdx::license_id(known.name)?;
    match (id.is_gnu(), id.is_deprecated()) {
        (true, true) => Some(spdx::gnu_license_id(id.name, is_later)?.name.to_owned()),
        (true, false) if is_later => None,
        (_, true) => None,
        _ if is_later => Some(format!("{}+", id.name)),
        _ => Some(id.name.to_owned()),
    }
}

/// What SPDX has in place of a licence: as a text of a package, a name like any other.
const NO_LICENCES: [&str; 2] = ["NOASSERTION", NONE];

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
            let word = word.trim();
            match expression(word) {
                None => drop(texts.insert(word.to_owned())),
                Some(text) => match Licensee::parse(&text) {
                    Ok(licensee) => known.push(licensee),
                    Err(_) => return Err(LicenceError { text: word.to_owned() }),
                },
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
    fn expressions_are_written_in_one_form_and_nothing_is_guessed() {
        for (text, expected) in [
            ("MIT and GPL-3.0-only", "MIT AND GPL-3.0-only"),
            ("mit or (isc And 0bsd)", "MIT OR (ISC AND 0BSD)"),
            ("Apache-2.0 with LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("LGPL-2.1+", "LGPL-2.1-or-later"),
            ("Apache-2.0+", "Apache-2.0+"),
        ] {
            let Licence::Expression { text: written, .. } = licence(text) else { panic!("{text}") };
            assert_eq!(written, expected);
        }
        let others = ["BSD", "GPL", "Apache", "MIT/GPL-3.0-only", "NONE", "NOASSERTION", "MIT OR NONE"];
        for text in others.into_iter().chain(["Apache-2.0 with X", "MIT OR", "MIT ISC"]) {
            assert_eq!(licence(text), Licence::Name(text.into()));
        }
        assert_eq!(licence("MIT\u{1b}"), Licence::Name("MIT\\u{1b}".into()));
        assert_eq!(licence("MIT\nOR ISC"), Licence::Name("MIT\\nOR ISC".into()));
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
        let words = ["BSD-2-Clause", "GPL-2.0-only", "mit", "GPL-3.0"].map(str::to_owned);
        let allowed = AllowedLicences::new(&words).unwrap();
        assert!(!["BSD", "GPL"].into_iter().any(|text| allowed.allows(Some(&licence(text)))));
        assert!(["MIT", "GPL-3.0-only"].into_iter().all(|text| allowed.allows(Some(&licence(text)))));
        assert!(AllowedLicences::new(&["NONE".to_owned()]).unwrap().allows(None));
        assert!(AllowedLicences::new(&["MIT OR ISC".to_owned()]).is_err());
    }
}
