//! That nothing which is kept of a build holds the value of a secret. In: secrets, files. Out: nothing, or the file that does.

use fourply_scripts::{SecretFinder, Secrets};

use crate::{AppError, Result};

/// See the module.
#[derive(Debug)]
pub(crate) struct SecretCheck(Option<SecretFinder>);

impl SecretCheck {
    pub(crate) fn new(secrets: &Secrets) -> SecretCheck {
        SecretCheck((!secrets.is_empty()).then(|| SecretFinder::new(secrets)))
    }

    /// Looks at a file, and at its path.
    ///
    /// # Errors
    /// [`AppError::SecretFound`].
    pub(crate) fn check(&self, path: &str, content: &[u8]) -> Result<()> {
        let Some(finder) = &self.0 else { return Ok(()) };
        match finder.find(content).or_else(|| finder.find(path.as_bytes())) {
            None => Ok(()),
            Some(name) => {
                Err(AppError::SecretFound { path: finder.masked(path).into_owned(), name: name.to_owned() })
            }
        }
    }
}
