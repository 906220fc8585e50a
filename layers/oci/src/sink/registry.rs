//! A push as a sink. In: an image and references with tags. Out: the image in each repository under each tag.

use fourply_store::Progress;

use super::error::SinkError;
use super::place::{Sink, SinkReport};
use crate::reference::Reference;
use crate::registry::Registries;
use crate::tree::ImageTree;

/// The registries in the names.
#[derive(Debug)]
pub struct RegistrySink<'r> {
    registries: &'r Registries,
}

impl<'r> RegistrySink<'r> {
    /// Pushes with the credentials, mirrors and limits of `registries`.
    pub fn new(registries: &'r Registries) -> RegistrySink<'r> {
        RegistrySink { registries }
    }
}

impl Sink for RegistrySink<'_> {
    /// Each name is a reference with a tag. The report is the sum over all names.
    fn put(
        &mut self,
        tree: &ImageTree,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let targets = names.iter().map(|name| Reference::parse(name)).collect::<Result<Vec<_>, _>>()?;
        let report = self.registries.push(tree, &targets, progress)?;
        Ok(SinkReport {
            place: targets.iter().map(Reference::to_string).collect::<Vec<_>>().join(", "),
            digest: tree.root,
            written: report.uploaded,
            present: report.present,
            mounted: report.mounted,
            bytes: report.bytes,
        })
    }
}
