//! The better one of two providers of a name. In: the remaining constraints. Out: an order, in which the greater one is
//! chosen.

use std::cmp::Ordering;

use super::graph::{Graph, Provider};
use super::state::PackageState;
use crate::version::compare;

/// Compares two providers of one name.
pub(super) fn better(
    graph: &Graph<'_>,
    states: &[PackageState],
    one: Provider<'_>,
    other: Provider<'_>,
) -> Ordering {
    let (a, b) = (&states[one.package], &states[other.package]);
    let (one_candidate, other_candidate) = (&graph.candidates[one.package], &graph.candidates[other.package]);
    let (one_record, other_record) = (&one_candidate.record, &other_candidate.record);
    let first_repository = |provider: Provider<'_>| {
        graph.candidates[provider.package].repositories.first().copied().unwrap_or(usize::MAX)
    };
    a.selectable
        .cmp(&b.selectable)
        .then(a.merged_before.cmp(&b.merged_before))
        .then(b.conflicts.cmp(&a.conflicts))
        .then(a.tag_allowed.cmp(&b.tag_allowed))
        .then(a.tag_preferred.cmp(&b.tag_preferred))
        .then(one_candidate.installed.cmp(&other_candidate.installed))
        .then(one_candidate.preferred.cmp(&other_candidate.preferred))
        .then_with(|| match (one.version, other.version) {
            (Some(a), Some(b)) => compare(a, b),
            // With and without a version are equal: the priority decides.
            _ => Ordering::Equal,
        })
        .then_with(|| match one_record.name == other_record.name {
            true => compare(&one_record.version, &other_record.version),
            false => Ordering::Equal,
        })
        .then(one_record.priority.cmp(&other_record.priority))
        .then_with(|| first_repository(other).cmp(&first_repository(one)))
}
