//! A manifest that names another as its subject, as an entry of the subject's list. Source: OCI distribution specification, "Listing Referrers".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::descriptor::Descriptor;
use crate::manifest::Manifest;

/// One manifest that says something of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referrer {
    /// Media type, digest, size.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// What kind of thing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The annotations of the manifest, which the list repeats.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Referrer {
    /// The entry for a manifest in the list of its subject: an image that says of no type counts as its configuration's.
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
