//! Packages → a layer. In: the configuration, and the base of the packages, if there is one. Out: an [`ApkBuild`].

use std::collections::BTreeSet;
use std::path::PathBuf;

use fourply_blob::{Codec, Digest};
use fourply_rootfs::packages::{self, PackageLayer};
use fourply_rootfs::{Held, RootfsMetadata, Tools};
use fourply_store::Checksum;
use rayon::prelude::*;

use crate::closed;
use crate::departures;
use crate::dependency::ApkDependency;
use crate::error::{ApkError, Result};
use crate::installed::InstalledApks;
use crate::keys::ApkKeyring;
use crate::layout;
use crate::repository::ApkRepository;
use crate::resolution::{self, ApkPin, ApkResolution, Request};
use crate::scan;
use crate::spec::{AlpineSpec, ApkSources};

/// The minimum packages of a base for Node.js: folders, the identification of the system, a shell, certificates.
const SMALLEST: [&str; 4] = ["alpine-baselayout", "alpine-keys", "alpine-release", "busybox"];
/// Certificates in one file; left out if the package with all of them is requested.
const BUNDLE: (&str, &str) = ("ca-certificates-bundle", "ca-certificates");

/// Packages, and their layer.
#[derive(Debug, Clone)]
pub struct ApkBuild {
    /// The resolved packages.
    pub resolution: ApkResolution,
    /// Their layer; empty if the base has every requested package.
    pub layer: PackageLayer,
}

/// Builds a root file system of packages only; from the packages in `held`, if they are resolved already.
///
/// # Errors
/// If the platform is not one of Alpine's, or packages are not available, not signed, or conflict.
pub fn build(spec: &AlpineSpec, held: Held<'_, ApkResolution>, tools: &Tools<'_>) -> Result<ApkBuild> {
    let nothing = RootfsMetadata::default();
    let installed = InstalledApks::new(&nothing)?;
    let repositories = repositories_of(spec)?;
    let world = smallest(&spec.packages);
    let work = Work { installed: &installed, repositories, world, sources: &spec.sources, held, tools };
    work.resolve_and_write()
}

/// Adds packages to a base with apk's database; the packages in `held`, if they are resolved already.
///
/// # Errors
/// Those of [`build`]; or the packages would change files of the base.
pub fn add(
    base: &RootfsMetadata,
    packages: &[String],
    sources: &ApkSources,
    held: Held<'_, ApkResolution>,
    tools: &Tools<'_>,
) -> Result<ApkBuild> {
    let installed = InstalledApks::new(base)?;
    let repositories = repositories_on(&installed, sources)?;
    let mut world = packages.to_vec();
    world.sort();
    world.dedup();
    let work = Work { installed: &installed, repositories, world, sources, held, tools };
    work.resolve_and_write()
}

/// Whether a base has apk's database.
pub fn has_database(base: &RootfsMetadata) -> bool {
    InstalledApks::is_there(base)
}

/// `foo@edge=1` without its repository tag.
fn without_tag(word: &str) -> String {
    let Some((name, rest)) = word.split_once('@') else { return word.to_owned() };
    let version = rest.find(['=', '<', '>', '~']).and_then(|at| rest.get(at..)).unwrap_or_default();
    format!("{name}{version}")
}

fn smallest(packages: &[String]) -> Vec<String> {
    let named = |name: &str| packages.iter().any(|word| ApkDependency::name_of(word) == name);
    let (bundle, all) = BUNDLE;
    let bundle = (!named(all)).then_some(bundle);
    let least = SMALLEST.into_iter().chain(bundle).filter(|name| !named(name)).map(str::to_owned);
    let mut world: Vec<String> = least.chain(packages.iter().cloned()).collect();
    world.sort();
    world.dedup();
    world
}

/// The configured repositories, otherwise the mirror's, otherwise this host's for the requested release.
fn repositories_of(spec: &AlpineSpec) -> Result<Vec<ApkRepository>> {
    let AlpineSpec { mirror, release, sources, .. } = spec;
    if !sources.repositories.is_empty() {
        return read(&sources.repositories.join("\n"), sources);
    }
    match (mirror, release.as_deref()) {
        (Some(mirror), Some(release)) => ApkRepository::of_mirror(mirror, release),
        (Some(_), None) => {
            let reason = "a mirror has many: write release = \"v3.22\" beside it";
            Err(ApkError::setting("release", "", reason))
        }
        (None, Some(release)) => {
            let of_release = |known: &ApkRepository| known.of_release(release).transpose();
            of_machine(sources)?.iter().filter_map(of_release).collect()
        }
        (None, None) => of_machine(sources),
    }
}

/// The configured repositories, otherwise the base's, otherwise this host's.
fn repositories_on(installed: &InstalledApks<'_>, sources: &ApkSources) -> Result<Vec<ApkRepository>> {
    if !sources.repositories.is_empty() {
        return read(&sources.repositories.join("\n"), sources);
    }
    let mut of_base = read(&installed.repositories(), sources)?;
    // A path there refers to the base, never to this host.
    of_base.retain(|repository| repository.url.scheme() != "file");
    if of_base.is_empty() { of_machine(sources) } else { Ok(of_base) }
}

fn of_machine(sources: &ApkSources) -> Result<Vec<ApkRepository>> {
    let listed = std::fs::read_dir(sources.apk.join("repositories.d")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "list"));
    files.sort();
    files.insert(0, sources.apk.join("repositories"));
    let texts: Vec<String> = files.iter().flat_map(std::fs::read_to_string).collect();
    read(&texts.join("\n"), sources)
}

fn read(text: &str, sources: &ApkSources) -> Result<Vec<ApkRepository>> {
    text.lines().filter_map(|line| ApkRepository::parse(line, &sources.root).transpose()).collect()
}

struct Work<'w> {
    installed: &'w InstalledApks<'w>,
    repositories: Vec<ApkRepository>,
    world: Vec<String>,
    sources: &'w ApkSources,
    held: Held<'w, ApkResolution>,
    tools: &'w Tools<'w>,
}

impl Work<'_> {
    fn resolve_and_write(&self) -> Result<ApkBuild> {
        let platform = self.tools.platform;
        let unknown = || ApkError::Architecture { platform: platform.to_string() };
        let architecture = platform.apk().ok_or_else(unknown)?;
        let resolution = match self.held.whole() {
            Some(locked) => locked.clone(),
            None => self.resolve(architecture)?,
        };
        let layer = self.layer(&resolution)?;
        Ok(ApkBuild { resolution, layer })
    }

    fn resolve(&self, architecture: &str) -> Result<ApkResolution> {
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
            installed: self.installed,
            upgrade: self.sources.upgrade,
            preferred: self.held.partly(),
        };
        resolution::resolve(
            &request,
            self.sources.refresh,
            self.tools.store,
            self.tools.fetcher,
            self.tools.progress,
        )
    }

    /// The error that no repository or key is configured, with a suggestion for the base's own release, if there is a
    /// base.
    fn no_source(&self, what: &'static str) -> ApkError {
        let on_base = InstalledApks::is_there(self.installed.rootfs);
        let apk = self.sources.apk.display();
        let reason = match on_base {
            true => {
                format!("none is named, and neither the base's /etc/apk nor this machine's {apk} has one")
            }
            false => format!("none is named, and this machine's {apk} has none"),
        };
        let version = self.installed.rootfs.os_release.get("VERSION_ID");
        let release =
            version.and_then(|version| version.rsplit_once('.')).map_or("3.22", |(release, _)| release);
        ApkError::NoSource { what, reason, on_base, release: format!("v{release}") }
    }

    /// The configured keys and the base's trusted keys; if there are none, this host's.
    fn keyring(&self) -> Result<ApkKeyring> {
        let mut keyring = ApkKeyring::read(&self.sources.keys)?;
        if let (Some(named), true) = (self.sources.keys.first(), keyring.is_empty()) {
            // This must not lead to trusting others.
            return Err(ApkError::document(&named.display().to_string(), "there is no *.pub in this folder"));
        }
        for (path, bytes) in
            self.installed.rootfs.databases.iter().filter(|(path, _)| path.starts_with("etc/apk/keys/"))
        {
            // A base may have keys of other kinds, which can sign nothing that is read here.
            let _ = keyring.add(path.rsplit('/').next().unwrap_or(path), bytes.0.clone());
        }
        let own = self.sources.apk.join("keys");
        if keyring.is_empty() && own.is_dir() {
            return ApkKeyring::read(&[own]);
        }
        Ok(keyring)
    }

    /// The layer, from the store or built now.
    fn layer(&self, resolution: &ApkResolution) -> Result<PackageLayer> {
        let inputs = self.layer_inputs(resolution);
        if let Some(known) = packages::remembered(self.tools.store, &inputs) {
            return Ok(known);
        }
        self.tools.progress.begin("Alpine packages", Some(resolution.packages.len() as u64));
        let scanned = self.scan(resolution);
        self.tools.progress.end();
        let scanned = scanned?;
        if self.held.whole().is_some() {
            closed::check(&scanned, self.installed, &self.world)?;
        }
        let target = layout::Target {
            installed: self.installed,
            removed: &self.removed(&scanned)?,
            world: &self.world,
            architecture: &resolution.architecture,
            repositories: &self.repositories,
        };
        let laid = layout::layout(scanned, &target)?;
        let layer = packages::write::<ApkError>(&laid.fragments, self.tools.codec, self.tools.store)?;
        let built = PackageLayer { layer, without_scripts: laid.without_scripts };
        self.tools.store.put(&inputs, &built)?;
        Ok(built)
    }

    /// The base's packages that are no longer needed, if they may be removed.
    fn removed(&self, scanned: &[scan::Scanned]) -> Result<BTreeSet<usize>> {
        if !self.sources.upgrade || self.installed.records().is_empty() {
            return Ok(BTreeSet::new());
        }
        let asked: Vec<String> = self.world.iter().map(|word| without_tag(word)).collect();
        let world = resolution::world(self.installed, &asked, &BTreeSet::new(), true)?;
        departures::unneeded(self.installed, scanned, &world)
    }

    fn scan(&self, resolution: &ApkResolution) -> Result<Vec<scan::Scanned>> {
        let fetcher = self.tools.fetcher;
        let fetched = |pin: &ApkPin| {
            let path = fetcher.sized_file(&pin.url, &Checksum::Sha256(pin.sha256), pin.size, pin.size)?;
            self.tools.progress.advance(1);
            Ok::<_, ApkError>((path, pin.clone()))
        };
        let files = fetcher.several(&resolution.packages, fetched)?;
        files.par_iter().map(|(path, pin)| scan::scan(path, pin)).collect()
    }

    fn layer_inputs<'i>(&'i self, resolution: &'i ApkResolution) -> LayerInputs<'i> {
        let elsewhere = self.repositories.iter().filter(|repository| repository.url.scheme() != "file");
        LayerInputs {
            codec: self.tools.codec,
            layout: layout::RULES,
            architecture: &resolution.architecture,
            base: self.installed.rootfs,
            packages: resolution.packages.iter().map(|pin| (pin.name.as_str(), pin.sha256)).collect(),
            repositories: elsewhere.collect(),
            world: &self.world,
            upgrade: self.sources.upgrade,
        }
    }
}

fourply_store::record! {
    /// Every input to the bytes of the layer.
    struct LayerInputs<'a> in ApkLayer, rules 5 => PackageLayer {
        codec: Codec,
        /// The version of the layout's rules.
        layout: u64,
        architecture: &'a str,
        base: &'a RootfsMetadata,
        /// Names and files, in the order of installation.
        packages: Vec<(&'a str, Digest)>,
        /// The repositories in the image's configuration.
        repositories: Vec<&'a ApkRepository>,
        world: &'a [String],
        /// Whether packages of the base may be removed.
        upgrade: bool,
    }
}
