//! pnpm 9 before the newest rules of it: what differs.

use super::pnpm_9::NEWEST;
use super::{BinConflict, BinRules, PnpmVersion, Rules, Versions};

/// By their versions.
pub(super) static EARLIER: [Rules; 1] = [NINE_0];

/// Of two packages with one command, the first linked has it.
///
/// Source: pnpm/pnpm@v9.1.4 pkg-manager/link-bins/src/index.ts, linkBins; pnpm/pnpm@v9.2.0 at the same place (deduplicateCommands).
const NINE_0: Rules = Rules {
    release: "9.0",
    versions: Versions { from: PnpmVersion::new(9, 0, 0), below: PnpmVersion::new(9, 2, 0) },
    bins: BinRules { conflict: BinConflict::FirstLinked, ..NEWEST.bins },
    ..NEWEST
};
