//! Events → JSON. Source of the format: "Trace Event Format" of Chromium's catapult project: complete events (`ph` is `X`) with `ts` and `dur` in
//! microseconds. The process is always 1, and a row is a thread of it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::lanes::Event;

const PROCESS: u32 = 1;

/// The document of a trace.
pub(super) fn of(events: &[Event]) -> Value {
    let rows: BTreeSet<usize> = events.iter().map(|event| event.lane).collect();
    let named = |row: &usize| metadata("thread_name", *row, if *row == 0 { "fourply" } else { "at once" });
    let order = |row: &usize| json!({ "ph": "M", "name": "thread_sort_index", "pid": PROCESS, "tid": row + 1, "args": { "sort_index": row } });
    let head = [metadata("process_name", 0, "fourply")].into_iter();
    let rows = rows.iter().flat_map(|row| [named(row), order(row)]);
    let all: Vec<Value> = head.chain(rows).chain(events.iter().map(complete)).collect();
    json!({ "displayTimeUnit": "ms", "traceEvents": all })
}

fn metadata(what: &str, row: usize, name: &str) -> Value {
    json!({ "ph": "M", "name": what, "pid": PROCESS, "tid": row + 1, "args": { "name": name } })
}

fn complete(event: &Event) -> Value {
    // Both ends are rounded alike, so that a part stays inside of what it belongs to.
    let (began, ended) = (microseconds(event.began), microseconds(event.ended));
    json!({
        "ph": "X",
        "name": event.name,
        "cat": event.name.split(' ').next().unwrap_or_default(),
        "ts": began,
        "dur": ended.saturating_sub(began),
        "pid": PROCESS,
        "tid": event.lane + 1,
        "args": { "span": event.id, "part of": event.parent },
    })
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
