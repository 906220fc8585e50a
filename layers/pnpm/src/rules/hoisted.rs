//! `nodeLinker: hoisted`: how packages move up, and how commands are linked then.

/// The rules of hoisting.
///
/// Source: the npm package `@yarnpkg/nm`, which pnpm asks: 4.0.0-rc.45 in pnpm 8, 4.0.5 in pnpm/pnpm@d22a3f65ee and pnpm/pnpm@702ad5f860,
/// 4.1.1 in pnpm/pnpm@36e5ae6ac8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoistedRules {
    /// When another round is made.
    pub rounds: HoistRounds,
    /// Which version of a name moves up first.
    pub preference: VersionPreference,
    /// Where direct dependencies of importers may move.
    pub workspace_dependencies: WorkspaceDependencies,
}

/// When packages are moved once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoistRounds {
    /// As long as anything moves.
    UntilNothingMoves,
    /// If something moved whose name had stood in the way of another.
    WhereSomethingStoodInTheWay,
}

/// Which of several versions of a name is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionPreference {
    /// The one with most dependents, those that have it as a peer among them.
    ByAllDependents,
    /// The one that most have as a peer, then the one with most other dependents.
    ByPeersFirst,
}

/// Where direct dependencies of importers may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceDependencies {
    /// Wherever others may.
    AnyWay,
    /// To the top alone.
    ToTheTop,
}
