//! What listens to spans: the spans of this program's own crates, none of others, whose fields hold requests. In: spans, the clock. Out: events. Of a
//! field only `of` is taken, which tells whose work it is; passwords of URLs in it are masked.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event as TracingEvent, Metadata, Subscriber};
use tracing_core::span::Current;

use super::lanes::{Event, Lanes, SpanId};
use crate::report::masked;

/// See the module.
#[derive(Clone)]
pub(super) struct Recorder(Arc<Shared>);

struct Shared {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lanes: Lanes,
    /// By the number of the span, from 1.
    metadata: Vec<&'static Metadata<'static>>,
}

thread_local! {
    /// The spans that this thread is in, the innermost last.
    static IN: RefCell<Vec<SpanId>> = const { RefCell::new(Vec::new()) };
}

fn innermost() -> Option<SpanId> {
    IN.with_borrow(|inside| inside.last().copied())
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder(Arc::new(Shared { began: Instant::now(), state: Mutex::default() }))
    }
}

impl Recorder {
    /// What was recorded until now.
    pub(super) fn events(&self) -> Vec<Event> {
        self.state().lanes.events(self.0.began.elapsed())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber for Recorder {
    /// The crates of the program are all called `fourply` or `fourply_…`.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("fourply")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut name = Name(span.metadata().name().to_owned());
        span.record(&mut name);
        let parent = match span.parent() {
            Some(parent) => Some(parent.into_u64()),
            None if span.is_contextual() => innermost(),
            None => None,
        };
        let mut state = self.state();
        state.metadata.push(span.metadata());
        // Under the lock: what has a later number never begins earlier.
        let now = self.0.began.elapsed();
        Id::from_u64(state.lanes.begin(masked(&name.0).into_owned(), parent, now))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &TracingEvent<'_>) {}

    fn enter(&self, span: &Id) {
        IN.with_borrow_mut(|inside| inside.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        IN.with_borrow_mut(|inside| {
            if let Some(at) = inside.iter().rposition(|id| *id == span.into_u64()) {
                inside.remove(at);
            }
        });
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.state().lanes.keep(id.into_u64());
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut state = self.state();
        let now = self.0.began.elapsed();
        state.lanes.release(id.into_u64(), now)
    }

    fn current_span(&self) -> Current {
        let Some(id) = innermost() else { return Current::none() };
        let at = usize::try_from(id - 1).ok();
        let metadata = at.and_then(|at| self.state().metadata.get(at).copied());
        metadata.map_or_else(Current::none, |metadata| Current::new(Id::from_u64(id), metadata))
    }
}

/// The name of a span with whose work it is: `script services/auth build`.
struct Name(String);

impl Visit for Name {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "of" {
            // Writing into a String cannot fail.
            let _ = write!(self.0, " {value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
