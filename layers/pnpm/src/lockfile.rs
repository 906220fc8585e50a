//! pnpm-lock.yaml as one shape, whatever version wrote it. Text in, `Lockfile` out; no file is opened and no manifest known.
//!
//! `text` finds the project's document and its version, `raw` is the YAML as it stands, `parts` reads it on all cores, `convert`
//! makes it a `Lockfile`, and `v6` first brings keys and references of version 6.0 into the form of 9.0, as pnpm 9 does when it
//! reads one.

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
    /// Reads a pnpm-lock.yaml of version 9.0 (of its two documents, the project's) or 6.x.
    ///
    /// # Errors
    /// Marks of a merge, another version, broken YAML, wrong shapes. That references lead somewhere is not checked here.
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

    /// What is known of the package that a snapshot is a variant of.
    pub fn info(&self, dep_path: &DepPath) -> Option<&PackageInfo> {
        self.packages.get(dep_path.package_key())
    }
}
