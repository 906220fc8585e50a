//! What a script put in the place of a folder or file that the program goes on with. Words alone.

use std::fmt;

use crate::ScriptsError;

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

impl From<Replaced> for ScriptsError {
    fn from(replaced: Replaced) -> ScriptsError {
        ScriptsError::Replaced(Box::new(replaced))
    }
}

impl ScriptsError {
    /// Says after which script something was found replaced.
    #[must_use]
    pub fn after(self, script: &str, package: &str) -> ScriptsError {
        self.after_all(&format!("the script {script:?} of {package}"))
    }

    /// Says after which scripts something was found replaced, in words.
    #[must_use]
    pub fn after_all(self, scripts: &str) -> ScriptsError {
        match self {
            ScriptsError::Replaced(mut replaced) if replaced.scripts.is_none() => {
                replaced.scripts = Some(scripts.to_owned());
                ScriptsError::Replaced(replaced)
            }
            other => other,
        }
    }
}
