//! Contents → SPDX 2.3 as JSON. In: an image and what it holds. Out: bytes, the same for the same facts. Source: SPDX specification 2.3 and its
//! spdx-schema.json.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::AttestError;
use crate::identity::{time, uuid};
use crate::licence::Licence;
use crate::model::{Component, Contents, Hash, HashKind, Kind, Subject};
use crate::purl::Purl;

/// What nobody has looked at.
const UNKNOWN: &str = "NOASSERTION";
const IMAGE: &str = "SPDXRef-Image";
const DOCUMENT: &str = "SPDXRef-DOCUMENT";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'c> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: String,
    document_namespace: String,
    creation_info: CreationInfo,
    packages: Vec<Package<'c>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_extracted_licensing_infos: Vec<ExtractedLicence<'c>>,
    relationships: Vec<Relationship>,
}

#[derive(Serialize)]
struct CreationInfo {
    created: String,
    creators: [String; 1],
    comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'c> {
    #[serde(rename = "SPDXID")]
    id: String,
    name: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'c str>,
    download_location: &'static str,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum<'c>>,
    license_concluded: &'static str,
    license_declared: String,
    copyright_text: &'static str,
    primary_package_purpose: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<ExternalRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'c> {
    algorithm: &'static str,
    checksum_value: &'c str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExtractedLicence<'c> {
    license_id: String,
    extracted_text: &'c str,
    name: &'c str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    related_spdx_element: String,
    relationship_type: &'static str,
}

/// Writes what an image holds.
///
/// # Errors
/// A time that no calendar has.
pub fn spdx(subject: &Subject, contents: &Contents) -> Result<Vec<u8>, AttestError> {
    let (digest, hex) = (subject.digest.to_string(), subject.digest.hex());
    let image = Package {
        version_info: Some(&digest),
        checksums: vec![Checksum { algorithm: algorithm(HashKind::Sha256), checksum_value: &hex }],
        external_refs: vec![purl_ref(&Purl::oci(&subject.name, &digest))],
        ..empty(IMAGE.to_owned(), &subject.name, "CONTAINER")
    };
    let name = format!("{} {}", subject.name, subject.platform);
    let from = match subject.is_derived {
        true => "The packages were read from the image's layers: nothing told how it was made.",
        false => "The packages are those that the image was made of.",
    };
    let file = subject.name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.', "-");
    let document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name,
        document_namespace: format!("https://spdx.org/spdxdocs/{file}-{}", uuid("spdx", subject)),
        creation_info: CreationInfo {
            created: time(subject.created)?,
            creators: [format!("Tool: fourply-{}", env!("CARGO_PKG_VERSION"))],
            comment: from.to_owned(),
        },
        packages: std::iter::once(image).chain(contents.components().map(package)).collect(),
        has_extracted_licensing_infos: extracted(contents),
        relationships: relationships(contents),
    };
    serde_json::to_vec(&document).map_err(|source| AttestError::Json { document: "SPDX document", source })
}

fn empty<'c>(id: String, name: &'c str, purpose: &'static str) -> Package<'c> {
    Package {
        id,
        name,
        version_info: None,
        download_location: UNKNOWN,
        files_analyzed: false,
        checksums: Vec::new(),
        license_concluded: UNKNOWN,
        license_declared: UNKNOWN.to_owned(),
        copyright_text: UNKNOWN,
        primary_package_purpose: purpose,
        external_refs: Vec::new(),
        source_info: None,
        comment: None,
    }
}

fn package(component: &Component) -> Package<'_> {
    let cpe = component.cpe.iter().map(|cpe| ExternalRef {
        reference_category: "SECURITY",
        reference_type: "cpe23Type",
        reference_locator: cpe.clone(),
    });
    let paths: Vec<&str> = component.paths.iter().map(String::as_str).collect();
    let patched = component.patch.iter().map(|hash| format!("patched by the workspace, patch_hash={hash}"));
    let bundled = component.is_bundled.then(|| "bundled in the tarball of another package".to_owned());
    let remarks: Vec<String> = patched.chain(bundled).collect();
    Package {
        version_info: component.version.as_deref(),
        checksums: component.hashes.iter().map(checksum).collect(),
        license_declared: component.licence.as_ref().map_or_else(|| UNKNOWN.to_owned(), declared),
        external_refs: component.purl.iter().map(purl_ref).chain(cpe).collect(),
        source_info: (!paths.is_empty()).then(|| format!("in the image at {}", paths.join(", "))),
        comment: (!remarks.is_empty()).then(|| remarks.join("; ")),
        ..empty(element(&component.id), &component.name, purpose(component.kind))
    }
}

fn checksum(hash: &Hash) -> Checksum<'_> {
    Checksum { algorithm: algorithm(hash.kind), checksum_value: &hash.hex }
}

fn purl_ref(purl: &Purl) -> ExternalRef {
    ExternalRef {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: purl.to_string(),
    }
}

fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::System => "OPERATING-SYSTEM",
        Kind::Deb | Kind::Apk | Kind::Npm => "LIBRARY",
        Kind::Program | Kind::Workspace => "APPLICATION",
        Kind::Generated | Kind::Download => "FILE",
    }
}

fn algorithm(kind: HashKind) -> &'static str {
    match kind {
        HashKind::Sha1 => "SHA1",
        HashKind::Sha256 => "SHA256",
        HashKind::Sha384 => "SHA384",
        HashKind::Sha512 => "SHA512",
    }
}

/// The name of a component in the document: of letters, digits, `.` and `-` alone, and of no other component.
fn element(id: &str) -> String {
    format!("SPDXRef-{}", plain(id))
}

/// A text in the letters that names have, and a part of its hash.
fn plain(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(80).collect();
    let hash = hex::encode(Sha256::digest(text));
    format!("{}-{}", shown.trim_matches('-'), hash.get(..12).unwrap_or_default())
}

fn declared(licence: &Licence) -> String {
    match licence {
        Licence::Expression { text, .. } => text.clone(),
        Licence::Name(text) => format!("LicenseRef-{}", plain(text)),
    }
}

/// Licences that SPDX does not know, each once.
fn extracted(contents: &Contents) -> Vec<ExtractedLicence<'_>> {
    let named = contents.components().filter_map(|component| match &component.licence {
        Some(licence @ Licence::Name(text)) => Some((declared(licence), text.as_str())),
        _ => None,
    });
    let named: BTreeMap<String, &str> = named.collect();
    let entry = |(license_id, text)| ExtractedLicence { license_id, extracted_text: text, name: text };
    named.into_iter().map(entry).collect()
}

fn relationships(contents: &Contents) -> Vec<Relationship> {
    let relation = |from: String, kind: &'static str, to: String| Relationship {
        spdx_element_id: from,
        related_spdx_element: to,
        relationship_type: kind,
    };
    let mut all = vec![relation(DOCUMENT.to_owned(), "DESCRIBES", IMAGE.to_owned())];
    let held = contents.components().map(|one| relation(IMAGE.to_owned(), "CONTAINS", element(&one.id)));
    all.extend(held);
    for one in contents.components() {
        let needed = contents.needs(&one.id).into_iter();
        all.extend(needed.map(|to| relation(element(&one.id), "DEPENDS_ON", element(to))));
    }
    all
}
