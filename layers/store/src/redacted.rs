//! Secrets that never show: in a log, an error, or a debugger's output. In: a token, a password, a header's value, a URL. Out: the same, whose
//! `Debug` and `Display` leave the secret out; only [`Redacted::reveal`] gives it, to the one place that sends it.

use std::fmt;

use url::Url;

/// A value that shows without its secret: a text not at all, a URL without user, password and query.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<T>(T);

/// A text that is secret as a whole: a token, a password, the value of a header, a proxy with its password.
pub type Secret = Redacted<String>;

/// What may be shown of a value.
pub trait Redact {
    /// Writes the part that is no secret.
    ///
    /// # Errors
    /// Those of `out`.
    fn show(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: Redact> Redacted<T> {
    /// Hides the secret of a value.
    pub fn new(value: T) -> Redacted<T> {
        Redacted(value)
    }

    /// The whole value, for the one place that sends it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Redact> fmt::Display for Redacted<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(out)
    }
}

impl<T: Redact> fmt::Debug for Redacted<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(out)
    }
}

impl Redact for String {
    fn show(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[redacted]")
    }
}

impl Redact for &Url {
    fn show(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = (*self).clone();
        // A URL that can have neither has none.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        fmt::Display::fmt(&url, out)
    }
}

/// The text of a URL without the credentials that it may hold.
pub(crate) fn shown(url: &Url) -> String {
    Redacted::new(url).to_string()
}

#[cfg(test)]
mod tests;
