//! What one error says about the way out, before it is known whether an error that it wraps knows better.

use std::borrow::Cow;

/// An error of any type.
pub(super) type AnyError = dyn std::error::Error + 'static;

/// What one error says about the way out.
#[derive(Debug)]
pub(super) enum Advice<'e> {
    /// Do this.
    Do(Cow<'static, str>),
    /// The error that it wraps knows.
    Ask(&'e AnyError),
    /// Nothing is known beyond the message.
    Nothing,
}

impl From<&'static str> for Advice<'_> {
    fn from(text: &'static str) -> Self {
        Advice::Do(text.into())
    }
}

impl From<String> for Advice<'_> {
    fn from(text: String) -> Self {
        Advice::Do(text.into())
    }
}

/// The first of many names, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
