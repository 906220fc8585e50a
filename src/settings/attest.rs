//! What is said of an image beside it: from `[attest]`, `[image] licenses` and the command line.

use fourply_attest::AllowedLicences;

use super::Overrides;
use crate::Error;
use crate::config::{Config, ProvenanceDetail, SbomForm};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct AttestSettings {
    /// An SBOM goes with the image.
    pub sbom: Option<SbomForm>,
    /// How it was made goes with the image.
    pub provenance: Option<ProvenanceDetail>,
    /// The licences that its packages may have.
    pub licences: Option<AllowedLicences>,
    /// What it holds is asked for.
    pub contents: bool,
    /// The command line as far as it decides an image and no other setting tells it.
    pub arguments: Arguments,
}

/// Arguments of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub prebuilt: bool,
    pub prune: bool,
    pub single_stream: bool,
    pub locked: bool,
}

impl AttestSettings {
    /// Whether it has to be known what the image holds.
    pub(crate) fn needs_contents(&self) -> bool {
        self.contents || self.sbom.is_some() || self.licences.is_some() || self.provenance.is_some()
    }
}

/// Resolves them; a flag wins over the file.
///
/// # Errors
/// A licence that is none.
pub(super) fn attest(config: &Config, over: &Overrides) -> Result<AttestSettings, Error> {
    let licences = config.image.licenses.as_deref().map(AllowedLicences::new).transpose();
    let licences = licences.map_err(|error| {
        Error::user(format!("[image] licenses: {error}"), "write one licence in each text of the list")
    })?;
    Ok(AttestSettings {
        sbom: over.sbom.map_or_else(|| config.attest.form(), crate::config::SbomWord::form),
        provenance: over
            .provenance
            .map_or_else(|| config.attest.detail(), crate::config::ProvenanceWord::detail),
        licences,
        contents: over.contents,
        arguments: Arguments {
            prebuilt: over.prebuilt,
            prune: !over.no_prune,
            single_stream: over.single_stream,
            locked: over.locked,
        },
    })
}
