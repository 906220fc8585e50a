//! Where a command's time goes. In: the file that the user named. Out: spans of all crates of this program become a trace in that file, in the format
//! that Perfetto and chrome://tracing read. Without a file nothing listens, and a span costs one comparison.
//!
//! | module | what it holds |
//! |---|---|
//! | `recorder` | what listens to spans |
//! | `lanes` | spans that are open, and the rows in which they are drawn |
//! | `document` | the JSON |

mod document;
mod lanes;
mod recorder;

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fourply_store::persist_durably;
use tempfile::NamedTempFile;
use tracing::Dispatch;

use crate::Error;
use recorder::Recorder;

/// The trace of this process, where one is written.
static TRACE: OnceLock<Trace> = OnceLock::new();

struct Trace {
    path: PathBuf,
    recorder: Recorder,
}

/// Listens to spans from here on. Called once, before the command.
///
/// # Errors
/// A path at which no file can be written.
pub(crate) fn begin(path: &Path) -> Result<(), Error> {
    check(path).map_err(|reason| {
        let text = format!("cannot write the trace {}: {reason}", path.display());
        Error::user(text, "name a file in a folder that is there and can be written")
    })?;
    let recorder = Recorder::default();
    let trace = Trace { path: path.to_owned(), recorder: recorder.clone() };
    if TRACE.set(trace).is_ok() {
        // Nobody else in this process listens.
        let _ = tracing::dispatcher::set_global_default(Dispatch::new(recorder));
    }
    Ok(())
}

/// Writes what was recorded until now, whole or not at all; work that goes on ends here. Does nothing where nobody asked for a trace.
///
/// # Errors
/// A file that cannot be written.
pub(crate) fn write() -> Result<(), Error> {
    let Some(Trace { path, recorder }) = TRACE.get() else { return Ok(()) };
    let document = document::of(&recorder.events());
    save(path, &document).map_err(|error| {
        let text = format!("cannot write the trace {}: {error}", path.display());
        Error::user(text, "name a file in a folder that is there and can be written")
    })
}

fn save(path: &Path, document: &serde_json::Value) -> io::Result<()> {
    let mut out = BufWriter::new(beside(path)?);
    serde_json::to_writer(&mut out, document)?;
    out.flush()?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    persist_durably(file, path)
}

/// Finds out before an hour of building that the file cannot be written.
fn check(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            return Err(io::Error::other("something that is not a file is there"));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    beside(path).map(drop)
}

/// A file beside another. Its mode is what a file gets that is created in the usual way.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fourply-").permissions(Permissions::from_mode(0o666)).tempfile_in(folder)
}
