//! The platform an image is for, in OCI's names. Comes in: `linux/arm64/v8` and the platforms of indexes and
//! configurations. Goes out: one normalised form and whether two of them fit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A platform that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no platform: write it as linux/amd64 or linux/arm/v7")]
pub struct PlatformError {
    /// The text as it was given.
    pub text: String,
}

/// Operating system, processor and, where one is meant, its variant; in Go's names (`linux`, `amd64`, `v8`), normalised:
/// `x86_64` is `amd64`, and a variant that is the processor's baseline is left out (`arm64/v8`, `amd64/v1`; `arm` is
/// `arm/v7`). The rule is containerd's: <https://github.com/containerd/platforms/blob/main/database.go>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v6`, `v7`, `v3`, …; `None` is the baseline.
    pub variant: Option<String>,
}

impl Platform {
    /// A platform in its normalised form.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let (architecture, variant) = normalised(&architecture.to_ascii_lowercase(), variant.unwrap_or(""));
        Self {
            os: os.to_ascii_lowercase(),
            architecture,
            variant: Some(variant).filter(|text| !text.is_empty()),
        }
    }

    /// `linux/amd64`.
    pub fn linux_amd64() -> Self {
        Self::new("linux", "amd64", None)
    }

    /// `linux/arm64`.
    pub fn linux_arm64() -> Self {
        Self::new("linux", "arm64", None)
    }

    /// How well an image for `self` serves who asked for `wanted`: 0 is exactly, a larger number an older variant of the
    /// same processor, `None` not at all. The order of variants is containerd's
    /// (<https://github.com/containerd/platforms/blob/main/compare.go>): a newer `arm` or `amd64` runs what is for older.
    pub fn rank(&self, wanted: &Platform) -> Option<u32> {
        if self.os != wanted.os || self.architecture != wanted.architecture {
            return None;
        }
        if self.variant == wanted.variant {
            return Some(0);
        }
        match self.architecture.as_str() {
            "arm" | "amd64" => wanted.level()?.checked_sub(self.level()?),
            _ => None,
        }
    }

    fn level(&self) -> Option<u32> {
        self.variant.as_deref().unwrap_or("v1").strip_prefix('v')?.parse().ok()
    }

    /// The processor in the kernel's and npm's C libraries' words, as in `ld-musl-x86_64.so.1`.
    pub fn machine(&self) -> &str {
        match (self.architecture.as_str(), self.variant.as_deref()) {
            ("amd64", _) => "x86_64",
            ("arm64", _) => "aarch64",
            ("386", _) => "i386",
            ("arm", _) => "armhf",
            ("ppc64le", _) => "powerpc64le",
            (other, _) => other,
        }
    }
}

fn normalised(architecture: &str, variant: &str) -> (String, String) {
    let variant = variant.to_ascii_lowercase();
    let plain = |name: &str| (name.to_owned(), String::new());
    match (architecture, variant.as_str()) {
        ("amd64" | "x86_64" | "x86-64", "" | "v1") => plain("amd64"),
        ("amd64" | "x86_64" | "x86-64", _) => ("amd64".into(), variant),
        ("arm64" | "aarch64", "" | "8" | "v8") => plain("arm64"),
        ("arm64" | "aarch64", _) => ("arm64".into(), variant),
        ("i386" | "i686", _) => plain("386"),
        ("armhf", _) | ("arm", "" | "7") => ("arm".into(), "v7".into()),
        ("armel", _) | ("arm", "6") => ("arm".into(), "v6".into()),
        ("arm", "5") => ("arm".into(), "v5".into()),
        ("arm", "8") => ("arm".into(), "v8".into()),
        _ => (architecture.to_owned(), variant),
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(out, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let is_word = |part: &&str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            parts if !parts.iter().all(is_word) => Err(PlatformError { text: text.into() }),
            [os, architecture] => Ok(Self::new(os, architecture, None)),
            [os, architecture, variant] => Ok(Self::new(os, architecture, Some(variant))),
            _ => Err(PlatformError { text: text.into() }),
        }
    }
}

impl From<&oci_spec::image::Platform> for Platform {
    fn from(from: &oci_spec::image::Platform) -> Self {
        Self::new(&from.os().to_string(), &from.architecture().to_string(), from.variant().as_deref())
    }
}

#[cfg(test)]
mod tests;
