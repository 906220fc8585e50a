//! A fault in words, together with the underlying error, so that the chain of causes stays complete. The program prints
//! a cause only once if it repeats the words above it.

use std::error::Error;
use std::fmt;

/// An error of any kind, kept as a cause. Text converts into one as well, so a reason may be either.
pub type Cause = Box<dyn Error + Send + Sync>;

/// A text, and optionally a cause that the text does not repeat.
#[derive(Debug)]
pub struct Reason {
    text: String,
    cause: Option<Cause>,
}

impl Reason {
    /// A text with its underlying error, which the text need not repeat.
    pub fn because(text: impl Into<String>, cause: impl Into<Cause>) -> Reason {
        Reason { text: text.into(), cause: Some(cause.into()) }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Reason {
        Reason { text, cause: None }
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Reason {
        Reason::from(text.to_owned())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Error for Reason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}
