//! Additions to a base: one more layer, and packages by the base's own package manager. In: a base, the additions, an
//! earlier resolution. Out: the base with them, and their resolution.

use fourply_rootfs::packages::UnrunScripts;
use fourply_rootfs::{Held, Tools};
use fourply_store::NpmVersion;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::{Base, config};
use crate::error::{BaseError, Result};
use crate::image::ResolvedImage;
use crate::layer::BaseLayer;
use crate::packages::{self, AddedLayer};
use crate::refusal::Refusal;
use crate::spec::AddedToBase;

/// The resolution of names, versions and ranges. With it, the same base is built again without an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    pub apk: Option<fourply_apk::ApkResolution>,
    pub debian: Option<fourply_deb::DebResolution>,
    /// npm's Node.js.
    pub node: Option<NpmVersion>,
}

/// Adds packages by the rules of the base's own package manager. Returns also the packages whose scripts were skipped.
pub(crate) fn with_packages(
    base: Base,
    added: &AddedToBase,
    held: Held<'_, Pins>,
    pins: &mut Pins,
    tools: &Tools<'_>,
    shown: &str,
) -> Result<(Base, Vec<UnrunScripts>)> {
    let mut notices = Vec::new();
    let layer = if fourply_apk::has_database(&base.rootfs) {
        let held = held.part(|pins| pins.apk.as_ref());
        let (layer, found) = packages::add_alpine(&base.rootfs, added, held, tools)?;
        pins.apk = Some(found);
        layer
    } else if fourply_deb::has_database(&base.rootfs) {
        let held = held.part(|pins| pins.debian.as_ref());
        let (layer, found) = packages::add_debian(&base.rootfs, added, held, &mut notices, tools)?;
        pins.debian = Some(found);
        layer
    } else {
        return Err(BaseError::Refused { image: shown.to_owned(), reason: Refusal::NoPackageDatabase });
    };
    match layer {
        Some(AddedLayer { layer, history, without_scripts }) => {
            let mut base = on_top(base, layer, history, Vec::new(), tools, shown)?;
            base.notices.extend(notices);
            Ok((base, without_scripts))
        }
        None => Ok((base, Vec::new())),
    }
}

/// The base with one more layer, and its configuration with the layer's changes.
pub(crate) fn on_top(
    base: Base,
    layer: BaseLayer,
    history: Value,
    env: Vec<String>,
    tools: &Tools<'_>,
    shown: &str,
) -> Result<Base> {
    let Base { name, digest, pin, mut layers, raw_config: mut config, notices, .. } = base;
    config::add_layer(&mut config, &layer, history, &env);
    layers.push(layer);
    let image = ResolvedImage { name, digest, pin, layers, config };
    Ok(Base { notices, ..Base::assemble(tools.store, image, tools.platform, shown)? })
}
