//! What happens to a file of the base in a protected folder when a package brings another. Comes in: checksums of what the base's package had
//! installed, of what is there, and of what comes. Goes out: whether the new one takes its place. A file that is as it was installed is
//! replaced; one that was changed, or that no package has, stays, and the new one lies beside it. Source: apk-tools 2.14,
//! `apk_db_migrate_files`.

use fourply_blob::LayerPath;

use crate::error::Result;

/// The ending of a file that lies beside the one that was changed.
const BESIDE: &str = ".apk-new";
type Sum = [u8; 20];

/// What becomes of an item whose place is taken.
pub(crate) enum Configuration {
    Replaced,
    /// The base has the same content: its file stays.
    Kept,
    /// It is written at this path.
    Beside(LayerPath),
}

impl Configuration {
    /// # Errors
    /// Where the path beside would be too long.
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
