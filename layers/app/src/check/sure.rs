//! Findings about what code loads: whether two are about one thing, and whether they are certain. In: findings.

use crate::finding::Finding;

/// What a finding is about: one of a kind is enough.
pub(super) fn subject(finding: &Finding) -> (u8, &str, &str) {
    match finding {
        Finding::NotInstalled { name, package, .. } => (0, name, package),
        Finding::Path { path, user, .. } => (1, path, user),
        Finding::Closed { specifier, .. } => (2, specifier, ""),
        Finding::Undeclared { name, .. } => (3, name, ""),
        Finding::Package { specifier, .. } => (4, specifier, ""),
        Finding::Unresolved { user, fault, .. } => (5, user, fault.subject()),
        _ => (6, "", ""),
    }
}

/// Whether nothing can keep the program from failing.
pub(super) fn set_sure(finding: &mut Finding, plain: bool) {
    match finding {
        Finding::NotInstalled { sure, .. }
        | Finding::Path { sure, .. }
        | Finding::Closed { sure, .. }
        | Finding::Package { sure, .. }
        | Finding::Unresolved { sure, .. }
        | Finding::Undeclared { sure, .. } => *sure = plain,
        _ => {}
    }
}
