//! Results on standard output. Text in.

use crate::Error;

/// Prints a command's result; a reader that had enough is no error.
pub(super) fn print(text: &str) -> Result<(), Error> {
    use std::io::Write;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
