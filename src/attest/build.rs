//! How an image was made. In: what the stages of a build know. Out: parameters and materials of its provenance. Values that may be secret are in nothing:
//! of secrets the names, of URLs no user, password or query.

use std::collections::{BTreeMap, BTreeSet};

use fourply_app::{HashedSource, SourceKind};
use fourply_attest::{Build, Contents, Hash, Kind, Material, Purl, public_key};
use fourply_base::Pins;
use fourply_blob::{Codec, Digest};
use fourply_oci::Reference;
use fourply_scripts::sandbox::{Level, Strictness};
use fourply_store::InputKind;
use serde_json::{Value, json};

use super::made::Made;
use crate::Error;
use crate::config::{FILE_NAME as CONFIGURATION, ProvenanceDetail};
use crate::environment;
use crate::settings::Settings;

/// The version of what the parameters mean.
const PARAMETERS: u32 = 1;

/// How the image was made.
///
/// # Errors
/// Files of the workspace that cannot be read.
pub(super) fn build(made: &Made<'_>, contents: &Contents, detail: ProvenanceDetail) -> Result<Build, Error> {
    let is_max = detail == ProvenanceDetail::Max;
    let mut materials = files(made)?;
    materials.extend(revision(made.settings));
    materials.extend(base(made));
    materials.extend(pinned("base package", made.pins));
    materials.extend(made.toolchain.into_iter().flat_map(|pins| pinned("toolchain package", pins)));
    materials.extend(packages(contents));
    materials.push(sources(&made.app.sources));
    if is_max {
        materials.extend(made.app.sources.iter().map(source));
    }
    Ok(Build { external: external(made, is_max), internal: internal(made), materials })
}

fn external(made: &Made<'_>, is_max: bool) -> Value {
    let settings = made.settings;
    let arguments = &settings.attest.arguments;
    let values = &settings.build.values;
    let secrets: Vec<&str> = values.secrets.names().collect();
    json!({
        "parameters": PARAMETERS,
        "service": settings.workspace.service,
        "platform": settings.base.platform.to_string(),
        "prebuilt": arguments.prebuilt,
        "locked": arguments.locked,
        "prune": arguments.prune,
        "ignoreScripts": settings.install.ignore_scripts,
        "compression": compression(settings.layers.codec),
        "singleStream": arguments.single_stream,
        "sourceDateEpoch": settings.source.created,
        "installEnvironment": variables(&settings.install.env, is_max),
        "buildEnvironment": variables(&values.env, is_max),
        "labels": variables(&settings.container.labels, is_max),
        "annotations": variables(&settings.container.annotations, is_max),
        "secrets": secrets,
    })
}

/// The word of `--compression`.
fn compression(codec: Codec) -> &'static str {
    match codec {
        Codec::Gzip | Codec::GzipSingle => "gzip",
        Codec::Zstd | Codec::ZstdRelease | Codec::ZstdSingle | Codec::ZstdReleaseSingle => "zstd",
    }
}

/// Variables, labels and annotations: their names, at max with values.
fn variables(env: &BTreeMap<String, String>, is_max: bool) -> Value {
    match is_max {
        true => json!(env),
        false => json!(env.keys().collect::<Vec<_>>()),
    }
}

fn internal(made: &Made<'_>) -> Value {
    let settings = made.settings;
    let network = settings.install.network.within(made.workspace, made.production);
    let lines = network.lines();
    let used: BTreeSet<String> = lines.keys().map(|key| public_key(key)).collect();
    let levels = made.app.level.into_iter().chain(made.modules.map(|modules| modules.level));
    let strictness = match settings.build.sandbox {
        Strictness::Auto => "auto",
        Strictness::Required => "required",
        Strictness::Off => "off",
    };
    let allowed = if network.all { json!(true) } else { json!(network.names) };
    json!({
        "layerFormat": settings.layers.format.to_string(),
        "pnpmRules": made.workspace.rules.release,
        "node": made.base.rootfs.node,
        "sandbox": { "level": levels.min().map(Level::name), "asked": strictness },
        "network": { "allowed": allowed, "used": used },
    })
}

/// The lockfile and the configuration. What fourply.lock pins stands with the packages: the first build may write the file, so it is no material itself.
fn files(made: &Made<'_>) -> Result<Vec<Material>, Error> {
    let root = &made.settings.workspace.root;
    let mut all = Vec::new();
    for (name, path, kind) in [
        ("lockfile", "pnpm-lock.yaml", InputKind::PnpmLockfile),
        ("workspace", "pnpm-workspace.yaml", InputKind::PnpmSettings),
        ("configuration", CONFIGURATION, InputKind::Settings),
    ] {
        let file = root.join(path);
        if file.is_file() {
            let bytes = fourply_store::read_file(&file, kind)?;
            all.push(Material::new(name, None).with("sha256", Digest::of(&bytes).hex()).told("path", path));
        }
    }
    Ok(all)
}

/// The commit that is checked out, where git knows one.
fn revision(settings: &Settings) -> Option<Material> {
    let commit = environment::commit(&settings.workspace.root)?;
    let material = Material::new("revision", None).with("gitCommit", commit.hash);
    Some(material.told("dirty", commit.dirty).told("time", commit.time))
}

/// The image that the base is, where it is one.
fn base(made: &Made<'_>) -> Option<Material> {
    let digest = made.base.digest?;
    let Some(reference) = made.base.name.as_deref().and_then(|name| Reference::parse(name).ok()) else {
        return Some(Material::new("base", None).with("sha256", digest.hex()));
    };
    let repository = reference.repository();
    let purl = Purl::oci(repository.rsplit('/').next().unwrap_or(repository), &digest.to_string());
    let purl =
        purl.with("repository_url", &reference.name()).with("tag", reference.tag().unwrap_or_default());
    let mut material = Material { uri: Some(purl.to_string()), ..Material::new("base", None) };
    if let Some(pin) = made.base.pin {
        material = material.told("index", pin.to_string());
    }
    Some(material.with("sha256", digest.hex()))
}

/// Packages of a distribution, and node.
fn pinned<'p>(name: &'p str, pins: &'p Pins) -> Vec<Material> {
    let apk = pins.apk.iter().flat_map(|apk| &apk.packages);
    let apk = apk.map(|pin| (&pin.name, &pin.version, &pin.url, &pin.sha256));
    let deb = pins.debian.iter().flat_map(|deb| &deb.packages);
    let deb = deb.map(|pin| (&pin.name, &pin.version, &pin.url, &pin.sha256));
    let packages = apk.chain(deb).map(|(package, version, url, sha256)| {
        // Where a folder of this machine is the archive, its path is nobody else's business.
        let url = Some(url.as_str()).filter(|_| url.scheme() != "file");
        let material = Material::new(name, url).with("sha256", sha256.hex());
        material.told("package", package.as_str()).told("version", version.as_str())
    });
    let node = pins.node.iter().map(|node| {
        let material = Material::new("node", Some(&node.tarball)).told("version", node.version.as_str());
        hashed(material, &Hash::of_integrity(&node.integrity))
    });
    packages.chain(node).collect()
}

/// The packages of npm's and the downloads, as the lockfiles pin them.
fn packages(contents: &Contents) -> impl Iterator<Item = Material> {
    let fetched = contents.components().filter(|one| {
        matches!(one.kind, Kind::Npm | Kind::Download)
            && !one.is_bundled
            && (!one.hashes.is_empty() || one.patch.is_some())
    });
    fetched.map(|component| {
        let name = if component.kind == Kind::Npm { "package" } else { "download" };
        let uri = component.purl.as_ref().map(ToString::to_string);
        let material = hashed(Material { uri, ..Material::new(name, None) }, &component.hashes);
        component.patch.iter().fold(material, |material, hash| material.told("patch", hash.as_str()))
    })
}

fn hashed(material: Material, hashes: &BTreeSet<Hash>) -> Material {
    hashes.iter().fold(material, |material, hash| material.with(hash.algorithm(), hash.hex.as_str()))
}

/// All sources as one: the SHA-256 over a line for each, `MODE BLAKE3 PATH`, sorted by path.
fn sources(sources: &[HashedSource]) -> Material {
    let mut lines: Vec<(&str, String)> = sources
        .iter()
        .map(|hashed| {
            let path = hashed.source.path.as_str();
            (path, format!("{} {} {path}\n", mode(&hashed.source.kind), hashed.content.hex()))
        })
        .collect();
    lines.sort();
    let text: String = lines.iter().map(|(_, line)| line.as_str()).collect();
    let material = Material::new("sources", None).with("sha256", Digest::of(text.as_bytes()).hex());
    material.told("files", lines.len())
}

fn source(hashed: &HashedSource) -> Material {
    let material = Material::new("source", None).with("blake3", hashed.content.hex());
    material.told("path", hashed.source.path.as_str()).told("mode", mode(&hashed.source.kind))
}

/// As git writes it.
fn mode(kind: &SourceKind) -> &'static str {
    match kind {
        SourceKind::File { executable: true } => "100755",
        SourceKind::File { executable: false } => "100644",
        SourceKind::Symlink { .. } => "120000",
    }
}
