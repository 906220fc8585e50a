//! Progress reports of long tasks. The store must not know terminals.

/// Receives progress from long tasks.
pub trait Progress: Sync {
    /// A task starts, with `total` items if known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// The same, if the items are bytes.
    fn begin_bytes(&self, what: &str, total: u64) {
        self.begin(what, Some(total));
    }
    /// `count` more items are done.
    fn advance(&self, count: u64);
    /// The task ends.
    fn end(&self);
}

/// Ignores all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, _count: u64) {}
    fn end(&self) {}
}
