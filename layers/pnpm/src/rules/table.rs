//! All rule sets, and the versions that follow them.

use super::earlier_8::EARLIER as EIGHT;
use super::earlier_9::EARLIER as NINE;
use super::earlier_10::EARLIER as TEN;
use super::earlier_11::EARLIER as ELEVEN;
use super::earlier_12::EARLIER as TWELVE;
use super::pnpm_8::PNPM_8;
use super::pnpm_9::PNPM_9;
use super::pnpm_10::PNPM_10;
use super::pnpm_11::PNPM_11;
use super::pnpm_12::PNPM_12;
use super::rule_set::Rules;
use super::version::PnpmVersion;

/// The newest tested version of each major version. Newer versions follow the newest rules of their major version, with
/// a note.
pub(super) const COMPARED: [PnpmVersion; 5] = [
    PnpmVersion::new(8, 15, 9),
    PnpmVersion::new(9, 15, 9),
    PnpmVersion::new(10, 34, 9),
    PnpmVersion::new(11, 28, 11),
    PnpmVersion::new(12, 21, 0),
];

/// Sorted by version: each range starts at the end of the previous one.
pub(super) static ALL: [&Rules; 43] = [
    &EIGHT[0],
    &EIGHT[1],
    &EIGHT[2],
    &EIGHT[3],
    &EIGHT[4],
    &EIGHT[5],
    &PNPM_8,
    &NINE[0],
    &NINE[1],
    &PNPM_9,
    &TEN[0],
    &TEN[1],
    &TEN[2],
    &TEN[3],
    &TEN[4],
    &TEN[5],
    &PNPM_10,
    &ELEVEN[0],
    &ELEVEN[1],
    &ELEVEN[2],
    &ELEVEN[3],
    &ELEVEN[4],
    &ELEVEN[5],
    &ELEVEN[6],
    &ELEVEN[7],
    &ELEVEN[8],
    &ELEVEN[9],
    &ELEVEN[10],
    &ELEVEN[11],
    &ELEVEN[12],
    &PNPM_11,
    &TWELVE[0],
    &TWELVE[1],
    &TWELVE[2],
    &TWELVE[3],
    &TWELVE[4],
    &TWELVE[5],
    &TWELVE[6],
    &TWELVE[7],
    &TWELVE[8],
    &TWELVE[9],
    &TWELVE[10],
    &PNPM_12,
];

/// The rules for versions before all ranges.
pub(super) static OLDEST: &Rules = ALL[0];

impl Rules {
    /// The rules of a version: those of its range; the oldest rules before all ranges, the newest after them.
    pub fn of_version(version: PnpmVersion) -> &'static Rules {
        ALL.iter().rev().find(|rules| rules.versions.from <= version).copied().unwrap_or(OLDEST)
    }

    /// The newest rules of a major version (`10`), or the rules of a full version (`10.12.1`).
    pub fn of_name(name: &str) -> Option<&'static Rules> {
        let version = PnpmVersion::parse(name)?;
        let rules = Rules::of_version(version);
        rules.versions.contains(version).then_some(rules)
    }

    /// The newest rules of the same major version.
    pub fn newest_of_major(&self) -> &'static Rules {
        Rules::of_version(PnpmVersion::new(self.major(), u32::MAX, u32::MAX))
    }

    /// The major versions that have rules, the oldest first.
    pub fn majors() -> impl Iterator<Item = u32> {
        COMPARED.iter().map(|version| version.major)
    }
}

impl PnpmVersion {
    /// The newest tested version of the same major version, if this one is newer. `10` alone is not a full version, so
    /// it gives `None`.
    pub(super) fn newest_compared(self) -> Option<PnpmVersion> {
        let exact = self.minor < u32::MAX && self.patch < u32::MAX;
        COMPARED.into_iter().find(|known| exact && known.major == self.major && *known < self)
    }
}
