#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn parts_lie_below_what_they_belong_to_and_work_at_once_in_rows_of_its_own() {
    let mut lanes = Lanes::default();
    let build = lanes.begin("build".into(), None, at(0));
    let one = lanes.begin("one".into(), Some(build), at(1));
    let two = lanes.begin("two".into(), Some(build), at(2));
    let of_two = lanes.begin("of two".into(), Some(two), at(3));
    lanes.release(one, at(4));
    let three = lanes.begin("three".into(), Some(build), at(5));
    for span in [of_two, two, three, build] {
        lanes.release(span, at(6));
    }
    let rows: Vec<(String, usize)> =
        lanes.events(at(9)).into_iter().map(|event| (event.name, event.lane)).collect();
    let expected = [("build", 0), ("one", 0), ("two", 1), ("of two", 1), ("three", 0)];
    assert_eq!(rows, expected.map(|(name, row)| (name.to_owned(), row)));
}

#[test]
fn a_span_ends_after_its_parts_and_what_is_open_ends_with_the_recording() {
    let mut lanes = Lanes::default();
    let build = lanes.begin("build".into(), None, at(0));
    let part = lanes.begin("part".into(), Some(build), at(1));
    lanes.keep(build);
    lanes.release(build, at(2));
    lanes.release(build, at(3));
    let open = lanes.events(at(4));
    assert_eq!(open.iter().map(|event| event.ended).collect::<Vec<_>>(), [at(4), at(4)]);
    lanes.release(part, at(5));
    let closed = lanes.events(at(9));
    assert_eq!(closed.iter().map(|event| event.ended).collect::<Vec<_>>(), [at(5), at(5)]);
    assert_eq!(closed.last().unwrap().parent, Some(build));
    // What it is a part of is over: a span of its own.
    let late = lanes.begin("late".into(), Some(build), at(6));
    lanes.release(late, at(7));
    assert_eq!(lanes.events(at(9)).last().unwrap().parent, None);
}
