//! Checks that no kept file of a build contains the value of a secret. In: secrets, files. Out: nothing, or an error
//! with the file.

use fourply_scripts::{SecretFinder, Secrets};

use crate::{AppError, Result};

/// Searches files for secrets.
#[derive(Debug)]
pub(crate) struct SecretCheck(Option<SecretFinder>);

impl SecretCheck {
    pub(crate) fn new(secrets: &Secrets) -> SecretCheck {
        SecretCheck((!secrets.is_empty()).then(|| SecretFinder::new(secrets)))
    }

    /// Checks a file's content and its path.
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
