//! The compression of layers: one piece of a layer → one gzip member, one zstd frame, or a part of the layer's only
//! one.
//!
//! In: at most [`Codec::chunk`] bytes. Out: bytes that any reader of the format accepts. They depend only on the input,
//! the [`Codec`] and the compressor's version; in a single zstd frame, also on the bytes before. This module knows
//! neither fragments nor caches.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod compressor;

pub use compressor::Compressor;
pub(crate) use compressor::Total;

use crate::{Category, KeyBuilder, LayerFormat};

/// How a layer is compressed. Levels are part of the byte format: changing one is a format break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Codec {
    /// gzip by libdeflate at level 6: every runtime can read it, so it is the default.
    #[default]
    Gzip,
    /// zstd at level 3: three times as fast and a seventh smaller, but Docker before 23 cannot read it.
    Zstd,
    /// zstd at level 9: a third smaller than gzip at about its speed, for images that are pulled often.
    ZstdRelease,
    /// gzip as one member, by zlib-rs at level 6, for readers that stop after the first member.
    GzipSingle,
    /// zstd at level 3 as one frame, for such readers.
    ZstdSingle,
    /// zstd at level 9 as one frame.
    ZstdReleaseSingle,
}

impl Codec {
    /// All codecs.
    pub const ALL: [Self; 6] = [
        Self::Gzip,
        Self::Zstd,
        Self::ZstdRelease,
        Self::GzipSingle,
        Self::ZstdSingle,
        Self::ZstdReleaseSingle,
    ];

    /// The same codec with a single gzip member or zstd frame for each layer.
    pub const fn single_stream(self) -> Self {
        match self {
            Self::Gzip | Self::GzipSingle => Self::GzipSingle,
            Self::Zstd | Self::ZstdSingle => Self::ZstdSingle,
            Self::ZstdRelease | Self::ZstdReleaseSingle => Self::ZstdReleaseSingle,
        }
    }

    /// Whether a piece depends on those before it. Then one thread compresses all pieces, and none is cached.
    pub(crate) const fn in_order(self) -> bool {
        matches!(self, Self::ZstdSingle | Self::ZstdReleaseSingle)
    }

    /// Whether it is gzip, not zstd.
    pub const fn is_gzip(self) -> bool {
        matches!(self, Self::Gzip | Self::GzipSingle)
    }

    /// The layer's media type. Source: OCI image specification, layer.md; there is no valid Docker type for zstd.
    pub const fn media_type(self) -> &'static str {
        match self.is_gzip() {
            true => "application/vnd.oci.image.layer.v1.tar+gzip",
            false => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::ZstdRelease => "zstd-release",
            Self::GzipSingle => "gzip-single",
            Self::ZstdSingle => "zstd-single",
            Self::ZstdReleaseSingle => "zstd-release-single",
        }
    }

    /// The compressor's level.
    pub const fn level(self) -> i32 {
        match self {
            Self::Gzip | Self::GzipSingle => 6,
            Self::Zstd | Self::ZstdSingle => 3,
            Self::ZstdRelease | Self::ZstdReleaseSingle => 9,
        }
    }

    /// The uncompressed bytes of a fragment in one piece; only a fragment's last piece is shorter.
    ///
    /// Deflate looks back 32 KiB, so cutting costs it nothing. On 330 MB of real packages, zstd's layers are 5% smaller
    /// with 4 MiB than with 1 MiB (7% at the release level). With 8 MiB they are less than 1% smaller still (2%), for
    /// twice the memory. In a single zstd frame, a chunk is only the unit of work.
    pub const fn chunk(self) -> usize {
        match self {
            Self::Gzip | Self::GzipSingle | Self::ZstdSingle | Self::ZstdReleaseSingle => 1 << 20,
            Self::Zstd | Self::ZstdRelease => 4 << 20,
        }
    }

    /// Adds every input of the compressed form to a key.
    pub(crate) fn add_to(self, key: KeyBuilder) -> KeyBuilder {
        let (compressor, version) = self.compressor();
        key.number("format", LayerFormat::default().of_pieces().number().into())
            .field("codec", self.name())
            .field("level", self.level().to_le_bytes())
            .field("compressor", compressor)
            .field("compressor version", version)
    }

    /// The compressor's name and version. libdeflate and zlib-rs have no version at run time; a test compares these
    /// constants with the lock file.
    pub(crate) fn compressor(self) -> (&'static str, &'static str) {
        match self {
            Self::Gzip => ("libdeflate", LIBDEFLATE),
            Self::GzipSingle => ("zlib-rs", ZLIB_RS),
            Self::Zstd | Self::ZstdRelease | Self::ZstdSingle | Self::ZstdReleaseSingle => {
                ("zstd", zstd::zstd_safe::version_string())
            }
        }
    }
}

/// The version of libdeflate inside the crate libdeflate-sys.
const LIBDEFLATE: &str = "1.26";
/// The version of zlib-rs behind flate2.
const ZLIB_RS: &str = "0.6.8";

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text is not the name of a [`Codec`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a layer compression: expected gzip, zstd or zstd-release, or one of them with -single")]
pub struct UnknownCodec(String);

impl UnknownCodec {
    /// Always the user: it is a setting.
    pub const fn category(&self) -> Category {
        Category::User
    }
}

impl FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|codec| codec.name() == text).ok_or_else(|| UnknownCodec(text.to_owned()))
    }
}

impl From<Codec> for String {
    fn from(codec: Codec) -> Self {
        codec.name().to_owned()
    }
}

impl TryFrom<String> for Codec {
    type Error = UnknownCodec;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Feeds every input of the compressed form, including the version of the byte format.
impl crate::KeyValue for Codec {
    fn feed(&self, feed: &mut crate::Feed<'_>) {
        self.add_to(KeyBuilder::new("fourply codec v1")).finish().feed(feed);
    }
}

#[cfg(test)]
mod tests;
