//! Standard output and error. In: text. Out: nothing for notes, which nobody has to read; a failure for results that could not be written.
//! A reader that went away is none: it had enough.

use std::fmt::Display;
use std::io::{self, ErrorKind, Read as _, Write};
use std::path::Path;
use std::time::Duration;

use super::console::Console;
use super::masked::masked;

/// How long a pipe that does not block and is full is left alone.
const FULL: Duration = Duration::from_millis(2);

/// A line on standard error. A terminal that closed keeps no work from its end, and from its exit code.
pub(crate) fn say(line: impl Display) {
    say_text(&format!("{line}\n"));
}

/// Lines on standard error, each with its end. No password of a URL is among them.
pub fn say_text(text: &str) {
    say_as_is(&Console::get().lines(&masked(text)));
}

/// The same, whatever the log is for.
pub(super) fn say_as_is(text: &str) {
    let _ = write(&mut io::stderr().lock(), text.as_bytes());
}

/// Lines on standard output, which a command is run for.
///
/// # Errors
/// Those of writing, such as a full disk.
pub(crate) fn print_text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    write(&mut stdout, text.as_bytes()).and_then(|()| flush(&mut stdout)).or_else(|error| {
        match error.kind() {
            ErrorKind::BrokenPipe => Ok(()),
            _ => Err(error),
        }
    })
}

/// A file on standard output. A reader that went away before the end is an error: it has no whole archive.
///
/// # Errors
/// Those of reading and writing.
pub(crate) fn print_file(path: &Path) -> io::Result<()> {
    let mut file = fs_err::File::open(path)?;
    let mut stdout = io::stdout().lock();
    let mut some = vec![0; 1 << 16];
    loop {
        match file.read(&mut some)? {
            0 => return flush(&mut stdout),
            count => write(&mut stdout, some.get(..count).unwrap_or_default())?,
        }
    }
}

/// All of it, also to a pipe that another program made so that it does not block.
fn write(to: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) => wait(error)?,
        }
    }
    Ok(())
}

fn flush(to: &mut impl Write) -> io::Result<()> {
    while let Err(error) = to.flush() {
        wait(error)?;
    }
    Ok(())
}

/// Waits where trying again helps.
fn wait(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::Interrupted => Ok(()),
        ErrorKind::WouldBlock => {
            std::thread::sleep(FULL);
            Ok(())
        }
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests;
