//! pnpm 10 before the newest rules of it: what differs, each range from the one after it.

use super::pnpm_9;
use super::pnpm_10::NEWEST;
use super::{BinRules, CommandRules, NodePathRule, PnpmVersion, Rules, ShimHead, ShimRules, Versions};

/// By their versions.
pub(super) static EARLIER: [Rules; 3] = [TEN_0, TEN_10, TEN_12];

/// NODE_PATH holds the node_modules of every folder above.
///
/// Source: pnpm/pnpm@dac1177ed4 pkg-manager/link-bins/src/getBinNodePaths.ts, which 10.30.2 has.
const TEN_12: Rules = Rules {
    release: "10.12.2",
    versions: Versions { from: PnpmVersion::new(10, 12, 2), below: PnpmVersion::new(10, 30, 2) },
    bins: BinRules { node_path: NodePathRule::EveryFolderAbove, ..NEWEST.bins },
    ..NEWEST
};

/// Hoisting goes by the lockfile, as in 9.
///
/// Source: pnpm/pnpm@b982a0d6dc pkg-manager/hoist/src/index.ts, getHoistedDependencies, which 10.12.2 has.
const TEN_10: Rules = Rules {
    release: "10.10",
    versions: Versions { from: PnpmVersion::new(10, 10, 0), below: PnpmVersion::new(10, 12, 2) },
    hoist: pnpm_9::NEWEST.hoist,
    ..TEN_12
};

/// `@zkochan/cmd-shim` 6, as in 9.
const TEN_0: Rules = Rules {
    release: "10.0",
    versions: Versions { from: PnpmVersion::new(10, 0, 0), below: PnpmVersion::new(10, 10, 0) },
    bins: BinRules {
        commands: CommandRules { cmd_switch: false, ..TEN_10.bins.commands },
        shim: ShimRules { head: ShimHead::Cygwin, ..TEN_10.bins.shim },
        ..TEN_10.bins
    },
    ..TEN_10
};
