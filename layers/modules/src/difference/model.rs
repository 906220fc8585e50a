//! What a comparison finds: the types alone.

use super::disk::FoundEntry;
use crate::{PlannedEntry, PruneRule};

/// One path that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDifference {
    /// Relative to the workspace's root.
    pub path: String,
    pub kind: DifferenceKind,
    /// What is planned; nothing where the path is extra.
    pub planned: Option<PlannedEntry>,
    /// What is there; nothing where the path is missing.
    pub found: Option<FoundEntry>,
    /// How many paths below it are missing or extra with it.
    pub below: usize,
    /// Why, where it can be told.
    pub reason: Option<DifferenceReason>,
}

/// How a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is planned and not there.
    Missing,
    /// It is there and not planned.
    Extra,
    /// One is a directory, a link or a file where the other is not.
    Type,
    Mode,
    /// The target of a link.
    Target,
    Content,
}

impl DifferenceKind {
    /// One word.
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
    /// The image leaves it out, by this rule.
    Pruned(PruneRule),
    /// The package, or the one that it differs in, is for other platforms than the one that is planned for.
    OtherPlatform(String),
    /// The package is only for some platforms, this one among them: the folder may have been installed on another.
    SomePlatforms(String),
    /// Only development needs the package.
    Development,
    /// Other packages of the workspace need the package or the folder.
    OtherImporters,
    /// A link of the image leads to the package of the workspace, which some versions leave without what it needs.
    LinkedImporter,
    /// The lockfile does not know the package.
    NotInLockfile,
    /// It is a hoisted link: hoisting goes by patterns, and by all that is installed at once.
    Hoisted,
    /// It is the script of a command, which differs between versions of pnpm and in what is installed beside it.
    Command,
    /// The script of a command holds the path of the workspace, which was this one.
    OtherPlace(String),
    /// The package has install scripts.
    InstallScript,
}

impl PathDifference {
    /// Whether what is below it differs with it.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.kind, DifferenceKind::Missing | DifferenceKind::Extra)
    }
}

/// Whether a path lies in a folder.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
