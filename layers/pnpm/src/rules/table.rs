//! All rule sets, and which of them a version follows.

use super::pnpm_8::PNPM_8;
use super::pnpm_9::PNPM_9;
use super::pnpm_10::PNPM_10;
use super::pnpm_11::PNPM_11;
use super::pnpm_12::PNPM_12;
use super::rule_set::Rules;
use super::version::PnpmVersion;

/// By their versions: each begins where the one before ends.
pub(super) static ALL: [&Rules; 5] = [&PNPM_8, &PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12];

/// Those of what is older than all ranges.
pub(super) static OLDEST: &Rules = ALL[0];

impl Rules {
    /// The rules of a version: of its range; the oldest of what is older than all ranges, the newest of what is newer.
    pub fn of_version(version: PnpmVersion) -> &'static Rules {
        ALL.iter().rev().find(|rules| rules.versions.from <= version).copied().unwrap_or(OLDEST)
    }

    /// The newest rules of a major version, by its name: `10`.
    pub fn of_major(major: &str) -> Option<&'static Rules> {
        let first = ALL.iter().find(|rules| rules.release == major)?;
        ALL.iter().rev().find(|rules| rules.major() == first.major()).copied()
    }

    /// The major versions that have rules, by their names, the oldest first.
    pub fn majors() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|rules| rules.release).filter(|release| !release.contains('.'))
    }
}
