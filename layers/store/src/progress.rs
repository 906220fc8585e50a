//! How long work tells that it goes on. The store knows nothing of terminals.

/// Told by whatever takes long.
pub trait Progress: Sync {
    /// A piece of work starts; `total` items, where known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// The same, where the items are bytes.
    fn begin_bytes(&self, what: &str, total: u64) {
        self.begin(what, Some(total));
    }
    /// So many more items are done.
    fn advance(&self, count: u64);
    /// The piece of work is over.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, _count: u64) {}
    fn end(&self) {}
}
