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
//! | `apt`, `sources` | where packages come from: what was named, the base's sources, or the machine's |
//! | `keyring`, `release` | who may sign, and what an InRelease says |
//! | `index` | Packages: what there is |
//! | `version`, `relation`, `solve` | what is needed |
//! | `ground` | a base that packages are put on |
//! | `resolution` | all of the above → a list of packages with checksums |
//! | `deb`, `scan` | a package's file, and what it holds |
//! | `plan`, `prune`, `status`, `layout` | packages → the fragments of a layer |
//! | `control` | the form of all of Debian's text files |

mod apt;
mod control;
mod deb;
mod error;
pub(crate) mod fuzz;
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

use fourply_blob::{FORMAT_VERSION, Key, KeyBuilder};
use fourply_store::{Checksum, Fetcher, NpmVersion, Progress};
use rayon::prelude::*;
use serde_json::{Value, json};

pub use error::DebianError;
pub use resolution::{Pin, Resolution};

use crate::base::config;
use crate::facts::Facts;
use crate::image::Image;
use crate::layer::BaseLayer;
use crate::node::{self, NodeLayer};
use crate::notice::Notice;
use crate::packages::{self, AddedLayer, Became};
use crate::platform::Platform;
pub use crate::spec::DebianOptions;
use crate::spec::DebianSpec;
use crate::tools::Tools;
use error::Result;
use ground::Ground;

/// The store's name for layers of packages.
const RECORD: &str = "debian-layer";
/// The largest package that is fetched.
const MAX_PACKAGE: u64 = 4 << 30;
/// Packages whose maintainer scripts do nothing here that the layout does not do itself.
const MADE_UP_FOR: [&str; 3] = ["base-files", "ca-certificates", "libc6"];

/// A base that was made of packages.
pub(crate) struct Taken {
    pub image: Image,
    /// What was found of the packages, and of node.
    pub resolution: Resolution,
    pub node: Option<NpmVersion>,
    /// Packages whose maintainer scripts were left out.
    pub without_scripts: Vec<String>,
}

/// Makes the base; of nothing but what is locked, where that is given.
pub(crate) fn take(
    spec: &DebianSpec,
    locked: Option<&Resolution>,
    locked_node: Option<&NpmVersion>,
    tools: &Tools<'_>,
) -> Result<Taken, crate::BaseError> {
    let Tools { platform, store, fetcher, progress } = *tools;
    let resolution = match locked {
        Some(locked) => locked.clone(),
        None => resolution::settle(spec, None, architecture(platform)?, store, fetcher, progress)?.0,
    };
    let became = became(&resolution, None, tools)?;
    let settle = |version: &String| node::settle(version, spec.options.refresh, locked_node, tools);
    let found = spec.node.as_ref().map(settle).transpose()?;
    let node = found.as_ref().map(|found| node::layer(tools, found)).transpose()?;
    let mut layers = vec![BaseLayer::of_gzip(&became.layer)?];
    if let Some(node) = &node {
        layers.push(BaseLayer::of_gzip(&node.layer)?);
    }
    let config = configured(platform, &layers, &resolution, &became, node.as_ref());
    let image = Image { name: None, digest: None, pin: None, layers, config };
    Ok(Taken { image, resolution, node: found, without_scripts: became.without_scripts })
}

/// Whether a base has dpkg's database.
pub(crate) fn is_ground(facts: &Facts) -> bool {
    Ground::is_there(facts)
}

/// Puts packages on a base that has dpkg's database, of the base's own release; those of `locked`, where they are settled
/// already. `None` where the base has it all. What should be known of it goes into `notices`.
///
/// # Errors
/// Where packages are not to be had, or would change what the base has.
pub(crate) fn add(
    facts: &Facts,
    wanted: &[String],
    options: &DebianOptions,
    locked: Option<&Resolution>,
    notices: &mut Vec<Notice>,
    tools: &Tools<'_>,
) -> Result<(Option<AddedLayer>, Resolution), crate::BaseError> {
    let ground = Ground::new(facts)?;
    let suite = codename(facts);
    let options = options.clone();
    let spec = DebianSpec { suite, packages: wanted.to_vec(), options, ..DebianSpec::default() };
    let Tools { platform, store, fetcher, progress } = *tools;
    let resolution = match locked {
        Some(locked) => locked.clone(),
        None => {
            let (found, notice) =
                resolution::settle(&spec, Some(&ground), architecture(platform)?, store, fetcher, progress)?;
            notices.extend(notice);
            found
        }
    };
    if resolution.packages.is_empty() {
        return Ok((None, resolution));
    }
    let became = became(&resolution, Some(&ground), tools)?;
    let history = history("added", &resolution, &became);
    let layer = BaseLayer::of_gzip(&became.layer)?;
    Ok((Some(AddedLayer { layer, history, without_scripts: became.without_scripts }), resolution))
}

/// The release of a base by its code name. Bases without a shell have it in `VERSION` alone: `12 (bookworm)`.
fn codename(facts: &Facts) -> Option<String> {
    let field = |name: &str| facts.os_release.get(name);
    let in_version = || Some(field("VERSION")?.split_once('(')?.1.split_once(')')?.0.to_owned());
    field("VERSION_CODENAME").cloned().or_else(in_version)
}

/// Which packages are in a layer, for the image's history.
fn history(what: &str, resolution: &Resolution, became: &Became) -> Value {
    let listed = resolution.packages.iter().map(|pin| (pin.name.as_str(), pin.version.as_str()));
    packages::history(what, listed, "maintainer scripts", became)
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
fn became(resolution: &Resolution, ground: Option<&Ground<'_>>, tools: &Tools<'_>) -> Result<Became> {
    let Tools { store, fetcher, progress, .. } = *tools;
    let key = layer_key(resolution, ground);
    if let Some(known) = packages::remembered(store, RECORD, &key)? {
        return Ok(known);
    }
    progress.begin("Debian packages", Some(resolution.packages.len() as u64));
    let files = fetch(&resolution.packages, fetcher, progress);
    progress.end();
    let scanned = layout::scan_all(&files?)?;
    let scripted = scanned.iter().filter(|package| !package.control.scripts.is_empty());
    let names = scripted.map(|package| package.pin.name.clone());
    let without_scripts = names.filter(|name| !MADE_UP_FOR.contains(&name.as_str())).collect();
    let fragments = match ground {
        Some(ground) => layout::fragments_on(ground, scanned)?,
        None => layout::fragments(scanned, &resolution.architecture)?,
    };
    let layer = packages::write::<DebianError>(&fragments, store)?;
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
