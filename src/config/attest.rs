//! `[attest]` of `fourply.toml`: the SBOM and provenance attached to an image.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[attest]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestConfig {
    /// An SBOM: `true` or `"cyclonedx"`, `"spdx"`; none by default.
    pub sbom: Option<SbomSwitch>,
    /// How the image was made: `true` or `"min"`, `"max"`; nothing by default.
    pub provenance: Option<ProvenanceSwitch>,
}

/// `sbom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "sbom is \"cyclonedx\", \"spdx\", true or false")]
pub enum SbomSwitch {
    /// CycloneDX, or none.
    Switch(bool),
    /// In this form.
    Form(SbomForm),
}

/// `provenance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "provenance is \"min\", \"max\", true or false")]
pub enum ProvenanceSwitch {
    /// Without the list of source files, or nothing.
    Switch(bool),
    /// As detailed as this.
    Detail(ProvenanceDetail),
}

/// The form of an SBOM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SbomForm {
    /// CycloneDX 1.6, JSON
    #[default]
    Cyclonedx,
    /// SPDX 2.3, JSON
    Spdx,
}

/// How much is said of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ProvenanceDetail {
    /// What the image was made of, by digest; of variables the names
    Min,
    /// The same with each source file, and the values of variables
    Max,
}

/// `--sbom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SbomWord {
    /// CycloneDX 1.6, JSON
    Cyclonedx,
    /// SPDX 2.3, JSON
    Spdx,
    /// None, whatever [attest] says
    Off,
}

/// `--provenance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProvenanceWord {
    /// What the image was made of, by digest; of variables the names
    Min,
    /// The same with each source file, and the values of variables
    Max,
    /// None, whatever [attest] says
    Off,
}

impl SbomWord {
    /// The form that it names.
    pub fn form(self) -> Option<SbomForm> {
        match self {
            SbomWord::Cyclonedx => Some(SbomForm::Cyclonedx),
            SbomWord::Spdx => Some(SbomForm::Spdx),
            SbomWord::Off => None,
        }
    }
}

impl ProvenanceWord {
    /// The detail that it names.
    pub fn detail(self) -> Option<ProvenanceDetail> {
        match self {
            ProvenanceWord::Min => Some(ProvenanceDetail::Min),
            ProvenanceWord::Max => Some(ProvenanceDetail::Max),
            ProvenanceWord::Off => None,
        }
    }
}

impl AttestConfig {
    /// The form of the SBOM, if there is to be one.
    pub fn form(&self) -> Option<SbomForm> {
        match self.sbom? {
            SbomSwitch::Switch(is_on) => is_on.then_some(SbomForm::Cyclonedx),
            SbomSwitch::Form(form) => Some(form),
        }
    }

    /// How much is said of the build, if anything is.
    pub fn detail(&self) -> Option<ProvenanceDetail> {
        match self.provenance? {
            ProvenanceSwitch::Switch(is_on) => is_on.then_some(ProvenanceDetail::Min),
            ProvenanceSwitch::Detail(detail) => Some(detail),
        }
    }
}
