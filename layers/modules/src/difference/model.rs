//! The result of a comparison: types only.

use super::disk::FoundEntry;
use crate::{PlannedEntry, PruneRule};

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDifference {
    /// Relative to the workspace's root.
    pub path: String,
    pub kind: DifferenceKind,
    /// The planned entry; `None` if the path is extra.
    pub planned: Option<PlannedEntry>,
    /// The entry on disk; `None` if the path is missing.
    pub found: Option<FoundEntry>,
    /// How many paths below it are also missing or extra.
    pub below: usize,
    /// The reason, if known.
    pub reason: Option<DifferenceReason>,
}

/// How a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is planned, but not on disk.
    Missing,
    /// It is on disk, but not planned.
    Extra,
    /// The types differ: directory, link or file.
    Type,
    Mode,
    /// The targets of the links differ.
    Target,
    Content,
}

impl DifferenceKind {
    /// The difference in one word.
    pub fn name(self) -> &'static str {
        match self {
            DifferenceKind::Missing => "missing",
            DifferenceKind::Extra => "extra",
            DifferenceKind::Type => "type",
            DifferenceKind::Mode => "mode",
            DifferenceKind::Target => "target",
            DifferenceKind::Content => "content",
        }
    }
}

/// Why a path differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceReason {
    /// The image leaves it out by this rule.
    Pruned(PruneRule),
    /// The package (or the package around the path) is for other platforms than the planned one.
    OtherPlatform(String),
    /// The package is for some platforms, including this one: the folder may have been installed on another.
    SomePlatforms(String),
    /// The package is only needed for development.
    Development,
    /// Other packages of the workspace need the package or the folder.
    OtherImporters,
    /// A link of the image leads to this workspace package. Some versions of pnpm do not install its dependencies.
    LinkedImporter,
    /// The lockfile does not contain the package.
    NotInLockfile,
    /// It is a hoisted link. Hoisting depends on patterns, and on everything that is installed together.
    Hoisted,
    /// It is a command's script. These differ between versions of pnpm, and depend on what else is installed.
    Command,
    /// The command's script contains the path of the workspace, which was this one.
    OtherPlace(String),
    /// The package has install scripts.
    InstallScript,
}

impl PathDifference {
    /// Whether everything below it also differs.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.kind, DifferenceKind::Missing | DifferenceKind::Extra)
    }
}

/// Whether a path is inside a folder.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
