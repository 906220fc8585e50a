//! What commands share that look into an image: the word for it, and its layers in the store.

use std::path::{Path, PathBuf};

use fourply_base::{Base, BaseSpec, ImageRef, compose};
use fourply_platform::Platform;
use fourply_store::{FetchSettings, Fetcher, Progress as _};

use super::outside::{Outside, OutsideArgs};
use crate::Error;
use crate::base_image::{descriptor, into_base, source};
use crate::report::Terminal;
use crate::settings::RegistryArgs;
use fourply_oci::Reference;

/// `oci:DIR`, `NAME:TAG`, `NAME@sha256:…`, `HOST.DOMAIN/NAME`: no service has such a name, unless a folder is there.
pub(super) fn is_image(word: &str) -> bool {
    let host = word.split_once('/').is_some_and(|(host, _)| host.contains('.') && !host.starts_with('.'));
    !Path::new(word).is_dir()
        && (word.contains([':']) || host || (word.contains('@') && !word.starts_with('@')))
}

/// Reads the image that a word names, for this machine's platform; all of its layers lie in the store then.
///
/// # Errors
/// Those of the image's place, and of the base that it is read as.
pub(super) fn read_image(
    word: &str,
    registry: &RegistryArgs,
    store: Option<&PathBuf>,
    terminal: &Terminal,
    quiet: bool,
) -> Result<(Outside, Base), Error> {
    let image = ImageRef::parse(word, Path::new(""))?;
    let outside = Outside::open(&OutsideArgs { registry: registry.clone(), store: store.cloned(), quiet })?;
    let store = &outside.store;
    let fetcher = Fetcher::new(store.clone(), FetchSettings::default());
    let open = |name: &str| source(&outside.registries, name).map_err(|error| into_base(error, name));
    let base = compose(&BaseSpec::Image(image), &Platform::host(), store, &fetcher, &open, terminal)?;
    let away: Vec<_> = base
        .layers
        .iter()
        .filter(|layer| store.blob_of_size(&layer.digest, layer.size()).is_none())
        .map(descriptor)
        .collect();
    if let Some(name) = base.name.as_deref().filter(|_| !away.is_empty()) {
        outside.registries.fetch(&Reference::parse(name)?, &away, terminal)?;
    }
    terminal.end();
    Ok((outside, base))
}
