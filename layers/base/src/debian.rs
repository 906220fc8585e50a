//! A base from Debian's packages and npm's node. Comes in: a [`DebianSpec`]. Goes out: an image of one layer of packages and,
//! where it was asked for, one of node, both in the store. Nothing runs: no apt, no dpkg, no maintainer script.
//!
//! What is verified: the archive's InRelease by the OpenPGP keys that apt trusts for it (or those that were named), the
//! index by the release, each package by the index, node by npm's integrity.
//!
//! What is pinned: the packages that were found once for a spec stay until a refresh is asked for
//! ([`DebianOptions::refresh`]), so a build does not change by itself, and with a warm store needs no network. A record keeps
//! the list, another one the layer that it became: with both, no package is opened.
//!
//! | module | what it holds |
//! |---|---|
//! | `sources` | where packages come from: a mirror, or the machine's apt sources |
//! | `keyring`, `release` | who may sign, and what an InRelease says |
//! | `index` | Packages: what there is |
//! | `version`, `relation`, `solve` | what is needed |
//! | `ground` | a base that packages are put on |
//! | `resolution` | all of the above → a list of packages with checksums |
//! | `deb`, `scan` | a package's file, and what it holds |
//! | `plan`, `prune`, `status`, `layout` | packages → the fragments of a layer |
//! | `control` | the form of all of Debian's text files |

mod control;
mod deb;
mod error;
mod ground;
mod index;
mod keyring;
mod layout;
mod plan;
mod prune;
mod relation;
mod release;
mod resolution;
mod scan;
mod solve;
mod sources;
mod status;
#[cfg(test)]
mod testing;
mod version;

use std::path::PathBuf;
use std::sync::Arc;

use fourply_blob::{Codec, FORMAT_VERSION, Fragment, Key, KeyBuilder, LayerBlob, write_layer};
use fourply_store::{Checksum, Fetcher, Progress, Store};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use error::DebianError;
pub use resolution::{Pin, Resolution};

use crate::base::{BaseLayer, config};
use crate::compose::{Pins, Tools};
use crate::facts::Facts;
use crate::image::Image;
use crate::node::{self, NodeLayer};
use crate::platform::Platform;
use crate::spec::DebianSpec;
use error::Result;
use ground::Ground;

/// The store's name for layers of packages.
const RECORD: &str = "debian-layer";
/// The largest package that is fetched.
const MAX_PACKAGE: u64 = 4 << 30;
/// Packages whose maintainer scripts do nothing here that the layout does not do itself.
const MADE_UP_FOR: [&str; 3] = ["base-files", "ca-certificates", "libc6"];

/// How a base of Debian's packages is made, beside what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebianOptions {
    /// Apt's configuration: sources and keys.
    pub apt: PathBuf,
    /// Whether the archives are asked again, though the store knows a list of packages.
    pub refresh: bool,
    /// The time, in seconds since 1970, that expiry is compared with; `None` compares with the release's own date, so that
    /// nothing expires.
    pub now: Option<i64>,
    /// Whether a release may have expired, as those of snapshots have: as if `now` were `None`. A source of apt's that says
    /// `Check-Valid-Until: no` may always.
    pub allow_expired: bool,
    /// Whether what the packages depend on comes with them.
    pub dependencies: bool,
}

impl Default for DebianOptions {
    fn default() -> Self {
        Self { apt: "/etc/apt".into(), refresh: false, now: None, allow_expired: false, dependencies: true }
    }
}

/// The layer that a list of packages became.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Became {
    layer: LayerBlob,
    /// Packages whose maintainer scripts were left out and may be missed.
    without_scripts: Vec<String>,
}

/// Makes the base; of nothing but what `locked` names, where it is given. What was found goes into `pins`.
pub(crate) fn take(
    spec: &DebianSpec,
    locked: Option<&Pins>,
    pins: &mut Pins,
    tools: &Tools<'_>,
) -> Result<Image, crate::BaseError> {
    let Tools { platform, store, fetcher, progress } = *tools;
    let resolution = match locked.and_then(|pins| pins.debian.clone()) {
        Some(locked) => locked,
        None => resolution::settle(spec, None, architecture(platform)?, store, fetcher, progress)?,
    };
    let became = packages(&resolution, None, tools)?;
    if let Some(version) = &spec.node {
        let locked = locked.and_then(|pins| pins.node.as_ref());
        pins.node = Some(node::settle(version, spec.options.refresh, locked, tools)?);
    }
    let node = pins.node.as_ref().map(|found| node::layer(tools, found)).transpose()?;
    let mut layers = vec![BaseLayer::of_gzip(&became.layer)?];
    if let Some(node) = &node {
        layers.push(BaseLayer::of_gzip(&node.layer)?);
    }
    let config = configured(platform, &layers, &resolution, &became, node.as_ref());
    pins.debian = Some(resolution);
    Ok(Image { name: None, digest: None, pin: None, layers, config })
}

/// Whether a base has dpkg's database.
pub(crate) fn is_ground(facts: &Facts) -> bool {
    Ground::is_there(facts)
}

/// Puts packages on a base that has dpkg's database, of the base's own release; those of `locked`, where they are settled
/// already. The layer and what the history says of it; `None` where the base has it all.
///
/// # Errors
/// Where packages are not to be had, or would change what the base has.
pub(crate) fn add(
    facts: &Facts,
    wanted: &[String],
    options: &DebianOptions,
    locked: Option<&Pins>,
    tools: &Tools<'_>,
) -> Result<(Option<(BaseLayer, Value)>, Resolution), crate::BaseError> {
    let ground = Ground::new(facts)?;
    let suite = facts.os_release.get("VERSION_CODENAME").cloned();
    let options = options.clone();
    let spec = DebianSpec { suite, packages: wanted.to_vec(), options, ..DebianSpec::default() };
    let Tools { platform, store, fetcher, progress } = *tools;
    let resolution = match locked.and_then(|pins| pins.debian.clone()) {
        Some(locked) => locked,
        None => resolution::settle(&spec, Some(&ground), architecture(platform)?, store, fetcher, progress)?,
    };
    if resolution.packages.is_empty() {
        return Ok((None, resolution));
    }
    let became = packages(&resolution, Some(&ground), tools)?;
    let history = history("added", &resolution, &became);
    Ok((Some((BaseLayer::of_gzip(&became.layer)?, history)), resolution))
}

/// Which packages are in a layer, for the image's history.
fn history(what: &str, resolution: &Resolution, became: &Became) -> Value {
    let listed: Vec<String> =
        resolution.packages.iter().map(|pin| format!("{}={}", pin.name, pin.version)).collect();
    let mut entry = json!({ "created_by": format!("{what}: {}", listed.join(" ")) });
    if let (false, Some(fields)) = (became.without_scripts.is_empty(), entry.as_object_mut()) {
        let names = became.without_scripts.join(" ");
        fields.insert("comment".into(), json!(format!("maintainer scripts were not run: {names}")));
    }
    entry
}

/// Debian's name of an architecture. Source: <https://www.debian.org/ports/>.
fn architecture(platform: &Platform) -> Result<&'static str> {
    Ok(match (platform.os.as_str(), platform.architecture.as_str(), platform.variant.as_deref()) {
        ("linux", "amd64", _) => "amd64",
        ("linux", "arm64", _) => "arm64",
        ("linux", "arm", Some("v7" | "v8")) => "armhf",
        ("linux", "386", _) => "i386",
        ("linux", "ppc64le", _) => "ppc64el",
        ("linux", "s390x", _) => "s390x",
        ("linux", "riscv64", _) => "riscv64",
        _ => return Err(DebianError::Architecture { platform: platform.to_string() }),
    })
}

/// The layer of the packages, from the store or made now.
fn packages(resolution: &Resolution, ground: Option<&Ground<'_>>, tools: &Tools<'_>) -> Result<Became> {
    let Tools { store, fetcher, progress, .. } = *tools;
    let key = layer_key(resolution, ground);
    let known = store.record::<Became>(RECORD, &key)?;
    if let Some(known) = known.filter(|known| store.blob_path(&known.layer.digest).is_some()) {
        return Ok(known);
    }
    progress.begin("Debian packages", Some(resolution.packages.len() as u64));
    let files = fetch(&resolution.packages, fetcher, progress);
    progress.end();
    let packages = layout::scan_all(&files?)?;
    let scripted = packages.iter().filter(|package| !package.control.scripts.is_empty());
    let names = scripted.map(|package| package.pin.name.clone());
    let without_scripts = names.filter(|name| !MADE_UP_FOR.contains(&name.as_str())).collect();
    let fragments = match ground {
        Some(ground) => layout::fragments_on(ground, packages)?,
        None => layout::fragments(packages, &resolution.architecture)?,
    };
    let layer = write(&fragments, store)?;
    let became = Became { layer, without_scripts };
    store.put_record(RECORD, &key, &became)?;
    Ok(became)
}

/// All that decides the bytes of the layer.
fn layer_key(resolution: &Resolution, ground: Option<&Ground<'_>>) -> Key {
    let start = KeyBuilder::new("fourply debian layer v1")
        .number("format", FORMAT_VERSION.into())
        .number("rules", prune::RULES)
        .field("architecture", &resolution.architecture)
        .number("packages", resolution.packages.len() as u64);
    let add =
        |key: KeyBuilder, pin: &Pin| key.field("name", &pin.name).field("sha256", pin.sha256.to_string());
    let start = match ground {
        Some(ground) => start.field("ground", serde_json::to_vec(ground.facts).unwrap_or_default()),
        None => start,
    };
    resolution.packages.iter().fold(start, add).finish()
}

fn fetch(pins: &[Pin], fetcher: &Fetcher, progress: &dyn Progress) -> Result<Vec<(PathBuf, Pin)>> {
    let one = |pin: &Pin| {
        let size = pin.size.min(MAX_PACKAGE);
        let path = fetcher.file(&pin.url, &Checksum::Sha256(pin.sha256), size)?;
        progress.advance(1);
        Ok((path, pin.clone()))
    };
    pins.par_iter().map(one).collect()
}

/// Writes fragments as one layer into the store.
pub(crate) fn write(fragments: &[Arc<dyn Fragment>], store: &Store) -> Result<LayerBlob> {
    let mut blob = store.layer_writer()?;
    let layer = write_layer(fragments, Codec::Gzip, &store.fragments(), &mut blob)?;
    blob.commit(&layer)?;
    Ok(layer)
}

/// The image's configuration: which packages and which node are in it is told by its history.
fn configured(
    platform: &Platform,
    layers: &[BaseLayer],
    resolution: &Resolution,
    became: &Became,
    node: Option<&NodeLayer>,
) -> Value {
    let mut config = config::fresh(platform, layers, "");
    let packages = history(&format!("debian {}", resolution.suite), resolution, became);
    let mut history = vec![packages];
    let mut env = vec![format!("PATH={}", config::DEFAULT_PATH)];
    if let Some(node) = node {
        history.push(json!({ "created_by": format!("node {}", node.version) }));
        env.push(format!("NODE_VERSION={}", node.version));
    }
    if let Some(fields) = config.as_object_mut() {
        fields.insert("history".into(), Value::Array(history));
        fields.insert("config".into(), json!({ "Env": env }));
    }
    config
}
