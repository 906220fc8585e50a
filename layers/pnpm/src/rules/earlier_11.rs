//! pnpm 11 before its newest rules: how each range differs from the next. The boundaries were found by installing with
//! each version: tests/pnpm-versions.

use super::pnpm_10;
use super::pnpm_11::NEWEST;
use super::{
    BareExec, BareStart, BinPath, BinRules, ClosureRules, CommandRules, CommandSwitch, DirNameRules,
    FailedFetch, HoistBorders, HoistedRules, LayoutRules, LimitsSetting, LockfileRules, MadeExecutable,
    MissingTarget, OptionalPeers, OwnCommand, PathQuotes, PnpmVersion, Rules, SettingsRules, ShimBody,
    ShimHead, ShimNodePath, ShimRules, ShimTrailer, SkippedOptional, Symlinkable, Versions,
};

/// Sorted by version.
pub(super) static EARLIER: [Rules; 13] = [
    ELEVEN_0,
    ELEVEN_2,
    ELEVEN_5,
    ELEVEN_7,
    ELEVEN_18,
    ELEVEN_19,
    ELEVEN_21,
    ELEVEN_27,
    ELEVEN_28_0,
    ELEVEN_28_1,
    ELEVEN_28_3,
    ELEVEN_28_5,
    ELEVEN_28_10,
];

const fn range(from: (u32, u32, u32), below: (u32, u32, u32)) -> Versions {
    Versions {
        from: PnpmVersion::new(from.0, from.1, from.2),
        below: PnpmVersion::new(below.0, below.1, below.2),
    }
}

/// The lines after the head, with branches for a program of Windows.
const fn branches(quotes: PathQuotes, switch: CommandSwitch, marks_missing_target: bool) -> ShimBody {
    ShimBody::WindowsBranches {
        quotes,
        msys_branch: matches!(quotes, PathQuotes::DoubleAbsolute),
        bare_exec: BareExec::ThreeBlanks,
        switch,
        node_path: ShimNodePath::AbsoluteInDoubleQuotes,
        marks_missing_target,
        trailer: ShimTrailer::AbsoluteTarget,
    }
}

const fn with_shim(rules: BinRules, head: ShimHead, body: ShimBody) -> BinRules {
    BinRules { shim: ShimRules { head, body }, ..rules }
}

/// Paths in shims are in double quotes; an absolute command path is resolved from the package's root.
const ELEVEN_28_10: Rules = Rules {
    release: "11.28.10",
    versions: range((11, 28, 10), (11, 28, 11)),
    bins: BinRules {
        commands: CommandRules { path: BinPath::StaysInside, ..NEWEST.bins.commands },
        ..with_shim(
            NEWEST.bins,
            ShimHead::FollowsLinks,
            branches(PathQuotes::DoubleAbsolute, CommandSwitch::Excluded, true),
        )
    },
    ..NEWEST
};

/// The switch of `cmd` is doubled for MSYS.
const ELEVEN_28_5: Rules = Rules {
    release: "11.28.5",
    versions: range((11, 28, 5), (11, 28, 10)),
    bins: with_shim(
        ELEVEN_28_10.bins,
        ShimHead::FollowsLinks,
        branches(PathQuotes::DoubleAbsolute, CommandSwitch::DoubledForMsys { spaced: true }, true),
    ),
    ..ELEVEN_28_10
};

/// Locations are not hashed; links to an optional package that cannot be fetched stay.
const ELEVEN_28_3: Rules = Rules {
    release: "11.28.3",
    versions: range((11, 28, 3), (11, 28, 5)),
    closure: ClosureRules { failed_fetch: FailedFetch::LinksStay, ..NEWEST.closure },
    layout: LayoutRules {
        dir_name: DirNameRules { hashes_ambiguous_locations: false, ..NEWEST.layout.dir_name },
        ..NEWEST.layout
    },
    ..ELEVEN_28_5
};

/// Helpers are searched in another order.
const ELEVEN_28_1: Rules = Rules {
    release: "11.28.1",
    versions: range((11, 28, 1), (11, 28, 3)),
    bins: with_shim(
        ELEVEN_28_3.bins,
        ShimHead::CleanedPathAbsolute,
        branches(PathQuotes::DoubleAbsolute, CommandSwitch::DoubledForMsys { spaced: true }, true),
    ),
    ..ELEVEN_28_3
};

/// Commands of automatically installed peers are not linked; workspace packages are corrected.
const ELEVEN_28_0: Rules = Rules {
    release: "11.28",
    versions: range((11, 28, 0), (11, 28, 1)),
    lockfile: LockfileRules { corrects_own_packages: true, ..ELEVEN_28_1.lockfile },
    bins: BinRules {
        commands_of_installed_peers: false,
        ..with_shim(
            ELEVEN_28_1.bins,
            ShimHead::CleanedPath,
            branches(PathQuotes::Double, CommandSwitch::DoubledForMsys { spaced: true }, true),
        )
    },
    ..ELEVEN_28_1
};

/// Hoisting as in 10, in the virtual store and under `nodeLinker: hoisted`; all commands are links under
/// `preferSymlinkedExecutables`; a command without a file gets no shim; trailing dots of a directory's name stay.
const ELEVEN_27: Rules = Rules {
    release: "11.27.1",
    versions: range((11, 27, 1), (11, 28, 0)),
    closure: ClosureRules { optional_peers: OptionalPeers::Followed, ..ELEVEN_28_0.closure },
    layout: LayoutRules {
        dir_name: DirNameRules { masks_trailing_dots: false, ..ELEVEN_28_0.layout.dir_name },
        ..ELEVEN_28_0.layout
    },
    hoist: pnpm_10::NEWEST.hoist,
    hoisted: HoistedRules { borders: HoistBorders::OfAnyDependent, ..pnpm_10::NEWEST.hoisted },
    bins: BinRules {
        symlinkable: Symlinkable::All,
        made_executable: MadeExecutable::All,
        own_command: OwnCommand::LikeOthers,
        missing_target: MissingTarget::LeftOut,
        ..with_shim(
            ELEVEN_28_0.bins,
            ShimHead::DefaultPath,
            branches(PathQuotes::Double, CommandSwitch::DoubledForMsys { spaced: true }, false),
        )
    },
    ..ELEVEN_28_0
};

/// `@zkochan/cmd-shim` 9.0.7.
const ELEVEN_21: Rules = Rules {
    release: "11.21",
    versions: range((11, 21, 0), (11, 27, 1)),
    bins: with_shim(ELEVEN_27.bins, ShimHead::WindowsOrWslThroughLinks, ELEVEN_27.bins.shim.body),
    ..ELEVEN_27
};

/// `@zkochan/cmd-shim` 9.0.6.
const ELEVEN_19: Rules = Rules {
    release: "11.19",
    versions: range((11, 19, 0), (11, 21, 0)),
    bins: with_shim(ELEVEN_21.bins, ShimHead::WindowsOrWsl, ELEVEN_21.bins.shim.body),
    ..ELEVEN_21
};

/// `hoistingLimits` apply at the first parent of the walk.
const ELEVEN_18: Rules = Rules {
    release: "11.18",
    versions: range((11, 18, 0), (11, 19, 0)),
    hoisted: HoistedRules { borders: HoistBorders::OfFirstDependent, ..ELEVEN_19.hoisted },
    ..ELEVEN_19
};

/// The lockfile says which packages are optional.
///
/// Source: pnpm/pnpm@875e073596, which 11.18 has.
const ELEVEN_7: Rules = Rules {
    release: "11.7",
    versions: range((11, 7, 0), (11, 18, 0)),
    closure: ClosureRules { skipped_optional: SkippedOptional::MarkedInLockfile, ..ELEVEN_18.closure },
    ..ELEVEN_18
};

/// `@zkochan/cmd-shim` 9.0.3.
const ELEVEN_5: Rules = Rules {
    release: "11.5",
    versions: range((11, 5, 0), (11, 7, 0)),
    bins: with_shim(
        ELEVEN_7.bins,
        ShimHead::CygwinOrMsys,
        ShimBody::TwoBranches { bare_start: BareStart::Exec, switch: CommandSwitch::Doubled, trailer: true },
    ),
    ..ELEVEN_7
};

/// An install with `hoistingLimits` fails.
const ELEVEN_2: Rules = Rules {
    release: "11.2",
    versions: range((11, 2, 0), (11, 5, 0)),
    settings: SettingsRules { hoisting_limits: LimitsSetting::EndsInstall, ..ELEVEN_5.settings },
    ..ELEVEN_5
};

/// `@zkochan/cmd-shim` 9.0.0.
const ELEVEN_0: Rules = Rules {
    release: "11.0",
    versions: range((11, 0, 0), (11, 2, 0)),
    bins: with_shim(
        ELEVEN_2.bins,
        ShimHead::CygwinOrMsys,
        ShimBody::TwoBranches { bare_start: BareStart::Called, switch: CommandSwitch::AsItIs, trailer: true },
    ),
    ..ELEVEN_2
};
