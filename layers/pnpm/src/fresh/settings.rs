//! The settings that a lockfile was made with, compared with the current ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::stale::Difference;
use super::{hash, pnpmfile};
use crate::rules::PatchHash;
use crate::{PatchEntry, PnpmError, Workspace};

pub(super) fn differences(workspace: &Workspace) -> Result<Vec<Difference>, PnpmError> {
    let (settings, lockfile, rules) = (&workspace.settings, &workspace.lockfile, &workspace.rules.lockfile);
    let mut found = Vec::new();
    maps("overrides", &settings.resolution.overrides, &lockfile.overrides, &mut found);
    catalogs(workspace, &mut found);
    let sorted = |list: &[String]| {
        list.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
    };
    let (said, known) = (
        sorted(&settings.platforms.ignored_optional_dependencies),
        sorted(&lockfile.ignored_optional_dependencies),
    );
    values("ignoredOptionalDependencies", Some(said), Some(known), &mut found);
    patches(workspace, &mut found)?;
    flags(workspace, &mut found);
    let extensions = settings.resolution.package_extensions.as_ref();
    let extensions = extensions.and_then(|value| hash::extensions(value, rules.extensions_checksum));
    values("packageExtensions", extensions, lockfile.package_extensions_checksum.clone(), &mut found);
    let (said, known) = pnpmfile::checksums(workspace)?;
    values("pnpmfile", said, known, &mut found);
    Ok(found)
}

fn values(name: &str, manifest: Option<String>, lockfile: Option<String>, found: &mut Vec<Difference>) {
    if manifest != lockfile {
        found.push(Difference { importer: None, name: name.to_owned(), manifest, lockfile });
    }
}

fn maps(
    name: &str,
    manifest: &BTreeMap<String, String>,
    lockfile: &BTreeMap<String, String>,
    found: &mut Vec<Difference>,
) {
    let keys: BTreeSet<&String> = manifest.keys().chain(lockfile.keys()).collect();
    for key in keys {
        values(&format!("{name}.{key}"), manifest.get(key).cloned(), lockfile.get(key).cloned(), found);
    }
}

/// The lockfile lists only the catalog entries that it uses.
fn catalogs(workspace: &Workspace, found: &mut Vec<Difference>) {
    for (name, entries) in &workspace.lockfile.catalogs {
        for (alias, specifier) in entries {
            let said =
                workspace.settings.resolution.catalogs.get(name).and_then(|catalog| catalog.get(alias));
            values(&format!("catalogs.{name}.{alias}"), said.cloned(), Some(specifier.clone()), found);
        }
    }
}

fn flags(workspace: &Workspace, found: &mut Vec<Difference>) {
    let (settings, locked) = (&workspace.settings, &workspace.lockfile.settings);
    let mut flag = |name: &str, said: bool, known: Option<bool>| {
        if let Some(known) = known {
            values(name, Some(said.to_string()), Some(known.to_string()), found);
        }
    };
    flag("autoInstallPeers", settings.resolution.auto_install_peers, locked.auto_install_peers);
    flag(
        "excludeLinksFromLockfile",
        settings.resolution.exclude_links_from_lockfile,
        locked.exclude_links_from_lockfile,
    );
    if workspace.rules.lockfile.compares_inject_workspace_packages {
        flag(
            "injectWorkspacePackages",
            settings.resolution.inject_workspace_packages,
            Some(locked.inject_workspace_packages.unwrap_or(false)),
        );
    }
    if workspace.rules.lockfile.compares_dedupe_peers {
        flag("dedupePeers", settings.resolution.dedupe_peers, Some(locked.dedupe_peers.unwrap_or(false)));
    }
    let known = locked.peers_suffix_max_length.unwrap_or(1_000).to_string();
    values(
        "peersSuffixMaxLength",
        Some(settings.resolution.peers_suffix_max_length.to_string()),
        Some(known),
        found,
    );
}

/// Compares which patches exist, their paths, and their contents by hash.
fn patches(workspace: &Workspace, found: &mut Vec<Difference>) -> Result<(), PnpmError> {
    let (said, known) =
        (&workspace.settings.resolution.patched_dependencies, &workspace.lockfile.patched_dependencies);
    let keys: BTreeSet<&String> = said.keys().chain(known.keys()).collect();
    for key in keys {
        let (path, entry) = (said.get(key), known.get(key));
        let now = path
            .map(|path| hash_of(&workspace.root.join(path), workspace.rules.lockfile.patch_hash))
            .transpose()?;
        let same = match (path, &now, entry) {
            (Some(path), Some(now), Some(entry)) => *now == entry.hash && same_path(path, entry),
            _ => false,
        };
        if !same {
            let manifest = path.zip(now).map(|(path, hash)| format!("{path} ({hash})"));
            let lockfile =
                entry.map(|entry| format!("{} ({})", entry.path.as_deref().unwrap_or("a patch"), entry.hash));
            values(&format!("patchedDependencies.{key}"), manifest, lockfile, found);
        }
    }
    Ok(())
}

fn same_path(path: &str, entry: &PatchEntry) -> bool {
    let tidy = |path: &str| path.trim_start_matches("./").to_owned();
    entry.path.as_ref().is_none_or(|known| tidy(known) == tidy(path))
}

fn hash_of(path: &Path, rule: PatchHash) -> Result<String, PnpmError> {
    Ok(hash::patch(&fourply_input::read_text(path, fourply_input::InputKind::Patch)?, rule))
}
