//! Contents → CycloneDX 1.6 as JSON. In: an image and what it holds. Out: bytes, the same for the same facts. Source: CycloneDX 1.6, bom-1.6.schema.json.

use serde::Serialize;

use crate::AttestError;
use crate::identity::{time, uuid};
use crate::licence::Licence;
use crate::model::{Component, Contents, Hash, HashKind, Kind, Subject};
use crate::purl::Purl;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'c> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'c>,
    components: Vec<BomComponent<'c>>,
    dependencies: Vec<Dependency<'c>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'c> {
    timestamp: String,
    lifecycles: [Lifecycle; 1],
    tools: Tools,
    component: BomComponent<'c>,
    properties: Vec<Property<'c>>,
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools {
    components: [Tool; 1],
}

#[derive(Serialize)]
struct Tool {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Property<'c> {
    name: &'static str,
    value: &'c str,
}

#[derive(Serialize)]
struct BomComponent<'c> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    id: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'c str>,
    name: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'c str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<BomHash<'c>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<LicenceChoice<'c>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pedigree: Option<Pedigree>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence<'c>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'c>>,
}

#[derive(Serialize)]
struct BomHash<'c> {
    alg: &'static str,
    content: &'c str,
}

/// A list has either licences or one expression.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum LicenceChoice<'c> {
    License(NamedLicence<'c>),
    Expression(&'c str),
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum NamedLicence<'c> {
    Id(&'c str),
    Name(&'c str),
}

#[derive(Serialize)]
struct Pedigree {
    patches: [Patch; 1],
    notes: String,
}

#[derive(Serialize)]
struct Patch {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Evidence<'c> {
    occurrences: Vec<Occurrence<'c>>,
}

#[derive(Serialize)]
struct Occurrence<'c> {
    location: &'c str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'c> {
    #[serde(rename = "ref")]
    id: &'c str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<&'c str>,
}

/// Writes what an image holds.
///
/// # Errors
/// A time that no calendar has.
pub fn cyclonedx(subject: &Subject, contents: &Contents) -> Result<Vec<u8>, AttestError> {
    let image = Purl::oci(&subject.name, &subject.digest.to_string());
    let (id, digest, hex) = (image.to_string(), subject.digest.to_string(), subject.digest.hex());
    let component = BomComponent {
        version: Some(&digest),
        hashes: vec![BomHash { alg: alg(HashKind::Sha256), content: &hex }],
        purl: Some(id.clone()),
        ..empty("container", &id, &subject.name)
    };
    let derived = if subject.is_derived { "layers" } else { "plan" };
    let needed = std::iter::once(Dependency { id: &id, depends_on: contents.roots() });
    let others =
        contents.components().map(|one| Dependency { id: &one.id, depends_on: contents.needs(&one.id) });
    let bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", uuid("cyclonedx", subject)),
        version: 1,
        metadata: Metadata {
            timestamp: time(subject.created)?,
            lifecycles: [Lifecycle { phase: if subject.is_derived { "post-build" } else { "build" } }],
            tools: Tools {
                components: [Tool {
                    kind: "application",
                    name: "fourply",
                    version: env!("CARGO_PKG_VERSION"),
                }],
            },
            component,
            properties: vec![
                Property { name: "fourply:derived-from", value: derived },
                Property { name: "fourply:platform", value: &subject.platform },
            ],
        },
        components: contents.components().map(written).collect(),
        dependencies: needed.chain(others).collect(),
    };
    serde_json::to_vec(&bom).map_err(|source| AttestError::Json { document: "CycloneDX document", source })
}

fn empty<'c>(kind: &'static str, id: &'c str, name: &'c str) -> BomComponent<'c> {
    BomComponent {
        kind,
        id,
        group: None,
        name,
        version: None,
        hashes: Vec::new(),
        licenses: Vec::new(),
        cpe: None,
        purl: None,
        pedigree: None,
        evidence: None,
        properties: Vec::new(),
    }
}

fn written(component: &Component) -> BomComponent<'_> {
    let scoped = matches!(component.kind, Kind::Npm | Kind::Workspace | Kind::Generated);
    let parts = component.name.split_once('/').filter(|(scope, _)| scoped && scope.starts_with('@'));
    let (group, name) = parts.map_or((None, component.name.as_str()), |(scope, name)| (Some(scope), name));
    let mut properties = vec![Property { name: "fourply:kind", value: component.kind.word() }];
    properties.extend(component.is_bundled.then_some(Property { name: "fourply:bundled", value: "true" }));
    let occurrences: Vec<Occurrence<'_>> =
        component.paths.iter().map(|path| Occurrence { location: path }).collect();
    BomComponent {
        group,
        version: component.version.as_deref(),
        hashes: component.hashes.iter().map(hash).collect(),
        licenses: component.licence.iter().map(licence).collect(),
        cpe: component.cpe.as_deref(),
        purl: component.purl.as_ref().map(ToString::to_string),
        pedigree: component.patch.as_ref().map(|hash| Pedigree {
            patches: [Patch { kind: "unofficial" }],
            notes: format!("patched by the workspace, patch_hash={hash}"),
        }),
        evidence: (!occurrences.is_empty()).then_some(Evidence { occurrences }),
        properties,
        ..empty(kind(component.kind), &component.id, name)
    }
}

fn hash(hash: &Hash) -> BomHash<'_> {
    BomHash { alg: alg(hash.kind), content: &hash.hex }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::System => "operating-system",
        Kind::Deb | Kind::Apk | Kind::Npm => "library",
        Kind::Program | Kind::Workspace => "application",
        Kind::Generated | Kind::Download => "file",
    }
}

fn alg(kind: HashKind) -> &'static str {
    match kind {
        HashKind::Sha1 => "SHA-1",
        HashKind::Sha256 => "SHA-256",
        HashKind::Sha384 => "SHA-384",
        HashKind::Sha512 => "SHA-512",
    }
}

fn licence(licence: &Licence) -> LicenceChoice<'_> {
    match licence {
        Licence::Expression { text, is_id: true } => LicenceChoice::License(NamedLicence::Id(text)),
        Licence::Expression { text, is_id: false } => LicenceChoice::Expression(text),
        Licence::Name(text) => LicenceChoice::License(NamedLicence::Name(text)),
    }
}
