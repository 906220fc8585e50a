//! From the YAML's shapes to `Lockfile`'s.

use std::collections::BTreeMap;

use super::error::LockfileError;
use super::model::{
    Importer, ImporterDependency, Lockfile, LockfileFormat, PackageInfo, PatchEntry, Resolution, Snapshot,
    Variant,
};
use super::raw::{self, Map};
use crate::{DepPath, ImporterId};

pub(super) fn lockfile(mut file: raw::File, format: LockfileFormat) -> Result<Lockfile, LockfileError> {
    let importers = importers(&mut file)?;
    let packages = packages(file.packages)?;
    let snapshots = file.snapshots.unwrap_or_default().into_iter();
    Ok(Lockfile {
        format,
        settings: file.settings,
        catalogs: file.catalogs.into_iter().map(|(name, entries)| (name, catalog(entries))).collect(),
        overrides: file.overrides,
        package_extensions_checksum: file.package_extensions_checksum,
        pnpmfile_checksum: file.pnpmfile_checksum,
        patched_dependencies: file.patched_dependencies.into_iter().map(patch).collect(),
        ignored_optional_dependencies: file.ignored_optional_dependencies,
        importers,
        packages,
        snapshots: snapshots
            .map(|(key, entry)| (DepPath::new(key), snapshot(entry.unwrap_or_default())))
            .collect(),
    })
}

fn catalog(entries: Option<Map<raw::CatalogEntry>>) -> BTreeMap<String, String> {
    entries.unwrap_or_default().into_iter().map(|(alias, entry)| (alias, entry.specifier)).collect()
}

fn patch((key, patch): (String, raw::Patch)) -> (String, PatchEntry) {
    (key, PatchEntry { hash: patch.hash, path: patch.path })
}

fn snapshot(entry: raw::Snapshot) -> Snapshot {
    Snapshot {
        dependencies: entry.dependencies.unwrap_or_default(),
        optional_dependencies: entry.optional_dependencies.unwrap_or_default(),
        transitive_peers: entry.transitive_peer_dependencies.unwrap_or_default(),
        optional: entry.optional,
    }
}

/// The importers. A file without them describes one project, with its lists at the top level.
fn importers(file: &mut raw::File) -> Result<BTreeMap<ImporterId, Importer>, LockfileError> {
    let entries = file.importers.take().unwrap_or_default().into_iter();
    let mut importers = entries
        .map(|(folder, entry)| {
            let normal = ImporterId::new(&folder).filter(|id| id.as_str() == folder);
            match normal {
                Some(id) => Ok((id, importer(entry.unwrap_or_default()))),
                None => Err(LockfileError::Entry {
                    key: folder,
                    reason: "it is not a folder of the workspace".to_owned(),
                }),
            }
        })
        .collect::<Result<BTreeMap<_, _>, _>>()?;
    let single = raw::Importer {
        dependencies: file.dependencies.take(),
        dev_dependencies: file.dev_dependencies.take(),
        optional_dependencies: file.optional_dependencies.take(),
        dependencies_meta: file.dependencies_meta.take(),
        publish_directory: file.publish_directory.take(),
    };
    if importers.is_empty() {
        importers.insert(ImporterId::root(), importer(single));
    }
    Ok(importers)
}

fn importer(entry: raw::Importer) -> Importer {
    let list = |entries: Option<Map<raw::ImporterDependency>>| {
        let entries = entries.unwrap_or_default().into_iter();
        entries
            .map(|(alias, raw::ImporterDependency { specifier, version })| {
                (alias, ImporterDependency { specifier, version })
            })
            .collect()
    };
    Importer {
        dependencies: list(entry.dependencies),
        dev_dependencies: list(entry.dev_dependencies),
        optional_dependencies: list(entry.optional_dependencies),
        dependencies_meta: entry.dependencies_meta,
        publish_directory: entry.publish_directory,
    }
}

fn packages(entries: Map<Option<raw::Package>>) -> Result<BTreeMap<String, PackageInfo>, LockfileError> {
    entries
        .into_iter()
        .map(|(key, entry)| match package(entry.unwrap_or_default()) {
            Ok(info) => Ok((key, info)),
            Err(reason) => Err(LockfileError::Entry { key, reason: reason.to_owned() }),
        })
        .collect()
}

fn package(entry: raw::Package) -> Result<PackageInfo, &'static str> {
    let meta = entry.peer_dependencies_meta.unwrap_or_default();
    let peers: Vec<String> = entry.peer_dependencies.unwrap_or_default().into_keys().collect();
    let required = peers.iter().filter(|peer| !meta.get(*peer).is_some_and(|meta| meta.optional));
    let optional_peers =
        meta.iter().filter(|(_, meta)| meta.optional).map(|(peer, _)| peer.clone()).collect();
    Ok(PackageInfo {
        optional_peers,
        required_peers: required.cloned().collect(),
        peers,
        resolution: resolution(entry.resolution.ok_or("it has no resolution")?)?,
        name: entry.name,
        version: entry.version,
        engines_node: entry.engines.0,
        os: entry.os.0,
        cpu: entry.cpu.0,
        libc: entry.libc.0,
        has_bin: entry.has_bin,
        bundled: entry.bundled_dependencies.0,
        requires_build: entry.requires_build,
    })
}

/// The kind is given by `type`, or by the fields if there is no `type`, as in pnpm.
fn resolution(raw: raw::Resolution) -> Result<Resolution, &'static str> {
    let kind = raw.r#type.as_deref();
    Ok(match kind {
        Some("directory") => {
            Resolution::Directory { path: raw.directory.ok_or("its resolution has no directory")? }
        }
        Some("git") => Resolution::Git {
            repo: raw.repo.ok_or("its resolution has no repo")?,
            commit: raw.commit.ok_or("its resolution has no commit")?,
            path: raw.path,
        },
        Some("binary") => Resolution::Binary {
            url: raw.url.ok_or("its resolution has no url")?,
            integrity: raw.integrity.ok_or("its resolution has no integrity")?,
        },
        Some("variations") => Resolution::Variations(variants(raw.variants.unwrap_or_default())?),
        Some(kind) => Resolution::Unknown { kind: kind.to_owned() },
        None => match (raw.tarball, raw.integrity) {
            (Some(url), integrity) => Resolution::Tarball {
                git_hosted: git_hosted(raw.git_hosted, &url),
                url,
                integrity,
                path: raw.path,
            },
            (None, Some(integrity)) => Resolution::Registry { integrity },
            (None, None) => return Err("its resolution has neither integrity nor tarball"),
        },
    })
}

/// Older lockfiles do not mark archives of git hosts; pnpm recognised these by their URLs.
fn git_hosted(told: Option<bool>, url: &str) -> bool {
    const HOSTS: [&str; 3] =
        ["https://codeload.github.com/", "https://bitbucket.org/", "https://gitlab.com/"];
    told.unwrap_or_else(|| HOSTS.iter().any(|host| url.starts_with(host)))
}

fn variants(raw: Vec<raw::Variant>) -> Result<Vec<Variant>, &'static str> {
    raw.into_iter()
        .map(|variant| {
            let targets =
                variant.targets.into_iter().map(|target| (target.os, target.cpu, target.libc)).collect();
            match resolution(variant.resolution)? {
                Resolution::Variations(_) => Err("its variations are nested"),
                resolution => Ok(Variant { resolution, targets }),
            }
        })
        .collect()
}
