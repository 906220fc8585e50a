#![allow(clippy::unwrap_used)]

use std::sync::Barrier;

use super::at_once;

#[test]
fn items_are_worked_on_at_the_same_time_and_results_keep_their_order() {
    // Each waits for the other two: one after the other, this would never end.
    let barrier = Barrier::new(3);
    let met = at_once(&[3, 1, 2], 3, |item| {
        barrier.wait();
        Ok::<i32, ()>(item * 10)
    });
    assert_eq!(met, Ok(vec![30, 10, 20]));
}

#[test]
fn nothing_is_begun_after_an_error() {
    let begun = std::sync::Mutex::new(Vec::new());
    let met = at_once(&[1, 2, 3], 1, |item| {
        begun.lock().unwrap().push(*item);
        if *item == 2 { Err(*item) } else { Ok(()) }
    });
    assert_eq!((met, begun.into_inner().unwrap()), (Err(2), vec![1, 2]));
}

#[test]
fn nothing_to_do_is_nothing_done() {
    assert_eq!(at_once(&[], 4, |(): &()| Ok::<(), ()>(())), Ok(Vec::new()));
}
