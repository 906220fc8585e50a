//! A manifest that names another as its subject, as an entry in the subject's list. Source: OCI distribution
//! specification, "Listing Referrers".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::descriptor::Descriptor;
use crate::manifest::Manifest;

/// A manifest that has a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referrer {
    /// Media type, digest, size.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// The artifact type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The manifest's annotations, which the list repeats.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Referrer {
    /// The entry for a manifest in its subject's list. An image without an artifact type gets the media type of its
    /// configuration.
    pub(crate) fn of(manifest: &Manifest) -> Referrer {
        let value: Value = serde_json::from_slice(&manifest.bytes).unwrap_or_default();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let config = value.get("config").and_then(|config| config.get("mediaType"));
        Referrer {
            descriptor: manifest.descriptor.clone(),
            artifact_type: text(value.get("artifactType")).or_else(|| text(config)),
            annotations: value
                .get("annotations")
                .and_then(|all| serde_json::from_value(all.clone()).ok())
                .unwrap_or_default(),
        }
    }
}
