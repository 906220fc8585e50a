//! What is wrong with something, in words, together with the error that told it, so that the chain of causes stays whole. The
//! program prints a cause that only repeats the words above it once.

use std::error::Error;
use std::fmt;

/// An error of any kind, kept as a cause. A text converts into one as well, so that a reason may be either.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Words, and perhaps a cause that the words do not repeat.
#[derive(Debug)]
pub struct Reason {
    text: String,
    cause: Option<Cause>,
}

impl Reason {
    /// Words with the error that told it, which they need not repeat.
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
