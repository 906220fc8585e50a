//! The system that a maintainer script sees, and its result: the types that the evaluator and its callers share.

use std::collections::BTreeMap;

use crate::accounts::{Accounts, Rules};
use crate::overrides::Overrides;

/// A created folder, or a path whose owner or mode was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touched {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// The system that a script sees.
pub(crate) trait System {
    /// Whether a path leads to a folder; `None` if nothing exists.
    fn is_folder(&self, path: &str) -> Option<bool>;
    /// Whether it is a link, whatever its target.
    fn is_link(&self, path: &str) -> bool;
    fn is_executable(&self, path: &str) -> bool;
    /// Whether it is a non-empty file.
    fn is_filled(&self, path: &str) -> bool;
    /// Mode, owner and group of the path's target.
    fn attributes(&self, path: &str) -> Option<(u32, u32, u32)>;
    /// The rules of a tool that creates accounts; `None` if they are not known, or its configuration is not the
    /// default.
    fn rules(&self, package: &str) -> Option<Rules>;
    /// The text of a file of sysusers.d.
    fn sysusers(&self, name: &str) -> Option<String>;
    /// The paths in a folder, at any depth.
    fn below(&self, path: &str) -> Vec<String>;
}

/// The result of an understood script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub accounts: Accounts,
    /// Created folders, and other paths whose owner or mode was set.
    pub touched: BTreeMap<String, Touched>,
    /// Owners and modes that override those of packages.
    pub overrides: Overrides,
}
