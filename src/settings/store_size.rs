//! `[store] keep`, and sizes as users write them: `20GB`. In: texts. Out: bytes. Units are those that sizes are printed in.

use crate::Error;
use crate::config::Keep;

/// What a store keeps where nothing else is said.
pub(crate) const USUAL: u64 = 20_000_000_000;

/// The most bytes that the store keeps; nothing where it may get as large as it will.
///
/// # Errors
/// A text that is no size.
pub(super) fn keep(keep: Option<&Keep>) -> Result<Option<u64>, Error> {
    let known = match keep {
        None => return Ok(Some(USUAL)),
        Some(Keep::Switch(false)) => return Ok(None),
        Some(Keep::Switch(true)) => None,
        // A number alone is hardly meant as bytes, and all that is over it goes.
        Some(Keep::Size(text)) => size(text)
            .ok()
            .filter(|size| *size == 0 || text.ends_with(|letter: char| letter.is_ascii_alphabetic())),
    };
    let bad = || {
        Error::user(
            "[store] keep in fourply.toml is no size with its unit",
            "write a size such as \"20GB\", or false",
        )
    };
    known.map(Some).ok_or_else(bad)
}

/// Reads `20GB`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        unit => return Err(format!("{unit:?} is no unit: write kB, MB, GB or TB")),
    };
    let number = digits.parse::<u64>().map_err(|error| format!("{digits:?}: {error}"))?;
    number.checked_mul(unit).ok_or_else(|| "so much nobody has".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_printed() {
        let of = |text: &str| keep(Some(&Keep::Size(text.to_owned())));
        for (text, bytes) in [("20GB", 20_000_000_000), ("5 mb", 5_000_000), ("7B", 7), ("0", 0)] {
            assert_eq!(of(text).unwrap(), Some(bytes), "{text}");
        }
        for text in ["", "20", "GB", "20GiB", "-1GB", "99999999999TB", "20GB 1"] {
            let error = of(text).unwrap_err();
            assert!(error.to_string().contains("[store] keep") && error.exit_code() == 1, "{text}: {error}");
        }
        assert_eq!(keep(None).unwrap(), Some(USUAL));
        assert_eq!(keep(Some(&Keep::Switch(false))).unwrap(), None);
        assert!(keep(Some(&Keep::Switch(true))).is_err());
    }
}
