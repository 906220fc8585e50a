//! pnpm 10 before its newest rules: how each range differs from the next.

use super::pnpm_9;
use super::pnpm_10::{MANIFEST_KEYS, NEWEST};
use super::{
    BinRules, CommandRules, LimitsSetting, NodePathRule, PnpmVersion, Rules, SettingsRules, SettingsSources,
    ShimHead, ShimRules, Versions, VirtualStoreFolder, WorkspaceSettings,
};

/// Sorted by version.
pub(super) static EARLIER: [Rules; 6] = [TEN_0, TEN_5, TEN_6, TEN_8, TEN_10, TEN_12];

/// NODE_PATH holds the node_modules of every folder above.
///
/// Source: pnpm/pnpm@dac1177ed4 pkg-manager/link-bins/src/getBinNodePaths.ts, which 10.30.2 has.
const TEN_12: Rules = Rules {
    release: "10.12.2",
    versions: Versions { from: PnpmVersion::new(10, 12, 2), below: PnpmVersion::new(10, 30, 2) },
    bins: BinRules { node_path: NodePathRule::EveryFolderAbove, ..NEWEST.bins },
    ..NEWEST
};

/// Hoisting follows the lockfile, as in 9.
///
/// Source: pnpm/pnpm@b982a0d6dc pkg-manager/hoist/src/index.ts, getHoistedDependencies, which 10.12.2 has.
const TEN_10: Rules = Rules {
    release: "10.10",
    versions: Versions { from: PnpmVersion::new(10, 10, 0), below: PnpmVersion::new(10, 12, 2) },
    hoist: pnpm_9::NEWEST.hoist,
    ..TEN_12
};

/// `@zkochan/cmd-shim` 6, as in 9.
const TEN_8: Rules = Rules {
    release: "10.8.1",
    versions: Versions { from: PnpmVersion::new(10, 8, 1), below: PnpmVersion::new(10, 10, 0) },
    bins: BinRules {
        commands: CommandRules { cmd_switch: false, ..TEN_10.bins.commands },
        shim: ShimRules { head: ShimHead::Cygwin, ..TEN_10.bins.shim },
        ..TEN_10.bins
    },
    ..TEN_10
};

/// A setting in pnpm-workspace.yaml does not imply other settings.
const TEN_6: Rules = Rules {
    release: "10.6",
    versions: Versions { from: PnpmVersion::new(10, 6, 0), below: PnpmVersion::new(10, 8, 1) },
    settings: SettingsRules {
        sources: SettingsSources::Npmrc {
            manifest_keys: MANIFEST_KEYS,
            workspace_file: WorkspaceSettings::WithoutConsequences,
        },
        virtual_store: VirtualStoreFolder::InNodeModules,
        ..TEN_8.settings
    },
    ..TEN_8
};

/// Only a few settings of pnpm-workspace.yaml are read.
const TEN_5: Rules = Rules {
    release: "10.5",
    versions: Versions { from: PnpmVersion::new(10, 5, 0), below: PnpmVersion::new(10, 6, 0) },
    settings: SettingsRules {
        sources: SettingsSources::Npmrc {
            manifest_keys: MANIFEST_KEYS,
            workspace_file: WorkspaceSettings::OfManifest,
        },
        virtual_store: TEN_8.settings.virtual_store,
        hoisting_limits: LimitsSetting::None,
        ..TEN_6.settings
    },
    ..TEN_6
};

/// No settings of pnpm-workspace.yaml are read.
const TEN_0: Rules = Rules {
    release: "10.0",
    versions: Versions { from: PnpmVersion::new(10, 0, 0), below: PnpmVersion::new(10, 5, 0) },
    settings: SettingsRules {
        sources: SettingsSources::Npmrc {
            manifest_keys: MANIFEST_KEYS,
            workspace_file: WorkspaceSettings::None,
        },
        ..TEN_5.settings
    },
    ..TEN_5
};
