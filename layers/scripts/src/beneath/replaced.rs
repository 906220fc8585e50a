//! The replacement of a folder or file that the program continues with. Texts only.

use std::fmt;

/// An entry that scripts replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Relative to the build folder.
    pub path: String,
    pub by: ReplacedBy,
    /// The scripts before the discovery, in words.
    pub scripts: Option<String>,
}

/// The current entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplacedBy {
    /// A link, with its target.
    Link(String),
    /// Anything other than this type.
    Other(&'static str),
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
            None => write!(f, "after a script, {path}")?,
        }
        match by {
            ReplacedBy::Link(target) => {
                write!(f, " in the build folder is a link to {target:?}; it is not followed")
            }
            ReplacedBy::Other(what) => write!(f, " in the build folder is no longer {what}"),
            ReplacedBy::Nothing => write!(f, " is gone from the build folder"),
        }
    }
}
