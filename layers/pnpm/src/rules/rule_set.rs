//! The parts of a rule set.

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

/// The rules of one range of pnpm versions.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules {
    /// Its name in messages and keys, after "pnpm ": its first version, such as `10.12.2`, without a patch number of 0.
    /// For a major version with only one set, `8`. Names are unique and never change, because keys contain them.
    pub release: &'static str,
    /// The versions that follow these rules.
    pub versions: Versions,
    /// How pnpm itself is distributed.
    pub program: PnpmProgram,
    /// Where settings come from, and their defaults.
    pub settings: SettingsRules,
    /// What the lockfile records of settings, patches and hooks.
    pub lockfile: LockfileRules,
    /// Which packages are installed.
    pub closure: ClosureRules,
    /// Where packages and links go.
    pub layout: LayoutRules,
    /// Which aliases are hoisted.
    pub hoist: HoistRules,
    /// The layout of `nodeLinker: hoisted`.
    pub hoisted: HoistedRules,
    /// Commands: `.bin` directories and their content.
    pub bins: BinRules,
    /// Which install scripts run, and what happens to packages whose scripts fail.
    pub builds: BuildRules,
    /// Which files of folders and repositories are packed.
    pub packing: PackRules,
}

/// How pnpm is distributed, for scripts that call it.
///
/// Source: pnpm/pnpm@702ad5f860 pnpm/package.json (`bin`); pnpm/pnpm@36e5ae6ac8 pnpm/npm, the packages `@pnpm/exe.…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PnpmProgram {
    /// A script that node runs, in the package `pnpm`.
    Script,
    /// A native program, in a package for each platform.
    Native,
}

impl Rules {
    /// The major version: 10 for 10.34.9. For messages and for the tools that scripts run with, never for decisions.
    pub fn major(&self) -> u32 {
        self.versions.from.major
    }
}

/// Keys contain the unique name. Code that changes how it follows a rule must raise the rules version of the keys that
/// depend on it.
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
