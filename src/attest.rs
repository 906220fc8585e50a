//! What is said of an image beside it. In: what the stages of a build know. Out: what the image holds and how it was made, and both as documents that
//! refer to the image. The forms of the documents are those of `fourply_attest`; nothing here decides a byte of the image.

mod build;
pub(crate) mod derived;
mod layer_packages;
mod licences;
mod modules;
mod system;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use fourply_app::BuiltApp;
use fourply_attest::{AttestError, Build, Contents, PREDICATE_TYPE, Subject, cyclonedx, provenance, spdx};
use fourply_base::{Base, Pins};
use fourply_modules::ModuleLayers;
use fourply_oci::Attachment;
use fourply_oci::image::Image;
use fourply_oci::media_type;
use fourply_pnpm::{Closure, ImporterId, Workspace};

use crate::Error;
use crate::config::SbomForm;
use crate::context::Context;
use crate::settings::Settings;

/// What the stages of one build know.
pub(crate) struct Made<'a> {
    pub settings: &'a Settings,
    pub context: &'a Context<'a>,
    pub workspace: &'a Workspace,
    pub base: &'a Base,
    /// What it was made of.
    pub pins: &'a Pins,
    /// What was put on it for scripts.
    pub toolchain: Option<&'a Pins>,
    /// What of it the image hides in the workspace's place.
    pub hidden: &'a BTreeSet<String>,
    pub service: &'a ImporterId,
    pub production: &'a Closure,
    pub app: &'a BuiltApp,
    pub modules: Option<&'a ModuleLayers>,
}

/// What is known of an image.
#[derive(Debug)]
pub(crate) struct Facts {
    name: String,
    /// What it holds.
    pub contents: Contents,
    sbom: Option<SbomForm>,
    build: Option<Build>,
}

impl Made<'_> {
    /// What is known of the image; nothing where nobody asks.
    ///
    /// # Errors
    /// Packages that cannot be read, or whose licence is not allowed.
    pub(crate) fn facts(&self) -> Result<Option<Facts>, Error> {
        let attest = &self.settings.attest;
        if !attest.needs_contents() {
            return Ok(None);
        }
        let contents = self.contents()?;
        if let Some(allowed) = &attest.licences {
            licences::check(self.settings.service_name(), &contents, allowed)?;
        }
        let build = attest.provenance.map(|detail| build::build(self, &contents, detail)).transpose()?;
        let name = match self.settings.service_name() {
            "." | "" => "image".to_owned(),
            name => name.to_owned(),
        };
        Ok(Some(Facts { name, contents, sbom: attest.sbom, build }))
    }

    fn contents(&self) -> Result<Contents, Error> {
        let mut contents = Contents::default();
        system::add(&mut contents, &self.base.rootfs, Some(self.pins));
        system::add_packages_of_npm(&mut contents, self)?;
        workspace::add(&mut contents, self)?;
        if let Some(layers) = self.modules {
            modules::add(&mut contents, self, layers)?;
        }
        modules::add_downloads(&mut contents, self);
        Ok(contents)
    }
}

impl Facts {
    /// The SBOM of the image in a form.
    ///
    /// # Errors
    /// A time that no calendar has.
    pub(crate) fn sbom(&self, image: &Image, form: SbomForm) -> Result<Vec<u8>, Error> {
        document(form, &self.subject(image), &self.contents)
    }

    /// The documents that go with the image.
    ///
    /// # Errors
    /// As [`Facts::sbom`].
    pub(crate) fn attachments(&self, image: &Image) -> Result<Vec<Attachment>, Error> {
        let subject = image.digest();
        let mut all = Vec::new();
        if let Some(form) = self.sbom {
            let bytes = self.sbom(image, form)?;
            all.push(Attachment {
                subject,
                media_type: media_type_of(form),
                annotations: BTreeMap::new(),
                bytes,
            });
        }
        if let Some(build) = &self.build {
            let bytes = provenance(&self.subject(image), build).map_err(unwritten)?;
            // BuildKit and cosign tell statements apart by it.
            let predicate = ("in-toto.io/predicate-type".to_owned(), PREDICATE_TYPE.to_owned());
            let annotations = BTreeMap::from([predicate]);
            all.push(Attachment { subject, media_type: media_type::IN_TOTO, annotations, bytes });
        }
        Ok(all)
    }

    fn subject(&self, image: &Image) -> Subject {
        Subject {
            name: self.name.clone(),
            digest: image.digest(),
            platform: image.platform.to_string(),
            created: created(image.config.created().as_deref()),
            is_derived: false,
        }
    }
}

/// The media type of an SBOM.
pub(crate) fn media_type_of(form: SbomForm) -> &'static str {
    match form {
        SbomForm::Cyclonedx => media_type::CYCLONEDX,
        SbomForm::Spdx => media_type::SPDX,
    }
}

/// An SBOM.
fn document(form: SbomForm, subject: &Subject, contents: &Contents) -> Result<Vec<u8>, Error> {
    let written = match form {
        SbomForm::Cyclonedx => cyclonedx(subject, contents),
        SbomForm::Spdx => spdx(subject, contents),
    };
    written.map_err(unwritten)
}

fn unwritten(error: AttestError) -> Error {
    Error::user(error, "set SOURCE_DATE_EPOCH to seconds since 1970 that a calendar has")
}

/// When an image was made, as its configuration says; else the beginning of 1970.
fn created(text: Option<&str>) -> i64 {
    text.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map_or(0, jiff::Timestamp::as_second)
}
