//! Keys: BLAKE3 over every input of a result.
//!
//! In: named fields in a fixed order. Out: [`Key`]. The encoding of fields is a contract (`docs/layer-format.md`,
//! "Keys"): caches and file names outlive the program, so a changed encoding needs a new domain.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::value::{Feed, KeyValue};

/// The BLAKE3 of some bytes, or of the fields of a [`KeyBuilder`]. As text: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Key([u8; 32]);

impl Key {
    /// The plain BLAKE3 of `bytes`, as `b3sum` prints it.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// A key computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits, as in [`Display`](fmt::Display).
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a [`Key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a key: expected 64 lower-case hexadecimal digits")]
pub struct ParseKeyError {
    text: String,
}

impl FromStr for Key {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseKeyError { text: text.chars().take(100).collect() };
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(error());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| error())?;
        Ok(Self(bytes))
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.hex()
    }
}

impl TryFrom<String> for Key {
    type Error = ParseKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Collects the fields of a [`Key`].
///
/// The hash is BLAKE3 in its key-derivation mode with the domain as its context, so keys of two domains never collide.
/// A field is fed as a kind (one byte, `b` or `n`), then its name and its value, each preceded by its length as 64
/// bits, little-endian: different lists of fields never feed the same bytes. The order of fields matters.
#[derive(Debug, Clone)]
pub struct KeyBuilder(blake3::Hasher);

impl KeyBuilder {
    /// Starts a key of a domain, such as `"fourply slot v1"`: the program, the kind of result, the version of the
    /// contract.
    pub fn new(domain: &str) -> Self {
        Self(blake3::Hasher::new_derive_key(domain))
    }

    /// Adds bytes or text.
    #[must_use]
    pub fn field(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.add(b'b', name, value.as_ref())
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, name: &str, value: u64) -> Self {
        self.add(b'n', name, &value.to_le_bytes())
    }

    /// Adds a value of a type that defines its own encoding.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl KeyValue) -> Self {
        self.0.update(b"v");
        self.0.update(&(name.len() as u64).to_le_bytes());
        self.0.update(name.as_bytes());
        value.feed(&mut Feed(&mut self.0));
        self
    }

    fn add(mut self, kind: u8, name: &str, value: &[u8]) -> Self {
        self.0.update(&[kind]);
        for part in [name.as_bytes(), value] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// The key of all added fields.
    pub fn finish(self) -> Key {
        Key(*self.0.finalize().as_bytes())
    }
}

impl KeyValue for Key {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.bytes(self.as_bytes());
    }
}

#[cfg(test)]
mod tests;
