//! Who keeps a file that two packages have. Comes in: both. Goes out: whether the second takes it. Source: apk-tools 2.14,
//! `apk_db_install_archive_entry`.

use crate::dependency::ApkDependency;
use crate::scan::Scanned;

/// One that has a file, with what decides who keeps it.
pub(crate) struct Claim<'c> {
    pub name: &'c str,
    pub version: &'c str,
    pub origin: &'c str,
    pub replaces: Vec<ApkDependency>,
    pub priority: u32,
}

impl Claim<'_> {
    /// Whether this one takes the file from the other; `None` where it may not.
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

/// The claim of a package that comes in.
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
