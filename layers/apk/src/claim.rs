//! The owner of a file in two packages. In: both. Out: whether the second one takes it. Source: apk-tools 2.14,
//! `apk_db_install_archive_entry`.

use crate::dependency::ApkDependency;
use crate::scan::Scanned;

/// A package with the file, and the data that decides its owner.
pub(crate) struct Claim<'c> {
    pub name: &'c str,
    pub version: &'c str,
    pub origin: &'c str,
    pub replaces: Vec<ApkDependency>,
    pub priority: u32,
}

impl Claim<'_> {
    /// Whether this one takes the file from the other; `None` if it may not.
    pub(crate) fn takes_from(&self, old: &Claim<'_>) -> Option<bool> {
        if old.name == self.name || (!self.origin.is_empty() && old.origin == self.origin) {
            return Some(true);
        }
        match (self.over(old), old.over(self)) {
            (Some(new), Some(old)) if old > new => Some(false),
            (Some(_), _) => Some(true),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        }
    }

    /// The priority with which it replaces the other, if it does.
    fn over(&self, other: &Claim<'_>) -> Option<u32> {
        let meant = |replaced: &ApkDependency| {
            replaced.name == other.name && replaced.admits(Some(Some(other.version)))
        };
        self.replaces.iter().any(meant).then_some(self.priority)
    }
}

/// The claim of a new package.
pub(crate) fn claim(package: &Scanned) -> Claim<'_> {
    let info = &package.control.info;
    Claim {
        name: &info.name,
        version: &info.version,
        origin: &info.origin,
        replaces: ApkDependency::parse_all(&info.replaces.join(" ")).unwrap_or_default(),
        priority: info.replaces_priority,
    }
}
