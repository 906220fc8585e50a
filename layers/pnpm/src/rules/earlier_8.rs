//! pnpm 8 before its newest rules: how each range differs from the next.

use super::pnpm_8::NEWEST;
use super::{
    BinConflict, BinName, BinRules, CommandRules, DirNameRules, FolderVariants, HoistedPeers, HoistedRules,
    LayoutRules, PnpmVersion, Rules, SettingsRules, Versions,
};

/// Sorted by version.
pub(super) static EARLIER: [Rules; 6] = [EIGHT_0, EIGHT_1, EIGHT_6, EIGHT_10_0, EIGHT_10, EIGHT_15];

const fn range(from: (u32, u32), below: (u32, u32)) -> Versions {
    Versions { from: PnpmVersion::new(8, from.0, from.1), below: PnpmVersion::new(8, below.0, below.1) }
}

/// If two packages offer a command, the first linked one wins.
///
/// Source: pnpm/pnpm@v8.15.8 pkg-manager/link-bins/src/index.ts, linkBins; pnpm/pnpm@v8.15.9 at the same place (deduplicateCommands).
const EIGHT_15: Rules = Rules {
    release: "8.15.2",
    versions: range((15, 2), (15, 9)),
    bins: BinRules { conflict: BinConflict::FirstLinked, ..NEWEST.bins },
    ..NEWEST
};

/// Nested peers keep their parentheses in a directory's name.
///
/// Source: pnpm/pnpm@v8.15.1 packages/dependency-path/src/index.ts, depPathToFilename; pnpm/pnpm@v8.15.2 at the same place.
const EIGHT_10: Rules = Rules {
    release: "8.10.4",
    versions: range((10, 4), (15, 2)),
    layout: LayoutRules {
        dir_name: DirNameRules { keeps_inner_parentheses: true, ..EIGHT_15.layout.dir_name },
        ..EIGHT_15.layout
    },
    ..EIGHT_15
};

/// Under `nodeLinker: hoisted`, each variant of a version is a separate package, and the peers of packages that only
/// packages need count even though they are installed.
///
/// Source: pnpm/pnpm@v8.10.3 pkg-manager/real-hoist/src/index.ts, toTree; pnpm/pnpm@v8.10.4 at the same place
/// (depPathByPkgId, and `autoInstallPeers` for dependencies of dependencies).
const EIGHT_10_0: Rules = Rules {
    release: "8.10",
    versions: range((10, 0), (10, 4)),
    hoisted: HoistedRules {
        folder_variants: FolderVariants::EachApart,
        peers: HoistedPeers::UnlessInstalledDirectly,
        ..EIGHT_10.hoisted
    },
    ..EIGHT_10
};

/// A command name with a scope is rejected.
///
/// Source: pnpm/pnpm@v8.9.2 pkg-manager/package-bins/src/index.ts, commandsFromBin; pnpm/pnpm@v8.10.0 at the same place (normalizeBinName).
const EIGHT_6: Rules = Rules {
    release: "8.6.3",
    versions: range((6, 3), (10, 0)),
    bins: BinRules {
        commands: CommandRules { name: BinName::ScopedRefused, ..EIGHT_10_0.bins.commands },
        ..EIGHT_10_0.bins
    },
    ..EIGHT_10_0
};

/// Under `nodeLinker: hoisted`, peers count even though they are installed.
///
/// Source: pnpm/pnpm@v8.6.2 pkg-manager/real-hoist/src/index.ts, toTree; pnpm/pnpm@v8.6.3 at the same place (autoInstallPeers).
const EIGHT_1: Rules = Rules {
    release: "8.1",
    versions: range((1, 0), (6, 3)),
    hoisted: HoistedRules { peers: HoistedPeers::Always, ..EIGHT_6.hoisted },
    ..EIGHT_6
};

/// An importer has no link that the root also has.
const EIGHT_0: Rules = Rules {
    release: "8.0",
    versions: range((0, 0), (1, 0)),
    settings: SettingsRules { dedupe_direct_deps: true, ..EIGHT_1.settings },
    ..EIGHT_1
};
