//! `index.json`: the images of a layout by name. In: the file's bytes, if the file exists; an image and its names. Out:
//! the new bytes. Entries that this program does not know are kept unchanged. Source: OCI image specification,
//! image-layout.md and image-index.md.

use fourply_platform::Platform;
use serde_json::{Map, Value, json};

use super::error::SinkError;
use fourply_blob::Reason;

use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::media_type;
use crate::reference::Reference;
use crate::referrer::Referrer;
use crate::tree::ImageTree;

/// The annotation with an image's name in a layout.
const REF_NAME: &str = oci_spec::image::ANNOTATION_REF_NAME;
/// The annotation that containerd and Docker read an image's full name from.
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// The images of a layout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Index(Map<String, Value>);

impl Index {
    pub(super) fn new() -> Index {
        let fields =
            [("schemaVersion", json!(2)), ("mediaType", json!(media_type::INDEX)), ("manifests", json!([]))];
        Index(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Parses an existing index.
    pub(super) fn parse(bytes: &[u8]) -> Result<Index, Reason> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| Reason::because("it is no JSON", error))?;
        let Value::Object(fields) = value else { return Err("it is no JSON object".into()) };
        if fields.get("schemaVersion") != Some(&json!(2)) {
            return Err("its schemaVersion is not 2".into());
        }
        if !fields
            .get("manifests")
            .is_some_and(|list| list.as_array().is_some_and(|all| all.iter().all(Value::is_object)))
        {
            return Err("it has no list of manifests".into());
        }
        Ok(Index(fields))
    }

    /// Gives each name to the image. Without names, the image is added unnamed. The previous image of a name loses that
    /// name, and its entry with its last name.
    pub(super) fn put(&mut self, tree: &ImageTree, names: &[String]) {
        let Some(root) = tree.root_manifest() else { return };
        let (descriptor, platform) = (&root.descriptor, tree.platform.as_ref());
        let Some(Value::Array(list)) = self.0.get_mut("manifests") else { return };
        if names.is_empty() {
            list.push(entry(descriptor, platform, None));
        }
        for name in names {
            let entry = entry(descriptor, platform, Some(name));
            let old = list.iter().position(|entry| ref_name(entry) == Some(name));
            match old.and_then(|at| list.get_mut(at)) {
                Some(place) => *place = entry,
                None => list.push(entry),
            }
        }
        let listed =
            |list: &[Value], digest: &str| list.iter().any(|one| one.get("digest") == Some(&json!(digest)));
        for manifest in tree.manifests.iter().filter(|one| tree.referrers.contains(&one.descriptor.digest)) {
            if !listed(list, &manifest.descriptor.digest.to_string()) {
                list.push(referrer(manifest));
            }
        }
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, SinkError> {
        serde_json::to_vec(&self.0).map_err(|source| SinkError::Json { document: "index.json", source })
    }
}

/// The entry of a referrer: unnamed, as readers of layouts expect.
fn referrer(manifest: &Manifest) -> Value {
    let mut entry = entry(&manifest.descriptor, None, None);
    let Referrer { artifact_type, annotations, .. } = Referrer::of(manifest);
    if let (Some(kind), Some(fields)) = (artifact_type, entry.as_object_mut()) {
        fields.insert("artifactType".to_owned(), json!(kind));
    }
    if let (false, Some(fields)) = (annotations.is_empty(), entry.as_object_mut()) {
        fields.insert("annotations".to_owned(), json!(annotations));
    }
    entry
}

fn ref_name(entry: &Value) -> Option<&str> {
    entry.get("annotations")?.get(REF_NAME)?.as_str()
}

fn entry(descriptor: &Descriptor, platform: Option<&Platform>, name: Option<&str>) -> Value {
    let text = |name: &str, value: &str| (name.to_owned(), json!(value));
    let mut entry = Map::from_iter([
        text("mediaType", &descriptor.media_type),
        text("digest", &descriptor.digest.to_string()),
        ("size".to_owned(), json!(descriptor.size)),
    ]);
    if let Some(name) = name {
        let full = Some(name).filter(|name| name.contains(['/', ':']));
        let full = full.and_then(|name| Reference::parse(name).ok());
        let full = full.map(|full| text(CONTAINERD_NAME, &full.to_string()));
        let annotations: Map<_, _> = full.into_iter().chain([text(REF_NAME, name)]).collect();
        entry.insert("annotations".to_owned(), Value::Object(annotations));
    }
    let Some(platform) = platform else { return Value::Object(entry) };
    let variant = platform.variant.as_ref().map(|variant| text("variant", variant));
    let described = [text("architecture", platform.architecture.as_str()), text("os", &platform.os)];
    let described: Map<_, _> = described.into_iter().chain(variant).collect();
    entry.insert("platform".to_owned(), Value::Object(described));
    Value::Object(entry)
}

/// Checks a name for a layout. Source of the grammar: OCI image specification, annotations.md, `org.opencontainers.image.ref.name`.
pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
    let alphanumeric = |letter: char| letter.is_ascii_alphanumeric();
    let component = |part: &str| {
        part.starts_with(alphanumeric)
            && part.ends_with(alphanumeric)
            && part.chars().all(|letter| alphanumeric(letter) || "-._:@+".contains(letter))
    };
    match name {
        "" => Err("it is empty"),
        name if name.len() > 512 => Err("it has more than 512 characters"),
        name if !name.split('/').all(component) => {
            Err("write letters and digits, with - . _ : @ + / between them")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
