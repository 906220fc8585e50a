//! What a script put in the place of a folder or file that the program goes on with. Words alone.

use std::fmt;

/// Something that is not what it was before scripts ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Relative to the build folder.
    pub path: String,
    pub by: ReplacedBy,
    /// The scripts after which it was seen, in words.
    pub scripts: Option<String>,
}

/// What lies there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplacedBy {
    /// A link, with its target.
    Link(String),
    /// Something else than this.
    Other(&'static str),
    /// Nothing.
    Nothing,
}

impl Replaced {
    pub(crate) fn new(path: &str, by: ReplacedBy) -> Replaced {
        Replaced { path: path.to_owned(), by, scripts: None }
    }
}

impl fmt::Display for Replaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Replaced { path, by, scripts } = self;
        match scripts {
            Some(scripts) => write!(f, "after {scripts}, {path}")?,
            None => write!(f, "a script was run, and {path}")?,
        }
        match by {
            ReplacedBy::Link(target) => {
                write!(f, " in the build folder is a link to {target:?}; it is not followed")
            }
            ReplacedBy::Other(what) => write!(f, " in the build folder is not {what} any more"),
            ReplacedBy::Nothing => write!(f, " is gone from the build folder"),
        }
    }
}
