//! What a maintainer script sees, and what it leaves: the words that the evaluator and its callers share.

use std::collections::BTreeMap;

use crate::accounts::{Accounts, Rules};
use crate::overrides::Overrides;

/// A folder that was made, or a path whose owner or mode was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touched {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// What a script sees of the system.
pub(crate) trait System {
    /// Whether a path leads to a folder; `None` where there is nothing.
    fn is_folder(&self, path: &str) -> Option<bool>;
    /// Whether it is a link, whatever it leads to.
    fn is_link(&self, path: &str) -> bool;
    fn is_executable(&self, path: &str) -> bool;
    /// Whether it is a file that is not empty.
    fn is_filled(&self, path: &str) -> bool;
    /// Mode, owner and group of what a path leads to.
    fn attributes(&self, path: &str) -> Option<(u32, u32, u32)>;
    /// The rules of a tool that makes accounts: nothing where they are not known, or its configuration is not the usual one.
    fn rules(&self, package: &str) -> Option<Rules>;
    /// The text of a file of sysusers.d.
    fn sysusers(&self, name: &str) -> Option<String>;
    /// The paths in a folder, at any depth.
    fn below(&self, path: &str) -> Vec<String>;
}

/// What is left by a script that is understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub accounts: Accounts,
    /// Folders that it made, and other paths whose owner or mode it set.
    pub touched: BTreeMap<String, Touched>,
    /// Owners and modes that stand in the place of a package's own.
    pub overrides: Overrides,
}
