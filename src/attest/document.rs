//! An image and its contents → the bytes of an SBOM, and what is common to all documents.

use fourply_attest::{AttestError, Contents, Subject, cyclonedx, spdx};
use fourply_oci::media_type;

use crate::Error;
use crate::config::SbomForm;

/// The media type of an SBOM.
pub(crate) fn media_type_of(form: SbomForm) -> &'static str {
    match form {
        SbomForm::Cyclonedx => media_type::CYCLONEDX,
        SbomForm::Spdx => media_type::SPDX,
    }
}

/// An SBOM.
pub(super) fn document(form: SbomForm, subject: &Subject, contents: &Contents) -> Result<Vec<u8>, Error> {
    let written = match form {
        SbomForm::Cyclonedx => cyclonedx(subject, contents),
        SbomForm::Spdx => spdx(subject, contents),
    };
    written.map_err(unwritten)
}

pub(super) fn unwritten(error: AttestError) -> Error {
    Error::user(error, "set SOURCE_DATE_EPOCH to seconds since 1970 that a calendar has")
}

/// When an image was made, as its configuration says; else the beginning of 1970.
pub(super) fn created(text: Option<&str>) -> i64 {
    text.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map_or(0, jiff::Timestamp::as_second)
}
