//! The lockfile's YAML structure, both versions at once. Unknown fields are ignored; absent and null are the same.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

pub(super) type Map<T> = BTreeMap<String, T>;

/// Only the version, for files that do not have it in the usual place.
#[derive(Deserialize)]
pub(super) struct Version {
    #[serde(rename = "lockfileVersion")]
    pub version: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct File {
    #[serde(deserialize_with = "nullable")]
    pub settings: super::model::LockfileSettings,
    #[serde(deserialize_with = "nullable")]
    pub catalogs: Map<Option<Map<CatalogEntry>>>,
    #[serde(deserialize_with = "nullable")]
    pub overrides: Map<String>,
    pub package_extensions_checksum: Option<String>,
    pub pnpmfile_checksum: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub patched_dependencies: Map<Patch>,
    #[serde(deserialize_with = "nullable")]
    pub ignored_optional_dependencies: Vec<String>,
    pub importers: Option<Map<Option<Importer>>>,
    #[serde(deserialize_with = "nullable")]
    pub packages: Map<Option<Package>>,
    pub snapshots: Option<Map<Option<Snapshot>>>,
    // A single project without `importers` has its lists here.
    pub dependencies: Option<Map<ImporterDependency>>,
    pub dev_dependencies: Option<Map<ImporterDependency>>,
    pub optional_dependencies: Option<Map<ImporterDependency>>,
    pub dependencies_meta: Option<serde_json::Value>,
    pub publish_directory: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Importer {
    pub dependencies: Option<Map<ImporterDependency>>,
    pub dev_dependencies: Option<Map<ImporterDependency>>,
    pub optional_dependencies: Option<Map<ImporterDependency>>,
    pub dependencies_meta: Option<serde_json::Value>,
    pub publish_directory: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CatalogEntry {
    pub specifier: String,
}

#[derive(Deserialize)]
pub(super) struct ImporterDependency {
    pub specifier: String,
    pub version: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Package {
    pub resolution: Option<Resolution>,
    pub name: Option<String>,
    pub version: Option<String>,
    pub engines: Engines,
    pub os: List,
    pub cpu: List,
    pub libc: List,
    pub has_bin: bool,
    pub bundled_dependencies: Bundled,
    pub requires_build: Option<bool>,
    pub peer_dependencies: Option<Map<String>>,
    pub peer_dependencies_meta: Option<Map<PeerMeta>>,
    // Version 6.0 has no snapshots and keeps these fields here.
    pub dependencies: Option<Map<String>>,
    pub optional_dependencies: Option<Map<String>>,
    pub transitive_peer_dependencies: Option<Vec<String>>,
    pub optional: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PeerMeta {
    pub optional: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Snapshot {
    pub dependencies: Option<Map<String>>,
    pub optional_dependencies: Option<Map<String>>,
    pub transitive_peer_dependencies: Option<Vec<String>>,
    pub optional: bool,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Resolution {
    pub r#type: Option<String>,
    pub integrity: Option<String>,
    pub tarball: Option<String>,
    pub path: Option<String>,
    pub git_hosted: Option<bool>,
    pub directory: Option<String>,
    pub repo: Option<String>,
    pub commit: Option<String>,
    pub url: Option<String>,
    pub variants: Option<Vec<Variant>>,
}

#[derive(Deserialize, Clone)]
pub(super) struct Variant {
    pub resolution: Resolution,
    #[serde(default)]
    pub targets: Vec<VariantTarget>,
}

#[derive(Deserialize, Clone)]
pub(super) struct VariantTarget {
    pub os: String,
    pub cpu: String,
    pub libc: Option<String>,
}

/// `{hash, path}`, or only the hash in newer lockfiles.
pub(super) struct Patch {
    pub hash: String,
    pub path: Option<String>,
}

/// `engines.node`. Old packages have a list of sentences here, which pnpm ignores as well.
#[derive(Default)]
pub(super) struct Engines(pub Option<String>);

/// `os`, `cpu`, `libc`: a list or a single word.
#[derive(Default)]
pub(super) struct List(pub Option<Vec<String>>);

#[derive(Default)]
pub(super) struct Bundled(pub super::model::Bundled);

/// Null gives the default: YAML's `packages:` with nothing below it.
pub(super) fn nullable<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

impl<'de> Deserialize<'de> for Patch {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Patch, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Patch;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the hash of a patch, or its hash and path")
            }
            fn visit_str<E: de::Error>(self, hash: &str) -> Result<Patch, E> {
                Ok(Patch { hash: hash.to_owned(), path: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Patch, A::Error> {
                let (mut hash, mut path) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "hash" => hash = Some(map.next_value()?),
                        "path" => path = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Patch { hash: hash.ok_or_else(|| de::Error::missing_field("hash"))?, path })
            }
        }
        from.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Engines {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Engines, D::Error> {
        struct Node;
        impl<'de> Visitor<'de> for Node {
            type Value = Engines;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("engines")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Engines, A::Error> {
                let mut node = None;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "node" => node = map.next_value::<Option<String>>()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Engines(node))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Engines, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Engines(None))
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<Engines, E> {
                Ok(Engines(None))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Engines, E> {
                Ok(Engines(None))
            }
        }
        from.deserialize_any(Node)
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<List, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = List;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of words")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<List, E> {
                Ok(List(Some(vec![word.to_owned()])))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element()? {
                    words.push(word);
                }
                Ok(List(Some(words)))
            }
            fn visit_unit<E: de::Error>(self) -> Result<List, E> {
                Ok(List(None))
            }
        }
        from.deserialize_any(Words)
    }
}

impl<'de> Deserialize<'de> for Bundled {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Bundled, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Bundled;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of names, or true")
            }
            fn visit_bool<E: de::Error>(self, all: bool) -> Result<Bundled, E> {
                Ok(Bundled(if all { super::model::Bundled::All } else { super::model::Bundled::None }))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bundled, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(Bundled(if names.is_empty() {
                    super::model::Bundled::None
                } else {
                    super::model::Bundled::Names(names)
                }))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Bundled, E> {
                Ok(Bundled::default())
            }
        }
        from.deserialize_any(Names)
    }
}
