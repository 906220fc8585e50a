//! What is known of an image. In: what a build hands over. Out: its contents and its making, and the documents that go with the image.

use std::collections::BTreeMap;

use fourply_attest::{Build, Contents, PREDICATE_TYPE, Subject, provenance};
use fourply_oci::Attachment;
use fourply_oci::image::Image;
use fourply_oci::media_type;

use super::document::{created, document, media_type_of, unwritten};
use super::made::Made;
use super::{build, licences, modules, system, workspace};
use crate::Error;
use crate::config::SbomForm;

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

    /// Documents go with the image.
    pub(crate) fn has_documents(&self) -> bool {
        self.sbom.is_some() || self.build.is_some()
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
