//! Texts of sources, for checks that look for names in them. In: sources, one after the other. Out: the text of each, up to bounds. Files that cannot be
//! read are the build's to tell of.

use std::path::{Path, PathBuf};

use crate::sources::{SourceFile, SourceKind};

/// The most bytes of one file.
const LARGEST: u64 = 1 << 20;
/// The most bytes in all.
const BUDGET: u64 = 64 << 20;

/// Reads sources until the bound is reached.
pub(crate) struct SourceTexts {
    root: PathBuf,
    left: u64,
}

impl SourceTexts {
    pub(crate) fn new(root: &Path) -> SourceTexts {
        SourceTexts { root: root.to_owned(), left: BUDGET }
    }

    /// The text of a source; nothing where it is not a file, or too large, or not a text.
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
