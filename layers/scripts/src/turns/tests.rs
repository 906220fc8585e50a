#![allow(clippy::unwrap_used)]

use std::sync::Barrier;

use super::*;

fn waits(lists: &[&[usize]]) -> Vec<BTreeSet<usize>> {
    lists.iter().map(|list| list.iter().copied().collect()).collect()
}

#[test]
fn each_comes_after_those_that_it_waits_for() {
    let waits = waits(&[&[], &[0], &[], &[1, 2], &[0]]);
    for threads in [1, 2, 8] {
        let order = Mutex::new(Vec::new());
        in_turns(&waits, threads, &|number| {
            order.lock().unwrap().push(number);
            true
        });
        let order = order.into_inner().unwrap();
        assert_eq!(order.len(), 5, "{order:?}");
        for (at, number) in order.iter().enumerate() {
            assert!(waits[*number].iter().all(|before| order[..at].contains(before)), "{order:?}");
        }
    }
}

#[test]
fn those_that_wait_for_nothing_run_at_once() {
    // Neither ends before both have begun.
    let both = Barrier::new(2);
    in_turns(&waits(&[&[], &[]]), 2, &|_| {
        both.wait();
        true
    });
}

#[test]
fn nothing_begins_after_a_failure() {
    let ran = Mutex::new(Vec::new());
    in_turns(&waits(&[&[], &[], &[1]]), 1, &|number| {
        ran.lock().unwrap().push(number);
        number != 1
    });
    assert_eq!(ran.into_inner().unwrap(), [0, 1]);
}
