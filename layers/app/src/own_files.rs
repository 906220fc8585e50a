//! Files that this program itself writes to a workspace: images of this build and of earlier ones, its own output. In:
//! locations, a path of the user's tree. Out: whether it is one of them. None is an input; otherwise each build would
//! contain the previous one.

use std::fs::Metadata;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::{Patterns, Result};

/// The file that marks an OCI layout. Source: OCI image specification, image-layout.md.
const MARK: &str = "oci-layout";
const BLOCK: u64 = 512;
/// The bytes after the last header of an archive: the mark's content, and two blocks of zeros.
const BEHIND: u64 = 4 * BLOCK;

/// Locations that this run writes.
#[derive(Debug, Clone)]
pub(crate) struct OwnFiles {
    written: Patterns,
    streams: Vec<(u64, u64)>,
}

impl OwnFiles {
    /// The locations of a build.
    ///
    /// # Errors
    /// If a location is not a pattern.
    pub(crate) fn new(written: &[String], streams: &[(u64, u64)]) -> Result<OwnFiles> {
        Ok(OwnFiles { written: Patterns::new(written)?, streams: streams.to_vec() })
    }

    /// Whether this build writes there.
    pub(crate) fn is_written(&self, path: &str) -> bool {
        self.written.names(path)
    }

    /// Whether the program's own output goes to this file.
    pub(crate) fn is_stream(&self, metadata: &Metadata) -> bool {
        self.streams.contains(&(metadata.dev(), metadata.ino()))
    }
}

/// Whether a folder is an image written with `-o type=oci`.
pub(crate) fn is_layout(folder: &Path) -> bool {
    [MARK, "index.json"].iter().all(|name| folder.join(name).is_file())
        && folder.join("blobs/sha256").is_dir()
}

/// Whether a file is an archive of such a folder: its mark is the first entry or the last.
pub(crate) fn is_archive(path: &Path, metadata: &Metadata) -> bool {
    let size = metadata.size();
    if !metadata.is_file() || !size.is_multiple_of(BLOCK) || size < 2 * BEHIND {
        return false;
    }
    let first = header(path, 0);
    let begins = |text: &str| first.as_deref().is_some_and(|name| name.starts_with(text.as_bytes()));
    let ends =
        || header(path, size - BEHIND).is_some_and(|name| name.starts_with(format!("{MARK}\0").as_bytes()));
    begins(&format!("{MARK}\0")) || (begins("blobs/") && ends())
}

/// The name in a header of a tar archive; `None` if there is no header.
fn header(path: &Path, at: u64) -> Option<Vec<u8>> {
    let mut file = std::fs::File::open(path).ok()?;
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut block = [0; BLOCK as usize];
    file.read_exact(&mut block).ok()?;
    block.get(257..262).filter(|magic| *magic == b"ustar")?;
    block.get(..100).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests;
