//! Spans that are open, and the rows in which they are drawn. In: beginnings and ends, each with a time. Out: events. A span lies in the row of the span
//! that it is a part of, as long as nothing else does at that moment, else in a row of its own: so what is drawn above an event is what it
//! belongs to, whichever thread did the work. No clock is read here.

use std::collections::BTreeMap;
use std::time::Duration;

/// The number of a span.
pub(super) type SpanId = u64;

/// A span that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub id: SpanId,
    /// The span that it is a part of.
    pub parent: Option<SpanId>,
    pub name: String,
    /// Since the recording began.
    pub began: Duration,
    pub ended: Duration,
    /// The row, from 0.
    pub lane: usize,
}

struct Open {
    name: String,
    parent: Option<SpanId>,
    began: Duration,
    lane: usize,
    /// Handles of the span, and open spans that are parts of it.
    uses: usize,
}

/// See the module.
#[derive(Default)]
pub(super) struct Lanes {
    last: SpanId,
    open: BTreeMap<SpanId, Open>,
    /// For each row its open spans, the outermost first.
    rows: Vec<Vec<SpanId>>,
    done: Vec<Event>,
}

impl Lanes {
    /// Begins a span; a parent that ended already is none.
    pub(super) fn begin(&mut self, name: String, parent: Option<SpanId>, began: Duration) -> SpanId {
        self.last += 1;
        let id = self.last;
        let row = parent.and_then(|parent| {
            let open = self.open.get_mut(&parent)?;
            open.uses += 1;
            Some(open.lane)
        });
        let parent = parent.filter(|_| row.is_some());
        let is_top = |row: &usize| self.rows.get(*row).is_some_and(|row| row.last() == parent.as_ref());
        let lane = row.filter(is_top).unwrap_or_else(|| self.free());
        if let Some(row) = self.rows.get_mut(lane) {
            row.push(id);
        }
        self.open.insert(id, Open { name, parent, began, lane, uses: 1 });
        id
    }

    fn free(&mut self) -> usize {
        self.rows.iter().position(Vec::is_empty).unwrap_or_else(|| {
            self.rows.push(Vec::new());
            self.rows.len() - 1
        })
    }

    /// One more handle of a span.
    pub(super) fn keep(&mut self, id: SpanId) {
        if let Some(open) = self.open.get_mut(&id) {
            open.uses += 1;
        }
    }

    /// One handle less. With its last handle and its last part a span ends, and perhaps what it is a part of. Whether it ended.
    pub(super) fn release(&mut self, id: SpanId, ended: Duration) -> bool {
        let mut next = Some(id);
        while let Some(id) = next {
            let Some(open) = self.open.get_mut(&id) else { break };
            open.uses = open.uses.saturating_sub(1);
            if open.uses > 0 {
                break;
            }
            next = open.parent;
            self.end(id, ended);
        }
        !self.open.contains_key(&id)
    }

    fn end(&mut self, id: SpanId, ended: Duration) {
        let Some(Open { name, parent, began, lane, .. }) = self.open.remove(&id) else { return };
        if let Some(row) = self.rows.get_mut(lane) {
            row.retain(|other| *other != id);
        }
        self.done.push(Event { id, parent, name, began, ended, lane });
    }

    /// All spans in the order in which they began; those that are open end now.
    pub(super) fn events(&self, now: Duration) -> Vec<Event> {
        let open = self.open.iter().map(|(id, open)| Event {
            id: *id,
            parent: open.parent,
            name: open.name.clone(),
            began: open.began,
            ended: now,
            lane: open.lane,
        });
        let mut all: Vec<Event> = self.done.iter().cloned().chain(open).collect();
        all.sort_by_key(|event| event.id);
        all
    }
}

#[cfg(test)]
mod tests;
