//! pnpm 9 before its newest rules: how each range differs from the next.

use super::pnpm_9::NEWEST;
use super::{BinConflict, BinRules, Executables, PackRules, PnpmVersion, Rules, Versions};

/// Sorted by version.
pub(super) static EARLIER: [Rules; 2] = [NINE_0, NINE_2];

const fn range(from: (u32, u32), below: (u32, u32)) -> Versions {
    Versions { from: PnpmVersion::new(9, from.0, from.1), below: PnpmVersion::new(9, below.0, below.1) }
}

/// A package's file is executable only if everybody may execute it.
const NINE_2: Rules = Rules {
    release: "9.2",
    versions: range((2, 0), (12, 2)),
    packing: PackRules { executables: Executables::ByEverybody, ..NEWEST.packing },
    ..NEWEST
};

/// If two packages offer a command, the first linked one wins.
///
/// Source: pnpm/pnpm@v9.1.4 pkg-manager/link-bins/src/index.ts, linkBins; pnpm/pnpm@v9.2.0 at the same place (deduplicateCommands).
const NINE_0: Rules = Rules {
    release: "9.0",
    versions: range((0, 0), (2, 0)),
    bins: BinRules { conflict: BinConflict::FirstLinked, ..NINE_2.bins },
    ..NINE_2
};
