//! Versions of pnpm and version ranges. Pure.

use std::fmt;

/// A version of pnpm. A prerelease counts as the release that it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PnpmVersion {
    /// 10 of 10.34.9.
    pub major: u32,
    /// 34 of 10.34.9.
    pub minor: u32,
    /// 9 of 10.34.9.
    pub patch: u32,
}

impl PnpmVersion {
    /// `major.minor.patch`.
    pub const fn new(major: u32, minor: u32, patch: u32) -> PnpmVersion {
        PnpmVersion { major, minor, patch }
    }

    /// Reads `10.34.9`, `10.34.9+sha512.abc`, `11.0.0-rc.1` or `12`. A part that is missing or not a number counts as
    /// the greatest, so `12` is the newest 12. `None` if the major version is not a number.
    pub fn parse(text: &str) -> Option<PnpmVersion> {
        let numbers = text.split(['+', '-']).next().unwrap_or_default();
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let major = parts.next().flatten()?;
        let mut next = || parts.next().flatten().unwrap_or(u32::MAX);
        Some(PnpmVersion { major, minor: next(), patch: next() })
    }
}

impl fmt::Display for PnpmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PnpmVersion { major, minor, patch } = self;
        match (*minor, *patch) {
            (u32::MAX, _) => write!(f, "{major}"),
            (_, u32::MAX) => write!(f, "{major}.{minor}"),
            _ => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}

/// A range of versions: `from` is in it, `below` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    pub from: PnpmVersion,
    /// The first version after the range.
    pub below: PnpmVersion,
}

impl Versions {
    /// Whether the version is in the range.
    pub fn contains(&self, version: PnpmVersion) -> bool {
        self.from <= version && version < self.below
    }
}
