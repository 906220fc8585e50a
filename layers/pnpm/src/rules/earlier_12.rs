//! pnpm 12 before its newest rules: how each range differs from the next. The boundaries were found by installing with
//! each version: tests/pnpm-versions.

use super::pnpm_12::NEWEST;
use super::{
    BareExec, BinPath, BinRules, ClosureRules, CommandRules, CommandSwitch, DirNameRules, FolderVariants,
    HoistRules, HoistWalk, HoistedImporters, HoistedPeers, HoistedRules, LayoutRules, LockfileRules,
    NodePathRule, OptionalPeers, OwnCommand, PathQuotes, PnpmVersion, Rules, ScriptPath, ShimBody, ShimHead,
    ShimNodePath, ShimRules, ShimTrailer, SlotChildren, Symlinkable, Versions, WorkspaceLinks,
    WorkspaceNames,
};

/// Sorted by version.
pub(super) static EARLIER: [Rules; 11] = [
    TWELVE_0, TWELVE_4, TWELVE_5, TWELVE_6, TWELVE_7, TWELVE_8, TWELVE_9, TWELVE_10, TWELVE_15, TWELVE_17,
    TWELVE_18,
];

const fn range(from: (u32, u32), below: (u32, u32)) -> Versions {
    Versions { from: PnpmVersion::new(12, from.0, from.1), below: PnpmVersion::new(12, below.0, below.1) }
}

/// The lines after the head.
const fn branches(
    quotes: PathQuotes,
    msys_branch: bool,
    switch: CommandSwitch,
    node_path: ShimNodePath,
    trailer: ShimTrailer,
) -> ShimBody {
    ShimBody::WindowsBranches {
        quotes,
        msys_branch,
        bare_exec: BareExec::TwoBlanks,
        switch,
        node_path,
        marks_missing_target: false,
        trailer,
    }
}

const fn with_shim(rules: BinRules, head: ShimHead, body: ShimBody) -> BinRules {
    BinRules { shim: ShimRules { head, body }, ..rules }
}

/// The operating system is detected with `uname`; under `nodeLinker: hoisted` packages move up depth first, and
/// variants of a folder's package are one.
const TWELVE_18: Rules = Rules {
    release: "12.18",
    versions: range((18, 0), (20, 0)),
    hoisted: HoistedRules {
        walk: HoistWalk::DepthFirst,
        peers: HoistedPeers::UnlessInstalled,
        folder_variants: FolderVariants::One,
        ..NEWEST.hoisted
    },
    bins: with_shim(NEWEST.bins, ShimHead::FollowsLinks, NEWEST.bins.shim.body),
    ..NEWEST
};

/// Paths in shims are in double quotes; a command path that leaves its package is rejected.
const TWELVE_17: Rules = Rules {
    release: "12.17",
    versions: range((17, 0), (18, 0)),
    bins: BinRules {
        commands: CommandRules { path: BinPath::StaysInsideRelative, ..TWELVE_18.bins.commands },
        ..with_shim(
            TWELVE_18.bins,
            ShimHead::FollowsLinks,
            branches(
                PathQuotes::DoubleAbsolute,
                true,
                CommandSwitch::Excluded,
                ShimNodePath::RelativeInDoubleQuotes,
                ShimTrailer::RelativeTarget,
            ),
        )
    },
    ..TWELVE_18
};

const DOUBLED_SWITCH: ShimBody = branches(
    PathQuotes::DoubleAbsolute,
    true,
    CommandSwitch::DoubledForMsys { spaced: false },
    ShimNodePath::RelativeInDoubleQuotes,
    ShimTrailer::RelativeTarget,
);

/// The switch of `cmd` is doubled for MSYS.
const TWELVE_15: Rules = Rules {
    release: "12.15",
    versions: range((15, 0), (17, 0)),
    bins: with_shim(TWELVE_17.bins, ShimHead::FollowsLinks, DOUBLED_SWITCH),
    ..TWELVE_17
};

/// Of the workspace's packages, only installed ones are hoisted.
const TWELVE_10: Rules = Rules {
    release: "12.10",
    versions: range((10, 0), (15, 0)),
    hoist: HoistRules { workspace_names: WorkspaceNames::Installed, ..TWELVE_15.hoist },
    hoisted: HoistedRules {
        workspace_links: WorkspaceLinks::All {
            deduped: false,
            names_taken_by: HoistedImporters::Installed,
            of: HoistedImporters::Installed,
        },
        ..TWELVE_15.hoisted
    },
    ..TWELVE_15
};

/// Locations are not hashed.
const TWELVE_9: Rules = Rules {
    release: "12.8.2",
    versions: range((8, 2), (10, 0)),
    layout: LayoutRules {
        dir_name: DirNameRules { hashes_ambiguous_locations: false, ..NEWEST.layout.dir_name },
        ..NEWEST.layout
    },
    ..TWELVE_10
};

/// Helpers are searched in another order.
const TWELVE_8: Rules = Rules {
    release: "12.8",
    versions: range((8, 0), (8, 2)),
    bins: with_shim(TWELVE_9.bins, ShimHead::CleanedPathAbsolute, DOUBLED_SWITCH),
    ..TWELVE_9
};

const WITHOUT_MSYS: ShimBody = branches(
    PathQuotes::DoubleAbsolute,
    false,
    CommandSwitch::DoubledForMsys { spaced: false },
    ShimNodePath::RelativeInDoubleQuotes,
    ShimTrailer::RelativeTarget,
);

/// Windows programs in MSYS's PATH have no branch; workspace packages are corrected.
const TWELVE_7: Rules = Rules {
    release: "12.7",
    versions: range((7, 0), (8, 0)),
    lockfile: LockfileRules { corrects_own_packages: true, ..TWELVE_8.lockfile },
    bins: with_shim(TWELVE_8.bins, ShimHead::CleanedPathAbsoluteLast, WITHOUT_MSYS),
    ..TWELVE_8
};

/// Under `nodeLinker: hoisted` all importers count, and the root has no links to workspace packages; all commands are
/// links under `preferSymlinkedExecutables`, and a package's own does not need its file; trailing dots of a directory's
/// name stay.
const TWELVE_6: Rules = Rules {
    release: "12.6",
    versions: range((6, 0), (7, 0)),
    closure: ClosureRules { optional_peers: OptionalPeers::Followed, ..TWELVE_7.closure },
    layout: LayoutRules {
        dir_name: DirNameRules { masks_trailing_dots: false, ..TWELVE_7.layout.dir_name },
        ..TWELVE_7.layout
    },
    hoisted: HoistedRules {
        importers: HoistedImporters::All,
        workspace_links: WorkspaceLinks::None,
        commands_wait_for_files: false,
        ..TWELVE_7.hoisted
    },
    bins: BinRules {
        symlinkable: Symlinkable::All,
        own_command: OwnCommand::LikeOthers,
        ..with_shim(TWELVE_7.bins, ShimHead::DefaultPathAbsolute, WITHOUT_MSYS)
    },
    ..TWELVE_7
};

const ABSOLUTE: ShimBody = branches(
    PathQuotes::Double,
    false,
    CommandSwitch::DoubledForMsys { spaced: false },
    ShimNodePath::AbsoluteInDoubleQuotes,
    ShimTrailer::AbsoluteTarget,
);

/// Shims contain absolute paths, and command paths through links.
const TWELVE_5: Rules = Rules {
    release: "12.5",
    versions: range((5, 0), (6, 0)),
    bins: BinRules {
        script_path: ScriptPath::AsReached,
        slot_children: SlotChildren::ByLinks,
        node_path: NodePathRule::NearestOfFile,
        ..with_shim(TWELVE_6.bins, ShimHead::DefaultPathBare, ABSOLUTE)
    },
    ..TWELVE_6
};

/// The shim's folder is read with `echo`.
const TWELVE_4: Rules = Rules {
    release: "12.4.2",
    versions: range((4, 2), (5, 0)),
    bins: with_shim(TWELVE_5.bins, ShimHead::DefaultPathByEcho, ABSOLUTE),
    ..TWELVE_5
};

/// Helpers come from PATH.
const TWELVE_0: Rules = Rules {
    release: "12.0",
    versions: range((0, 0), (4, 2)),
    bins: with_shim(TWELVE_4.bins, ShimHead::WindowsOrWslThroughLinks, ABSOLUTE),
    ..TWELVE_4
};
