//! Texts of sources, for checks that search for names in them. In: sources, one after the other. Out: the text of each,
//! within limits. Unreadable files are reported by the build.

use std::path::{Path, PathBuf};

use crate::sources::{SourceFile, SourceKind};

/// The limit for one file, in bytes.
const LARGEST: u64 = 1 << 20;
/// The limit for all files, in bytes.
const BUDGET: u64 = 64 << 20;

/// Reads sources until the limit is reached.
pub(crate) struct SourceTexts {
    root: PathBuf,
    left: u64,
}

impl SourceTexts {
    pub(crate) fn new(root: &Path) -> SourceTexts {
        SourceTexts { root: root.to_owned(), left: BUDGET }
    }

    /// The text of a source; `None` if it is not a file, too large, or not text.
    pub(crate) fn read(&mut self, source: &SourceFile) -> Option<String> {
        if !matches!(source.kind, SourceKind::File { .. }) {
            return None;
        }
        let path = self.root.join(&source.path);
        let size = std::fs::metadata(&path).map_or(u64::MAX, |metadata| metadata.len());
        if size > LARGEST.min(self.left) {
            return None;
        }
        self.left -= size;
        fourply_store::read_text(&path, fourply_store::InputKind::Other).ok()
    }
}
