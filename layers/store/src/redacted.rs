//! Secrets that never appear in a log, an error, or a debugger's output. In: a token, a password, a header's value, a
//! URL. Out: the same value. Its `Debug` and `Display` omit the secret; only [`Redacted::reveal`] returns it, for the
//! code that sends it.

use std::fmt;

use url::Url;

/// A value that is displayed without its secret: text not at all, a URL without user, password and query.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<T>(T);

/// Text that is secret as a whole: a token, a password, the value of a header, a proxy with its password.
pub type Secret = Redacted<String>;

/// The displayable part of a value.
pub trait Redact {
    /// Writes the part that is not secret.
    ///
    /// # Errors
    /// Those of `out`.
    fn show(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<T: Redact> Redacted<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Redacted<T> {
        Redacted(value)
    }

    /// The whole value, for the code that sends it.
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
        // A URL for which this fails cannot contain credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        fmt::Display::fmt(&url, out)
    }
}

/// The text of a URL without its credentials.
pub(crate) fn shown(url: &Url) -> String {
    Redacted::new(url).to_string()
}

#[cfg(test)]
mod tests;
