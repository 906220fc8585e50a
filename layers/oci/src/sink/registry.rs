//! A push as a sink. In: an image and references with tags. Out: the image in each repository under each tag.

use fourply_store::Progress;

use super::{Parcel, Sink, SinkError, SinkReport};
use crate::registry::{Reference, Registries};

/// The registries that the names lead to.
#[derive(Debug)]
pub struct RegistrySink<'r> {
    registries: &'r Registries,
}

impl<'r> RegistrySink<'r> {
    /// Pushes through these.
    pub fn new(registries: &'r Registries) -> RegistrySink<'r> {
        RegistrySink { registries }
    }
}

impl Sink for RegistrySink<'_> {
    /// Each name is a reference with a tag; the report counts what was done for all of them.
    fn put(
        &mut self,
        parcel: &Parcel<'_>,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<SinkReport, SinkError> {
        let targets = names.iter().map(|name| Reference::parse(name)).collect::<Result<Vec<_>, _>>()?;
        let report = self.registries.ship(&parcel.shipment, &targets, progress)?;
        Ok(SinkReport {
            place: targets.iter().map(Reference::to_string).collect::<Vec<_>>().join(", "),
            digest: parcel.digest(),
            written: report.uploaded,
            present: report.present,
            mounted: report.mounted,
            bytes: report.bytes,
        })
    }
}
