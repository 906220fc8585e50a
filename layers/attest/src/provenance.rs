//! How an image was made → an in-toto statement. In: a build as values. Out: bytes, the same for the same build: there is no clock and no number of a run
//! in it. Source: in-toto attestation framework, statement v1; SLSA 1.0, provenance v1.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::AttestError;
use crate::model::Subject;
use crate::purl::{Purl, public};

/// The type of the predicate.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// What the parameters mean: docs/attest.md.
pub const BUILD_TYPE: &str = "urn:fourply:build:v1";
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// Whoever runs the program: nobody else vouches for the machine.
const BUILDER: &str = "urn:fourply:local";

/// Something that the image was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Material {
    /// What it is for the build: `lockfile`, `base`, `package`.
    pub name: String,
    /// Where it is from; without what may be secret.
    pub uri: Option<String>,
    /// By the name of the hash function: `sha256`, `sha512`, `gitCommit`; in lower case.
    pub digest: BTreeMap<String, String>,
    /// More that whoever wants to have it again must know.
    pub annotations: BTreeMap<String, Value>,
}

impl Material {
    /// A material from a URL.
    pub fn new(name: &str, uri: Option<&str>) -> Material {
        Material { name: name.to_owned(), uri: uri.map(public), ..Material::default() }
    }

    /// With a digest.
    #[must_use]
    pub fn with(mut self, algorithm: &str, hex: impl Into<String>) -> Material {
        self.digest.insert(algorithm.to_owned(), hex.into());
        self
    }

    /// With something to know.
    #[must_use]
    pub fn told(mut self, key: &str, value: impl Into<Value>) -> Material {
        self.annotations.insert(key.to_owned(), value.into());
        self
    }
}

/// How an image was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// What whoever asked for the build decided.
    pub external: Value,
    /// What the program decided: rules, formats, sandbox.
    pub internal: Value,
    /// What it was made of; the order does not count.
    pub materials: Vec<Material>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'b> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: [Resource<'b>; 1],
    predicate_type: &'static str,
    predicate: Predicate<'b>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'b> {
    build_definition: BuildDefinition<'b>,
    run_details: RunDetails,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition<'b> {
    build_type: &'static str,
    external_parameters: &'b Value,
    internal_parameters: &'b Value,
    resolved_dependencies: Vec<Resource<'b>>,
}

#[derive(Serialize)]
struct RunDetails {
    builder: Builder,
}

#[derive(Serialize)]
struct Builder {
    id: &'static str,
    version: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
struct Resource<'b> {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'b str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    digest: BTreeMap<&'b str, &'b str>,
    name: &'b str,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'b BTreeMap<String, Value>>,
}

/// Writes how an image was made.
///
/// # Errors
/// Never, for what JSON can hold.
pub fn provenance(subject: &Subject, build: &Build) -> Result<Vec<u8>, AttestError> {
    let hex = subject.digest.hex();
    let name =
        Purl::oci(&subject.name, &subject.digest.to_string()).with("platform", &subject.platform).to_string();
    let mut materials: Vec<&Material> = build.materials.iter().collect();
    let order = |material: &Material| (material.name.clone(), material.uri.clone(), material.digest.clone());
    materials.sort_by_cached_key(|material| order(material));
    materials.dedup();
    let image = Resource {
        uri: None,
        digest: BTreeMap::from([("sha256", hex.as_str())]),
        name: &name,
        annotations: None,
    };
    let statement = Statement {
        kind: STATEMENT,
        subject: [image],
        predicate_type: PREDICATE_TYPE,
        predicate: Predicate {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE,
                external_parameters: &build.external,
                internal_parameters: &build.internal,
                resolved_dependencies: materials.into_iter().map(resource).collect(),
            },
            run_details: RunDetails {
                builder: Builder {
                    id: BUILDER,
                    version: BTreeMap::from([("fourply", env!("CARGO_PKG_VERSION"))]),
                },
            },
        },
    };
    serde_json::to_vec(&statement).map_err(|source| AttestError::Json { document: "provenance", source })
}

fn resource(material: &Material) -> Resource<'_> {
    Resource {
        uri: material.uri.as_deref(),
        digest: material.digest.iter().map(|(name, hex)| (name.as_str(), hex.as_str())).collect(),
        name: &material.name,
        annotations: Some(&material.annotations).filter(|all| !all.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use fourply_blob::Digest;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_materials_decides_nothing() {
        let subject = Subject {
            name: "auth".into(),
            digest: Digest::of(b"image"),
            platform: "linux/amd64".into(),
            created: 0,
            is_derived: false,
        };
        let one = Material::new("package", Some("https://u:p@example.org/a.tgz?t=1")).with("sha512", "00");
        let other = Material::new("lockfile", None).with("sha256", "11").told("path", "pnpm-lock.yaml");
        let build =
            |materials| Build { external: json!({"service": "auth"}), internal: json!({}), materials };
        let text = provenance(&subject, &build(vec![one.clone(), other.clone()])).unwrap();
        assert_eq!(text, provenance(&subject, &build(vec![other, one])).unwrap());
        let value: Value = serde_json::from_slice(&text).unwrap();
        let materials = &value["predicate"]["buildDefinition"]["resolvedDependencies"];
        assert_eq!(materials[0]["annotations"]["path"], "pnpm-lock.yaml");
        assert_eq!(materials[1]["uri"], "https://example.org/a.tgz");
        assert_eq!(value["subject"][0]["digest"]["sha256"], Digest::of(b"image").hex());
    }
}
