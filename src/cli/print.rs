//! Results on standard output. Text in.

use crate::Error;
use crate::report::print_text;

/// Prints a command's result; a reader that had enough is no error.
pub(super) fn print(text: &str) -> Result<(), Error> {
    Ok(print_text(text)?)
}
