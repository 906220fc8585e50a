//! A base from Alpine's packages, or such packages on top of a base that has apk's database. Comes in: an [`AlpineSpec`], or
//! names of packages and a base. Goes out: one layer. Nothing runs: no apk, no scripts.
//!
//! What is verified: an index by RSA keys that were named (or that the base trusts), a package's control part by the index,
//! its data by the control part, each file by its own checksum.
//!
//! What is pinned: the packages that were found once stay until a refresh is asked for, so a build does not change by itself,
//! and with a warm store needs no network. A record keeps the list, another one the layer that it became.
//!
//! | module | what it holds |
//! |---|---|
//! | `repository` | where packages come from |
//! | `keys`, `members`, `index` | who may sign, where what is signed ends, what there is |
//! | `version`, `dependency`, `record` | versions, what one package says of another, a package in an index |
//! | `solve` | what is needed |
//! | `ground` | what packages are put on |
//! | `resolution` | all of the above → a list of packages with checksums, their files in the store |
//! | `file`, `info`, `scan` | a package's file, and what it holds |
//! | `plan`, `scripts`, `database`, `layout` | packages → the fragments of a layer |

mod database;
mod dependency;
mod error;
mod file;
#[cfg(test)]
#[path = "../../../tests/support/fixtures.rs"]
mod fixtures;
mod ground;
mod index;
mod info;
mod keys;
mod layout;
mod members;
mod plan;
mod record;
mod repository;
mod resolution;
mod scan;
mod scripts;
mod solve;
mod version;

use std::path::{Path, PathBuf};

use fourply_blob::{FORMAT_VERSION, Key, KeyBuilder, LayerBlob, write_layer};
use fourply_store::Checksum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use error::ApkError;
pub use record::Identity;
pub use resolution::{Pin, Resolution};

use crate::base::{Base, BaseLayer, config};
use crate::compose::Tools;
use crate::facts::Facts;
use crate::image::Image;
use crate::platform::Platform;
use crate::spec::AlpineSpec;
use error::Result;
use ground::Ground;
use keys::Keyring;
use repository::Repository;
use resolution::Request;

/// The store's name for layers of packages.
const RECORD: &str = "apk-layer";
/// What a base for node has at least: the folders, what says which system it is, a shell, certificates.
const SMALLEST: [&str; 4] = ["alpine-baselayout", "alpine-keys", "alpine-release", "busybox"];
/// Certificates in one file; left out where the package with all of them is asked for.
const BUNDLE: (&str, &str) = ("ca-certificates-bundle", "ca-certificates");
/// Where the program apk, and with it a machine with Alpine, keeps what it knows.
const OF_THIS_MACHINE: &str = "/etc/apk";

/// Where packages come from, and who may sign them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApkSources {
    /// Lines as `/etc/apk/repositories` has them: URLs or paths, perhaps with a tag.
    pub repositories: Vec<String>,
    /// Files of public keys, or folders of such.
    pub keys: Vec<PathBuf>,
    /// The folder that relative paths of repositories start at.
    pub root: PathBuf,
    /// Whether the repositories are asked again, though the store knows a list of packages.
    pub refresh: bool,
}

/// The layer that a list of packages became.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Became {
    layer: LayerBlob,
    /// Packages whose scripts were left out and may be missed.
    without_scripts: Vec<String>,
}

/// Makes a base of nothing but packages; of those of `locked`, where they are settled already.
pub(crate) fn take(
    spec: &AlpineSpec,
    locked: Option<&Resolution>,
    tools: &Tools<'_>,
) -> Result<(Image, Resolution), crate::BaseError> {
    let facts = Facts::default();
    let ground = Ground::new(&facts)?;
    let mut repositories = repositories(&spec.sources, &ground)?;
    if let (Some(mirror), true) = (&spec.mirror, spec.sources.repositories.is_empty()) {
        let release = spec.release.as_deref().ok_or_else(|| {
            ApkError::setting("release", "", "a mirror has many: write release = \"v3.22\" beside it")
        })?;
        repositories = Repository::of_mirror(mirror, release)?;
    }
    let world = smallest(&spec.packages);
    let work = Work { ground: &ground, repositories, world, sources: &spec.sources, locked, tools };
    let (resolution, became) = work.settle_and_write()?;
    let layers = vec![BaseLayer::of_gzip(&became.layer)?];
    let mut config = config::fresh(tools.platform, &layers, "");
    if let Some(fields) = config.as_object_mut() {
        fields.insert("history".into(), json!([history("alpine", &resolution, &became)]));
    }
    Ok((Image { name: None, digest: None, pin: None, layers, config }, resolution))
}

/// Puts packages on a base that has apk's database; those of `locked`, where they are settled already.
///
/// # Errors
/// Where the base has no such database, packages are not to be had, or would change what the base has.
pub(crate) fn add(
    base: &Base,
    packages: &[String],
    sources: &ApkSources,
    locked: Option<&Resolution>,
    tools: &Tools<'_>,
) -> Result<Addition, crate::BaseError> {
    let ground = Ground::new(&base.facts)?;
    let repositories = repositories(sources, &ground)?;
    let mut world = packages.to_vec();
    world.sort();
    world.dedup();
    let work = Work { ground: &ground, repositories, world, sources, locked, tools };
    let (resolution, became) = work.settle_and_write()?;
    let layer = match resolution.packages.is_empty() {
        true => None,
        false => Some((BaseLayer::of_gzip(&became.layer)?, history("added", &resolution, &became))),
    };
    Ok(Addition { layer, resolution })
}

/// What was put on a base.
pub(crate) struct Addition {
    /// The layer and what the history says of it; `None` where the base has it all.
    pub layer: Option<(BaseLayer, Value)>,
    pub resolution: Resolution,
}

/// Whether a base has apk's database.
pub(crate) fn is_ground(facts: &Facts) -> bool {
    Ground::is_there(facts)
}

fn smallest(packages: &[String]) -> Vec<String> {
    let named = |name: &str| packages.iter().any(|word| name_of(word) == name);
    let (bundle, all) = BUNDLE;
    let bundle = (!named(all)).then_some(bundle);
    let least = SMALLEST.into_iter().chain(bundle).filter(|name| !named(name)).map(str::to_owned);
    let mut world: Vec<String> = least.chain(packages.iter().cloned()).collect();
    world.sort();
    world.dedup();
    world
}

fn name_of(word: &str) -> &str {
    word.split(['=', '<', '>', '~', '@']).next().unwrap_or(word)
}

/// Those that were named, else the base's own, else those of this machine.
fn repositories(sources: &ApkSources, ground: &Ground<'_>) -> Result<Vec<Repository>> {
    let read = |text: &str| -> Result<Vec<Repository>> {
        text.lines().filter_map(|line| Repository::parse(line, &sources.root).transpose()).collect()
    };
    if !sources.repositories.is_empty() {
        return read(&sources.repositories.join("\n"));
    }
    let of_base = ground.text("etc/apk/repositories");
    if !of_base.trim().is_empty() {
        return read(&of_base);
    }
    let path = Path::new(OF_THIS_MACHINE).join("repositories");
    match std::fs::read_to_string(&path) {
        Ok(text) => read(&text),
        Err(_) => Ok(Vec::new()),
    }
}

struct Work<'w> {
    ground: &'w Ground<'w>,
    repositories: Vec<Repository>,
    world: Vec<String>,
    sources: &'w ApkSources,
    locked: Option<&'w Resolution>,
    tools: &'w Tools<'w>,
}

impl Work<'_> {
    fn settle_and_write(&self) -> Result<(Resolution, Became)> {
        let architecture = architecture(self.tools.platform)?;
        let resolution = match self.locked {
            Some(locked) => locked.clone(),
            None => self.settle(architecture)?,
        };
        let became = self.became(&resolution)?;
        Ok((resolution, became))
    }

    fn settle(&self, architecture: &str) -> Result<Resolution> {
        if self.repositories.is_empty() {
            let reason = "none was named, and neither the base nor this machine's /etc/apk has one".into();
            return Err(ApkError::NoSource { what: "repository", reason });
        }
        let keyring = self.keyring()?;
        if keyring.is_empty() {
            let reason = "none was named, and neither the base nor this machine's /etc/apk has one".into();
            return Err(ApkError::NoSource { what: "key", reason });
        }
        let request = Request {
            architecture,
            repositories: &self.repositories,
            keyring: &keyring,
            world: &self.world,
            ground: self.ground,
        };
        resolution::settle(
            &request,
            self.sources.refresh,
            self.tools.store,
            self.tools.fetcher,
            self.tools.progress,
        )
    }

    /// The keys that were named and those that the base trusts; without any, those of this machine.
    fn keyring(&self) -> Result<Keyring> {
        let mut keyring = Keyring::read(&self.sources.keys)?;
        for (path, bytes) in
            self.ground.facts.databases.iter().filter(|(path, _)| path.starts_with("etc/apk/keys/"))
        {
            // A base may have keys of other kinds; they can sign nothing that is read here.
            let _ = keyring.add(path.rsplit('/').next().unwrap_or(path), bytes.0.clone());
        }
        let own = Path::new(OF_THIS_MACHINE).join("keys");
        if keyring.is_empty() && own.is_dir() {
            return Keyring::read(&[own]);
        }
        Ok(keyring)
    }

    /// The layer, from the store or made now.
    fn became(&self, resolution: &Resolution) -> Result<Became> {
        let key = self.layer_key(resolution);
        let known = self.tools.store.record::<Became>(RECORD, &key)?;
        if let Some(known) = known.filter(|known| self.tools.store.blob_path(&known.layer.digest).is_some()) {
            return Ok(known);
        }
        self.tools.progress.begin("Alpine packages", Some(resolution.packages.len() as u64));
        let scanned = self.scan(resolution);
        self.tools.progress.end();
        let laid =
            layout::layout(scanned?, self.ground, &self.world, &resolution.architecture, &self.repositories)?;
        let mut blob = self.tools.store.layer_writer()?;
        let layer = write_layer(
            &laid.fragments,
            fourply_blob::Codec::Gzip,
            &self.tools.store.fragments(),
            &mut blob,
        )?;
        blob.commit(&layer)?;
        let became = Became { layer, without_scripts: laid.without_scripts };
        self.tools.store.put_record(RECORD, &key, &became)?;
        Ok(became)
    }

    fn scan(&self, resolution: &Resolution) -> Result<Vec<scan::Scanned>> {
        let one = |pin: &Pin| {
            let path = self.tools.fetcher.file(&pin.url, &Checksum::Sha256(pin.sha256), pin.size)?;
            let scanned = scan::scan(&path, pin)?;
            self.tools.progress.advance(1);
            Ok(scanned)
        };
        resolution.packages.par_iter().map(one).collect()
    }

    /// All that decides the bytes of the layer.
    fn layer_key(&self, resolution: &Resolution) -> Key {
        let entries = serde_json::to_vec(self.ground.facts).unwrap_or_default();
        let mut key = KeyBuilder::new("fourply apk layer v1")
            .number("format", FORMAT_VERSION.into())
            .number("rules", layout::RULES)
            .field("architecture", &resolution.architecture)
            .field("ground", entries)
            .number("packages", resolution.packages.len() as u64);
        for pin in &resolution.packages {
            key = key.field("name", &pin.name).field("sha256", pin.sha256.to_string());
        }
        for repository in self.repositories.iter().filter(|repository| repository.url.scheme() != "file") {
            key = key.field("repository", repository.url.as_str());
        }
        self.world.iter().fold(key, |key, word| key.field("world", word)).finish()
    }
}

/// Alpine's name of an architecture. Source: apk-tools, `apk_defines.h`.
fn architecture(platform: &Platform) -> Result<&'static str> {
    Ok(match (platform.os.as_str(), platform.architecture.as_str(), platform.variant.as_deref()) {
        ("linux", "amd64", _) => "x86_64",
        ("linux", "arm64", _) => "aarch64",
        ("linux", "arm", Some("v7" | "v8")) => "armv7",
        ("linux", "arm", Some("v6")) => "armhf",
        ("linux", "386", _) => "x86",
        ("linux", "ppc64le", _) => "ppc64le",
        ("linux", "s390x", _) => "s390x",
        ("linux", "riscv64", _) => "riscv64",
        ("linux", "loong64", _) => "loongarch64",
        _ => return Err(ApkError::Architecture { platform: platform.to_string() }),
    })
}

/// Which packages are in the layer, for the image's history.
fn history(what: &str, resolution: &Resolution, became: &Became) -> Value {
    let listed: Vec<String> =
        resolution.packages.iter().map(|pin| format!("{}={}", pin.name, pin.version)).collect();
    let mut entry = json!({ "created_by": format!("{what}: {}", listed.join(" ")) });
    if let (false, Some(fields)) = (became.without_scripts.is_empty(), entry.as_object_mut()) {
        let names = became.without_scripts.join(" ");
        fields.insert("comment".into(), json!(format!("scripts were not run: {names}")));
    }
    entry
}
