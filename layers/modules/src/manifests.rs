//! What packages of npm's say of themselves: the package.json of a package, and those of packages that came in its tarball. In: a package archive.
//! Out: names, versions and licences with their folders, kept by the archive. Every byte of a package.json is a stranger's: it is bounded, and what
//! cannot be read counts as a package that says nothing.

use std::borrow::Cow;

use fourply_blob::Key;
use fourply_store::{PackKind, Store, StoreError};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Inventory, ModulesError};

/// The largest package.json that is read.
const MOST: u64 = 4 << 20;
/// The longest name, version or licence that is taken, in characters.
const LONGEST: usize = 512;
const FILE: &str = "package.json";

/// A package by its package.json.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageManifest {
    /// Where the file lies; relative to what was looked through, and empty for that itself.
    pub folder: String,
    /// Its name; that of its folder where it says none.
    pub name: String,
    pub version: Option<String>,
    /// As it is written; of several to choose from, with `OR` between them.
    pub licence: Option<String>,
}

/// How a package came into node_modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// As a package of the closure.
    Own,
    /// In the tarball of one.
    Bundled,
    /// Its install scripts left it beside it.
    Beside,
}

fourply_store::record! {
    /// The packages in a package archive.
    struct ManifestsOf<'a> in Manifests, rules 2 => Vec<PackageManifest> {
        pack: &'a Key,
    }
}

/// The folder of a path that is the package.json of a whole package: of what is looked through itself (an empty text), or of a package right below a
/// folder node_modules.
pub fn manifest_folder(path: &str) -> Option<&str> {
    let Some(folder) = path.strip_suffix(FILE)?.strip_suffix('/') else {
        return (path == FILE).then_some("");
    };
    let mut parts = folder.rsplit('/');
    let (name, above) = (parts.next()?, parts.next()?);
    let scoped = above.starts_with('@') && parts.next() == Some("node_modules");
    ((above == "node_modules" && !name.starts_with('@')) || scoped).then_some(folder)
}

/// The packages in a package archive, sorted by folder.
///
/// # Errors
/// Where the archive cannot be read, or the record not be kept.
pub fn manifests_in(store: &Store, pack: &Key) -> Result<Vec<PackageManifest>, StoreError> {
    store.get_or(&ManifestsOf { pack }, || {
        let pack = store.open_pack(pack)?;
        let mut found = Vec::new();
        for entry in pack.entries() {
            let is_file = matches!(entry.kind, PackKind::File { .. });
            let Some(folder) = manifest_folder(&entry.path).filter(|_| is_file) else { continue };
            let text = if entry.size() <= MOST { pack.bytes(entry)? } else { Cow::default() };
            found.push(read_manifest(folder, &text));
        }
        found.sort_by(|one: &PackageManifest, other| one.folder.cmp(&other.folder));
        Ok::<_, StoreError>(found)
    })
}

/// What a package.json in this folder says.
pub fn read_manifest(folder: &str, text: &[u8]) -> PackageManifest {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let value: Value = serde_json::from_slice(text).unwrap_or_default();
    let field = |key: &str| value.get(key).and_then(Value::as_str).and_then(plain);
    let inside = folder.rsplit_once("node_modules/").map_or(folder, |(_, name)| name);
    PackageManifest {
        folder: folder.to_owned(),
        name: field("name").unwrap_or_else(|| inside.to_owned()),
        version: field("version"),
        licence: value.get("license").and_then(licence).or_else(|| value.get("licenses").and_then(licence)),
    }
}

/// A text, `{ "type": … }`, or a list of either, as npm took them in its time.
fn licence(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => said(text),
        Value::Object(fields) => {
            fields.get("type").or_else(|| fields.get("name")).and_then(Value::as_str).and_then(said)
        }
        Value::Array(list) => {
            let all: Vec<String> = list
                .iter()
                .take(20)
                .filter_map(|one| if one.is_array() { None } else { licence(one) })
                .collect();
            (!all.is_empty()).then(|| all.join(" OR "))
        }
        _ => None,
    }
}

/// A text as it is written, without white space around it: one with a control character is no licence that anybody knows.
fn said(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(LONGEST).collect();
    (!text.is_empty()).then_some(text)
}

/// A text without line ends and the like, if anything is left of it.
fn plain(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The packages of an image's node_modules: for each, the number of the installed package that it came with, how, and what it says, with its folder
/// relative to the workspace's root. Sorted by the number.
///
/// # Errors
/// Where an archive cannot be read.
pub fn manifests(
    inventory: &Inventory,
    store: &Store,
) -> Result<Vec<(usize, Placement, PackageManifest)>, ModulesError> {
    let packages = inventory.packages.par_iter().enumerate();
    let found = packages.map(|(number, package)| {
        let mut found = Vec::new();
        for manifest in manifests_in(store, &package.pack)? {
            let inside = if manifest.folder.is_empty() {
                FILE.to_owned()
            } else {
                format!("{}/{FILE}", manifest.folder)
            };
            let folder = join(&package.folder, &manifest.folder);
            // Under a hoisted layout another package may lie in this one's folder, in place of what the tarball has there.
            let is_own = inventory.owner(&folder).is_some_and(|(owner, _)| owner.folder == package.folder);
            if is_own && !package.left_out.contains(&inside) {
                let placement = if manifest.folder.is_empty() { Placement::Own } else { Placement::Bundled };
                found.push((number, placement, PackageManifest { folder, ..manifest }));
            }
        }
        for manifest in package
            .beside
            .iter()
            .map(|pack| manifests_beside(store, pack))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
        {
            let folder = join(package.modules(), &manifest.folder);
            found.push((number, Placement::Beside, PackageManifest { folder, ..manifest }));
        }
        Ok::<_, ModulesError>(found)
    });
    Ok(found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// What lies beside a package lies in a folder node_modules, whose packages are one or two folders down.
fn manifests_beside(store: &Store, pack: &Key) -> Result<Vec<PackageManifest>, StoreError> {
    let pack = store.open_pack(pack)?;
    let mut found = Vec::new();
    for entry in pack.entries().iter().filter(|entry| entry.size() <= MOST) {
        let path = format!("node_modules/{}", entry.path);
        let is_file = matches!(entry.kind, PackKind::File { .. });
        let folder = manifest_folder(&path).and_then(|folder| folder.strip_prefix("node_modules/"));
        if let Some(folder) = folder.filter(|_| is_file) {
            found.push(read_manifest(folder, &pack.bytes(entry)?));
        }
    }
    Ok(found)
}

fn join(above: &str, below: &str) -> String {
    match (above, below) {
        (path, "") | ("", path) => path.to_owned(),
        (above, below) => format!("{above}/{below}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn packages_are_told_by_their_place() {
        assert_eq!(manifest_folder("package.json"), Some(""));
        assert_eq!(manifest_folder("node_modules/a/package.json"), Some("node_modules/a"));
        assert_eq!(manifest_folder("x/node_modules/@s/a/package.json"), Some("x/node_modules/@s/a"));
        for other in [
            "esm/package.json",
            "node_modules/a/esm/package.json",
            "node_modules/@s/package.json",
            "package.json.bak",
        ] {
            assert_eq!(manifest_folder(other), None, "{other}");
        }
    }

    #[test]
    fn licences_of_all_times_are_read() {
        let of = |text: &str| read_manifest("node_modules/@s/a", text.as_bytes());
        assert_eq!(of(r#"{"license":{"type":"MIT"}}"#).licence.unwrap(), "MIT");
        assert_eq!(of(r#"{"licenses":[{"type":"MIT"},"ISC"]}"#).licence.unwrap(), "MIT OR ISC");
        assert_eq!(of("\u{feff}{\"license\":\"MIT\\n\",\"version\":\"1\"}").version.unwrap(), "1");
        let odd = of("not json");
        assert_eq!((odd.name.as_str(), odd.version, odd.licence), ("@s/a", None, None));
        assert_eq!(of("{\"license\":\"MIT\\u001b\"}").licence.unwrap(), "MIT\u{1b}");
        assert_eq!(of("{\"license\":\"MIT\\n\"}").licence.unwrap(), "MIT");
        assert_eq!(of(r#"{"license":[[["MIT"]]],"name":"x"}"#).licence, None);
    }
}
