//! pnpm-lock.yaml in one shape for all format versions. Text in, `Lockfile` out. It opens no file and knows no
//! manifest.
//!
//! `text` finds the project's document and its version. `raw` is the YAML's structure. `parts` reads it on all cores.
//! `v6` first converts keys and references of version 6.0 to the form of 9.0, as pnpm 9 does when it reads one;
//! `convert` then builds a `Lockfile`.

mod convert;
mod error;
mod model;
mod parts;
mod raw;
#[cfg(test)]
mod tests;
mod text;
mod v6;

use crate::{DepPath, yaml};

pub use error::LockfileError;
pub use model::{
    Bundled, Importer, ImporterDependency, Lockfile, LockfileFormat, LockfileSettings, PackageInfo,
    PatchEntry, Resolution, Snapshot, Variant,
};

impl Lockfile {
    /// Reads a pnpm-lock.yaml of version 6.x or 9.0 (if the file has two documents, the project's).
    ///
    /// # Errors
    /// Merge conflict markers, another version, broken YAML, wrong shapes. Whether references resolve is not checked
    /// here.
    pub fn parse(text: &str) -> Result<Lockfile, LockfileError> {
        if text.len() > yaml::LARGEST {
            return Err(LockfileError::TooLarge { size: text.len(), limit: yaml::LARGEST });
        }
        let document = text::project_document(text);
        text::refuse_conflicts(&document)?;
        let format = text::format(&document)?;
        let in_parts = if format == LockfileFormat::V9 { parts::parse(document.text()) } else { None };
        let mut file: raw::File = in_parts.map_or_else(|| document.parse(), Ok)?;
        if format == LockfileFormat::V6 {
            v6::upgrade(&mut file)?;
        }
        convert::lockfile(file, format)
    }

    /// The entry of the package that a snapshot is a variant of.
    pub fn info(&self, dep_path: &DepPath) -> Option<&PackageInfo> {
        self.packages.get(dep_path.package_key())
    }
}
