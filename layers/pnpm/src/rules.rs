//! What differs between versions of pnpm: one [`Rules`] for each range of versions. In: a version, or the lockfile's own traits. Out: a rule
//! set. Nothing is read here, and no other module knows of versions: each asks the rule that it follows.
//!
//! Every rule set is written out in full (`pnpm_9.rs` and so on), so a new one does not compile until every rule is answered, and a new
//! answer does not compile until the code that follows the rule knows it. A new range takes a file beside the others and a line in `ALL`.
//!
//! Each rule names its source in pnpm. The commits are:
//!
//! | commit | where | what |
//! |---|---|---|
//! | d22a3f65ee | | pnpm 9.15.9 |
//! | 702ad5f860 | | pnpm 10.34.5 |
//! | 36e5ae6ac8 | `pnpm11/` | pnpm 11, after 11.22.0 |
//! | 36e5ae6ac8 | `pnpm/crates/` | pnpm 12, before 12.0.0 |
//!
//! "Observed" stands where the rule was learnt from what a later version (10.34.9, 11.28.11, 12.21.0) does, and these commits do not show
//! it yet.

mod bins;
mod builds;
mod choose;
mod closure;
mod hoist;
mod layout;
mod lockfile;
mod packing;
mod pnpm_10;
mod pnpm_11;
mod pnpm_12;
mod pnpm_9;
mod settings;
#[cfg(test)]
mod tests;
mod version;

use std::fmt;

pub use bins::{
    BareExec, BinConflict, BinDirectory, BinName, BinPath, BinRules, CommandRules, DirectDependencies,
    ExtensionCase, HoistedLinks, ImporterPaths, MadeExecutable, MissingTarget, NodePathRule, OwnCommand,
    ScriptPath, Shebang, ShimBody, ShimHead, ShimNodePath, ShimRules, ShimTrailer, SlotChildren, SlotPasses,
    Symlinkable,
};
pub use builds::{AllowedBuilds, BuildRules, FailedOptional, ListEntry, Preparing};
pub use closure::{ClosureRules, ImporterOrder, LinksOfRoot, SkippedOptional};
pub use hoist::{AliasCase, HoistOrder, HoistRules, RootAliases, WithoutPackages, WorkspaceNames};
pub use layout::{DirNameHash, DirNameRules, LayoutRules, PrivateModules, SelfLink, ShebangLineEnd};
pub use lockfile::{
    ExtensionsChecksum, LockfileRules, PatchEntryForm, PatchHash, PeerOverride, PnpmfileChecksum,
};
pub use packing::{Links, PackRules, Packlist};
pub use pnpm_9::PNPM_9;
pub use pnpm_10::PNPM_10;
pub use pnpm_11::PNPM_11;
pub use pnpm_12::PNPM_12;
pub use settings::{SettingsRules, SettingsSources, VirtualStoreFolder};
pub use version::{PnpmVersion, Versions};

/// All rule sets, by their versions: each begins where the one before ends.
static ALL: [&Rules; 4] = [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12];

/// Those of what is older than all ranges.
static OLDEST: &Rules = ALL[0];

/// The rules of one range of versions of pnpm.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules {
    /// What messages and keys call it, after "pnpm ": `10`, or `10.20` for a range that begins within a major version. No two sets share one,
    /// and it never changes, as keys hold it.
    pub release: &'static str,
    /// The versions that follow these rules.
    pub versions: Versions,
    /// What pnpm itself is.
    pub program: PnpmProgram,
    /// Where settings come from, and their defaults.
    pub settings: SettingsRules,
    /// What the lockfile says of settings, patches and hooks.
    pub lockfile: LockfileRules,
    /// Which packages are installed.
    pub closure: ClosureRules,
    /// Where packages and links go.
    pub layout: LayoutRules,
    /// Which aliases are hoisted.
    pub hoist: HoistRules,
    /// Commands: `.bin` directories and what stands in them.
    pub bins: BinRules,
    /// Which install scripts run, and what becomes of packages whose scripts fail.
    pub builds: BuildRules,
    /// Which files of folders and repositories are a package.
    pub packing: PackRules,
}

/// What pnpm is, for scripts that call it.
///
/// Source: pnpm/pnpm@702ad5f860 pnpm/package.json (`bin`); pnpm/pnpm@36e5ae6ac8 pnpm/npm, the packages `@pnpm/exe.…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PnpmProgram {
    /// A script that node runs, in the package `pnpm`.
    Script,
    /// A program of its own, in a package for each platform.
    Native,
}

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

    /// The major version: 10 for 10.34.9. For display and for the tools that scripts run with, never for decisions.
    pub fn major(&self) -> u32 {
        self.versions.from.major
    }
}

/// `pnpm 10`: for messages and for keys.
impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pnpm {}", self.release)
    }
}
