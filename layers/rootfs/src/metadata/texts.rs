//! File contents in a record: bytes by path, in base64.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Base64Bytes;

pub(super) fn serialize<S: Serializer>(
    all: &BTreeMap<String, Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let all: BTreeMap<&String, Base64Bytes> =
        all.iter().map(|(path, bytes)| (path, Base64Bytes(bytes.clone()))).collect();
    all.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<u8>>, D::Error> {
    let all = BTreeMap::<String, Base64Bytes>::deserialize(deserializer)?;
    Ok(all.into_iter().map(|(path, bytes)| (path, bytes.0)).collect())
}
