//! Configuration files of the base in a protected folder. In: checksums of the file that the base's package installed,
//! of the existing file, and of the new file. Out: whether the new file replaces it. An unchanged file is replaced. A
//! changed file, or one that no package owns, stays, and the new one is written next to it. Source: apk-tools 2.14,
//! `apk_db_migrate_files`.

use fourply_blob::LayerPath;

use crate::error::Result;

/// The suffix of a file next to a changed one.
const BESIDE: &str = ".apk-new";
type Sum = [u8; 20];

/// The decision about an item whose path exists.
pub(crate) enum Configuration {
    Replaced,
    /// The base has the same content: its file stays.
    Kept,
    /// It is written at this path.
    Beside(LayerPath),
}

impl Configuration {
    /// Decides between the base's file and the new one.
    ///
    /// # Errors
    /// If the path with the suffix is too long.
    pub(crate) fn decide(real: &str, installed: Option<Sum>, found: Sum, new: Option<Sum>) -> Result<Self> {
        if installed == Some(found) {
            return Ok(Self::Replaced);
        }
        if new == Some(found) {
            return Ok(Self::Kept);
        }
        Ok(Self::Beside(LayerPath::new(format!("{real}{BESIDE}"))?))
    }
}
