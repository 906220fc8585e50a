//! What a set of rules is made of.

use std::fmt;

use fourply_blob::{Feed, KeyValue};

use super::bins::BinRules;
use super::builds::BuildRules;
use super::closure::ClosureRules;
use super::hoist::HoistRules;
use super::hoisted::HoistedRules;
use super::layout::LayoutRules;
use super::lockfile::LockfileRules;
use super::packing::PackRules;
use super::settings::SettingsRules;
use super::version::Versions;

/// The rules of one range of versions of pnpm.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules {
    /// What messages and keys call it, after "pnpm ": the version that it begins with, `10.12.2`, without a patch of 0. Where a major version has one set alone,
    /// `8`. No two sets share one, and it never changes, as keys hold it.
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
    /// The layout of `nodeLinker: hoisted`.
    pub hoisted: HoistedRules,
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
    /// The major version: 10 for 10.34.9. For display and for the tools that scripts run with, never for decisions.
    pub fn major(&self) -> u32 {
        self.versions.from.major
    }
}

/// By its name, which no two sets share. What reads a rule in another way raises the rules of the keys that depend on it.
impl KeyValue for Rules {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.release.feed(feed);
    }
}

/// `pnpm 10`: for messages.
impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pnpm {}", self.release)
    }
}
