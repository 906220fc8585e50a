//! Findings about loaded modules: whether two are about the same thing, and whether they are certain. In: findings.
//! Out: their subject and certainty.

use crate::finding::Finding;

/// The subject of a finding: one finding for each is enough.
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

/// Marks a finding as certain if nothing can prevent the failure.
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
