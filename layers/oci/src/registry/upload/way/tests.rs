#![allow(clippy::unwrap_used)]

use super::*;

const MIB: u64 = 1 << 20;

fn status(code: u16) -> RegistryError {
    RegistryError::Status {
        what: "push".into(),
        status: StatusCode::from_u16(code).unwrap(),
        errors: Vec::new(),
        host: "r.example".into(),
        registry: "r.example".into(),
        retry_after: None,
    }
}

fn cut() -> RegistryError {
    RegistryError::Stalled {
        what: "push".into(),
        host: "r.example".into(),
        lapse: fourply_store::Lapse::Silent { after: std::time::Duration::from_secs(1) },
    }
}

#[test]
fn one_request_is_the_rule() {
    for size in [0, 1, 5_000 * MIB] {
        assert_eq!(UploadPlan::new(size, None, None).way(), Way::Whole);
    }
    assert_eq!(UploadPlan::new(100, Some(100), None).way(), Way::Whole);
    assert_eq!(UploadPlan::new(101, Some(100), None).way(), Way::Chunks(100));
}

#[test]
fn a_body_that_is_too_large_is_cut_smaller_and_smaller() {
    let mut plan = UploadPlan::new(200 * MIB, None, None);
    let mut sizes = Vec::new();
    while plan.failed(&status(413)) {
        sizes.push(plan.body() / MIB);
    }
    assert_eq!(sizes, [64, 16, 4, 1]);
    // Some registries answer "range not satisfiable" to a chunk that is too large.
    let mut plan = UploadPlan::new(10 * MIB, Some(4 * MIB), None);
    assert!(plan.failed(&status(416)) && plan.way() == Way::Chunks(MIB));
    // Smaller than the first sizes, and smaller than all.
    let mut plan = UploadPlan::new(10 * MIB, None, None);
    assert!(plan.failed(&status(413)));
    assert_eq!(plan.way(), Way::Chunks(4 * MIB));
    assert!(!UploadPlan::new(MIB, None, None).failed(&status(413)));
    // The user's own chunk size may be too large as well. A user who disables chunks gets none.
    let mut plan = UploadPlan::new(200 * MIB, Some(20 * MIB), None);
    assert!(plan.failed(&status(413)));
    assert_eq!(plan.way(), Way::Chunks(16 * MIB));
    assert!(!UploadPlan::new(200 * MIB, Some(0), None).failed(&status(413)));
}

#[test]
fn what_was_refused_is_known_to_the_next_blob() {
    assert_eq!(UploadPlan::new(200 * MIB, None, Some(100 * MIB)).way(), Way::Chunks(64 * MIB));
    assert_eq!(UploadPlan::new(99 * MIB, None, Some(100 * MIB)).way(), Way::Whole);
    assert_eq!(UploadPlan::new(200 * MIB, Some(50 * MIB), Some(16 * MIB)).way(), Way::Chunks(4 * MIB));
}

#[test]
fn a_large_blob_whose_line_breaks_goes_on_in_chunks() {
    let mut plan = UploadPlan::new(200 * MIB, None, None);
    for busy in [429, 500, 503] {
        assert!(!plan.failed(&status(busy)) && plan.way() == Way::Whole);
    }
    let mut slow = plan;
    assert!(!plan.failed(&cut()) && plan.way() == Way::Chunks(16 * MIB));
    assert!(!slow.failed(&status(504)) && slow.way() == Way::Chunks(16 * MIB));
    let mut small = UploadPlan::new(16 * MIB, None, None);
    assert!(!small.failed(&cut()) && small.way() == Way::Whole);
    let mut never = UploadPlan::new(200 * MIB, Some(0), None);
    assert!(!never.failed(&cut()) && never.way() == Way::Whole);
}

#[test]
fn a_registry_without_chunks_gets_the_whole_again() {
    let mut plan = UploadPlan::new(200 * MIB, None, None);
    plan.failed(&cut());
    assert!(plan.failed(&status(405)) && plan.way() == Way::Whole);
    // And no more chunks.
    assert!(!plan.failed(&cut()) && plan.way() == Way::Whole);
    // A blob that was too large is not sent whole again. A blob that the user wants in chunks is not sent whole.
    let mut plan = UploadPlan::new(200 * MIB, None, None);
    assert!(plan.failed(&status(413)) && !plan.failed(&status(405)));
    assert!(!UploadPlan::new(200 * MIB, Some(MIB), None).failed(&status(405)));
}
