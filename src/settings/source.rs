//! What an image says of its sources. In: the workspace's folder, the format, what was configured, `SOURCE_DATE_EPOCH`. Out: the image's time,
//! as far as it does not come from the base, and the commit that it names, if it names one.

use std::path::Path;

use fourply_blob::{LayerFormat, MTIME};

use crate::Error;
use crate::config::ImageConfig;
use crate::environment::{self, Commit};

/// What was built, and when.
#[derive(Debug, Clone)]
pub(crate) struct SourceSettings {
    /// The time of the image, in seconds since 1970; without one, it is the base's.
    pub created: Option<i64>,
    /// What the image says of the commit.
    pub revision: Revision,
    /// What git said.
    commit: Option<Commit>,
}

/// What an image says of the commit that it was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Revision {
    /// Nothing.
    Off,
    /// The annotation of format 1: the commit, whatever was changed since.
    Annotation(String),
    /// A label and an annotation, as configured; with `-dirty` where files differ from the commit.
    Label(String),
    /// The label is configured, but git knows no commit.
    Unknown,
}

impl SourceSettings {
    /// Asks git only if the image is to tell something of it: then an image is the same in a clone, in a tarball and after any other commit.
    ///
    /// # Errors
    /// A `SOURCE_DATE_EPOCH` that is no number.
    pub(super) fn new(
        root: &Path,
        format: LayerFormat,
        config: &ImageConfig,
        known: Option<&SourceSettings>,
    ) -> Result<SourceSettings, Error> {
        let is_named = config.revision.unwrap_or(format == LayerFormat::V1);
        let commit = match known {
            Some(known) => known.commit.clone(),
            None if is_named || format == LayerFormat::V1 => environment::commit(root),
            None => None,
        };
        let epoch = environment::source_date_epoch()?;
        let created = match format {
            LayerFormat::V1 => epoch.or(commit.as_ref().map(|commit| commit.time)).or(Some(MTIME)),
            LayerFormat::V2 => epoch,
        };
        let revision = match (&commit, config.revision) {
            _ if !is_named => Revision::Off,
            (Some(commit), None) => Revision::Annotation(commit.hash.clone()),
            (Some(commit), Some(_)) => Revision::Label(commit.described()),
            (None, None) => Revision::Off,
            (None, Some(_)) => Revision::Unknown,
        };
        Ok(SourceSettings { created, revision, commit })
    }
}
