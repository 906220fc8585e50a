//! Encoders by name: the same encoder produces the same compressed bytes. In: a [`Codec`]. Out: its [`Encoder`]; or the
//! codec of an encoder that this program has.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Codec;

/// A compressor in one version, at one level.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoder {
    /// Such as `libdeflate`.
    pub name: String,
    /// Such as `1.26`.
    pub version: String,
    /// The compressor's level.
    pub level: i32,
}

/// The codecs with a member or frame per piece; deltas need no others.
const SEPARATE: [Codec; 3] = [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease];

impl Encoder {
    /// The encoder of a codec.
    pub fn of(codec: Codec) -> Encoder {
        let (name, version) = codec.compressor();
        Encoder { name: name.to_owned(), version: version.to_owned(), level: codec.level() }
    }

    /// The codec of this encoder; `None` if this program has another version, or no encoder of this name.
    pub fn codec(&self) -> Option<Codec> {
        SEPARATE.into_iter().find(|codec| Encoder::of(*codec) == *self)
    }

    /// All encoders for deltas in this program.
    pub fn all() -> Vec<Encoder> {
        SEPARATE.into_iter().map(Encoder::of).collect()
    }
}

impl fmt::Display for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} level {}", self.name, self.version, self.level)
    }
}
