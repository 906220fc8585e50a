//! What an image holds of which nobody tells how it was made. In: its layers, in the store. Out: an SBOM of the package databases and of the packages below
//! folders node_modules.

use fourply_attest::{Contents, Subject};
use fourply_base::Base;
use fourply_blob::Digest;
use fourply_store::Store;

use super::document::{created, document};
use super::{layer_packages, licences, system};
use crate::Error;
use crate::config::SbomForm;

/// What the layers of an image hold.
///
/// # Errors
/// Layers that cannot be read.
pub(crate) fn contents(store: &Store, image: &Base) -> Result<Contents, Error> {
    let mut contents = Contents::default();
    system::add(&mut contents, &image.rootfs, None);
    for manifest in layer_packages::of_layers(store, image)? {
        contents.add(system::of_npm(&manifest));
    }
    Ok(contents)
}

/// The SBOM of an image.
///
/// # Errors
/// A time that no calendar has.
pub(crate) fn sbom(name: &str, image: &Base, contents: &Contents, form: SbomForm) -> Result<Vec<u8>, Error> {
    let subject = Subject {
        name: name.to_owned(),
        // What docker saved has no manifest: its configuration names it, as docker does.
        digest: image.digest.unwrap_or_else(|| Digest::of(image.raw_config.to_string().as_bytes())),
        platform: format!("{}/{}", image.config.os(), image.config.architecture()),
        created: created(image.config.created().as_deref()),
        is_derived: true,
    };
    document(form, &subject, contents)
}

/// Licences and the packages that have them: docs/attest.md.
pub(crate) fn licence_list(contents: &Contents) -> String {
    licences::list(contents)
}
