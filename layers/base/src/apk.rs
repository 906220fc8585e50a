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
pub(crate) mod fuzz;
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

use std::path::PathBuf;

use fourply_blob::{FORMAT_VERSION, Key, KeyBuilder};
use fourply_store::Checksum;
use rayon::prelude::*;
use serde_json::{Value, json};

pub use error::ApkError;
pub use record::Identity;
pub use resolution::{Pin, Resolution};

use crate::base::{Base, config};
use crate::facts::Facts;
use crate::image::Image;
use crate::layer::BaseLayer;
use crate::packages::{self, AddedLayer, Became};
use crate::platform::Platform;
use crate::spec::AlpineSpec;
pub use crate::spec::ApkSources;
use crate::tools::Tools;
use dependency::Dependency;
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

/// Makes a base of nothing but packages; of those of `locked`, where they are settled already. Tells the packages whose scripts
/// were left out, too.
pub(crate) fn take(
    spec: &AlpineSpec,
    locked: Option<&Resolution>,
    tools: &Tools<'_>,
) -> Result<(Image, Resolution, Vec<String>), crate::BaseError> {
    let facts = Facts::default();
    let ground = Ground::new(&facts)?;
    let repositories = repositories_of(spec)?;
    let world = smallest(&spec.packages);
    let work = Work { ground: &ground, repositories, world, sources: &spec.sources, locked, tools };
    let (resolution, became) = work.settle_and_write()?;
    let layers = vec![BaseLayer::of_gzip(&became.layer)?];
    let mut config = config::fresh(tools.platform, &layers, "");
    if let Some(fields) = config.as_object_mut() {
        fields.insert("history".into(), json!([history("alpine", &resolution, &became)]));
    }
    let image = Image { name: None, digest: None, pin: None, layers, config };
    Ok((image, resolution, became.without_scripts))
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
) -> Result<(Option<AddedLayer>, Resolution), crate::BaseError> {
    let ground = Ground::new(&base.facts)?;
    let repositories = repositories_on(&ground, sources)?;
    let mut world = packages.to_vec();
    world.sort();
    world.dedup();
    let work = Work { ground: &ground, repositories, world, sources, locked, tools };
    let (resolution, became) = work.settle_and_write()?;
    let layer = match resolution.packages.is_empty() {
        true => None,
        false => Some(AddedLayer {
            layer: BaseLayer::of_gzip(&became.layer)?,
            history: history("added", &resolution, &became),
            without_scripts: became.without_scripts,
        }),
    };
    Ok((layer, resolution))
}

/// Whether a base has apk's database.
pub(crate) fn is_ground(facts: &Facts) -> bool {
    Ground::is_there(facts)
}

fn smallest(packages: &[String]) -> Vec<String> {
    let named = |name: &str| packages.iter().any(|word| Dependency::name_of(word) == name);
    let (bundle, all) = BUNDLE;
    let bundle = (!named(all)).then_some(bundle);
    let least = SMALLEST.into_iter().chain(bundle).filter(|name| !named(name)).map(str::to_owned);
    let mut world: Vec<String> = least.chain(packages.iter().cloned()).collect();
    world.sort();
    world.dedup();
    world
}

/// Those that were named, else the mirror's, else those of this machine, of the release that was asked for.
fn repositories_of(spec: &AlpineSpec) -> Result<Vec<Repository>> {
    let AlpineSpec { mirror, release, sources, .. } = spec;
    if !sources.repositories.is_empty() {
        return read(&sources.repositories.join("\n"), sources);
    }
    match (mirror, release.as_deref()) {
        (Some(mirror), Some(release)) => Repository::of_mirror(mirror, release),
        (Some(_), None) => {
            let reason = "a mirror has many: write release = \"v3.22\" beside it";
            Err(ApkError::setting("release", "", reason))
        }
        (None, Some(release)) => {
            let of_release = |known: &Repository| known.of_release(release).transpose();
            of_machine(sources)?.iter().filter_map(of_release).collect()
        }
        (None, None) => of_machine(sources),
    }
}

/// Those that were named, else the base's own, else those of this machine.
fn repositories_on(ground: &Ground<'_>, sources: &ApkSources) -> Result<Vec<Repository>> {
    if !sources.repositories.is_empty() {
        return read(&sources.repositories.join("\n"), sources);
    }
    let mut of_base = read(&ground.repositories(), sources)?;
    // A path there is one of the base's own, and nothing of this machine's.
    of_base.retain(|repository| repository.url.scheme() != "file");
    if of_base.is_empty() { of_machine(sources) } else { Ok(of_base) }
}

fn of_machine(sources: &ApkSources) -> Result<Vec<Repository>> {
    let listed = std::fs::read_dir(sources.apk.join("repositories.d")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "list"));
    files.sort();
    files.insert(0, sources.apk.join("repositories"));
    let texts: Vec<String> = files.iter().flat_map(std::fs::read_to_string).collect();
    read(&texts.join("\n"), sources)
}

fn read(text: &str, sources: &ApkSources) -> Result<Vec<Repository>> {
    text.lines().filter_map(|line| Repository::parse(line, &sources.root).transpose()).collect()
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
            return Err(self.no_source("repository"));
        }
        let keyring = self.keyring()?;
        if keyring.is_empty() {
            return Err(self.no_source("key"));
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

    /// That nothing says where packages are or who signs them, with what to write: in the words of the base's own release, if there is a
    /// base.
    fn no_source(&self, what: &'static str) -> ApkError {
        let on_base = Ground::is_there(self.ground.facts);
        let apk = self.sources.apk.display();
        let reason = match on_base {
            true => {
                format!("none is named, and neither the base's /etc/apk nor this machine's {apk} has one")
            }
            false => format!("none is named, and this machine's {apk} has none"),
        };
        let version = self.ground.facts.os_release.get("VERSION_ID");
        let release =
            version.and_then(|version| version.rsplit_once('.')).map_or("3.22", |(release, _)| release);
        ApkError::NoSource { what, reason, on_base, release: format!("v{release}") }
    }

    /// The keys that were named and those that the base trusts; without any, those of this machine.
    fn keyring(&self) -> Result<Keyring> {
        let mut keyring = Keyring::read(&self.sources.keys)?;
        if let (Some(named), true) = (self.sources.keys.first(), keyring.is_empty()) {
            // No leave to trust others.
            return Err(ApkError::document(&named.display().to_string(), "there is no *.pub in this folder"));
        }
        for (path, bytes) in
            self.ground.facts.databases.iter().filter(|(path, _)| path.starts_with("etc/apk/keys/"))
        {
            // A base may have keys of other kinds; they can sign nothing that is read here.
            let _ = keyring.add(path.rsplit('/').next().unwrap_or(path), bytes.0.clone());
        }
        let own = self.sources.apk.join("keys");
        if keyring.is_empty() && own.is_dir() {
            return Keyring::read(&[own]);
        }
        Ok(keyring)
    }

    /// The layer, from the store or made now.
    fn became(&self, resolution: &Resolution) -> Result<Became> {
        let key = self.layer_key(resolution);
        if let Some(known) = packages::remembered(self.tools.store, RECORD, &key)? {
            return Ok(known);
        }
        self.tools.progress.begin("Alpine packages", Some(resolution.packages.len() as u64));
        let scanned = self.scan(resolution);
        self.tools.progress.end();
        let laid =
            layout::layout(scanned?, self.ground, &self.world, &resolution.architecture, &self.repositories)?;
        let layer = packages::write::<ApkError>(&laid.fragments, self.tools.store)?;
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
    let listed = resolution.packages.iter().map(|pin| (pin.name.as_str(), pin.version.as_str()));
    packages::history(what, listed, "scripts", became)
}
