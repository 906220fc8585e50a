//! Hashes as pnpm writes them into lockfiles. They are only compared; nothing relies on their strength.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::Value;
use sha2::Sha256;

use crate::dir_name::md5_base32;
use crate::rules::{ExtensionsChecksum, PatchHash, PnpmfileChecksum};

/// The hash of a patch, over its text with LF line ends.
pub(super) fn patch(text: &str, rule: PatchHash) -> String {
    let text = text.replace("\r\n", "\n");
    match rule {
        PatchHash::Md5Base32 => md5_base32(text.as_bytes()),
        PatchHash::Sha256Hex => hex::encode(Sha256::digest(text)),
    }
}

/// The hash of a pnpmfile, over its text with LF line ends.
pub(super) fn pnpmfile(text: &str, rule: PnpmfileChecksum) -> String {
    let text = text.replace("\r\n", "\n");
    match rule {
        PnpmfileChecksum::Md5Base32 => md5_base32(text.as_bytes()),
        PnpmfileChecksum::Sha256Base64 => format!("sha256-{}", STANDARD.encode(Sha256::digest(text))),
    }
}

/// The hash of several pnpmfiles: over their checksums, in the order of their paths. For one file, its own checksum.
///
/// Source: pnpm/pnpm@702ad5f860 crypto/hash/src/index.ts, createHashFromMultipleFiles.
pub(super) fn pnpmfiles(texts: &[String], rule: PnpmfileChecksum) -> String {
    let hashes: Vec<String> = texts.iter().map(|text| pnpmfile(text, rule)).collect();
    match hashes.as_slice() {
        [one] => one.clone(),
        all => pnpmfile(&all.join(","), rule),
    }
}

/// The hash of `packageExtensions`; `None` for an empty map.
pub(super) fn extensions(value: &Value, rule: ExtensionsChecksum) -> Option<String> {
    if value.as_object().is_none_or(serde_json::Map::is_empty) {
        return None;
    }
    Some(match rule {
        ExtensionsChecksum::Md5OfSortedJson => hex::encode(Md5::digest(sorted(value).to_string())),
        ExtensionsChecksum::Sha256OfObjectHash => {
            let mut written = String::new();
            object_hash(value, &mut written);
            format!("sha256-{}", STANDARD.encode(Sha256::digest(written)))
        }
    })
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The text that `object-hash` feeds to the hash function. Lists do not occur in package extensions. If one did, it
/// would be sorted by the text of its entries.
fn object_hash(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by(|one, other| one.encode_utf16().cmp(other.encode_utf16()));
            out.push_str(&format!("object:{}:", keys.len()));
            for key in keys {
                write_string(key, out);
                out.push(':');
                object_hash(map.get(key).unwrap_or(&Value::Null), out);
                out.push(',');
            }
        }
        Value::Array(list) => {
            let mut entries: Vec<String> = list
                .iter()
                .map(|entry| {
                    let mut text = String::new();
                    object_hash(entry, &mut text);
                    text
                })
                .collect();
            entries.sort();
            out.push_str(&format!("array:{}:{}", entries.len(), entries.concat()));
        }
        Value::String(text) => write_string(text, out),
        Value::Bool(flag) => out.push_str(&format!("bool:{flag}")),
        Value::Number(number) => out.push_str(&format!("number:{number}")),
        Value::Null => out.push_str("Null"),
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&format!("string:{}:{text}", text.encode_utf16().count()));
}
