//! Reused buffers for chunks. Recently written memory causes no page faults, and a layer's memory stays that of its
//! first chunks, however large the layer is.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Below this size in bytes, the allocator itself is fast enough.
const SMALL: usize = 64 << 10;

/// The most bytes of unused buffers.
const KEPT: usize = 8 << 20;

/// The unused buffers.
#[derive(Default)]
pub(super) struct Buffers(Mutex<Free>);

#[derive(Default)]
struct Free {
    /// The oldest first.
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Buffers {
    /// An empty buffer with room for `length` bytes, and at most four times as many.
    pub(super) fn take(self: &Arc<Self>, length: usize) -> Buffer {
        let waiting = if length < SMALL { None } else { self.waiting(length) };
        let bytes = waiting.unwrap_or_else(|| Vec::with_capacity(length));
        Buffer { bytes, from: Arc::clone(self) }
    }

    fn waiting(&self, length: usize) -> Option<Vec<u8>> {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |buffer: &Vec<u8>| (length..=4 * length).contains(&buffer.capacity());
        let at = free.waiting.iter().rposition(fits)?;
        let found = free.waiting.remove(at)?;
        free.bytes -= found.capacity();
        Some(found)
    }

    fn give(&self, mut bytes: Vec<u8>) {
        if bytes.capacity() < SMALL {
            return;
        }
        bytes.clear();
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.bytes += bytes.capacity();
        free.waiting.push_back(bytes);
        while free.bytes > KEPT {
            let Some(oldest) = free.waiting.pop_front() else { return };
            free.bytes -= oldest.capacity();
        }
    }
}

/// Bytes in a buffer, which is reused after they are dropped.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    from: Arc<Buffers>,
}

impl Buffer {
    /// Adds bytes. Without enough room, a buffer of twice the size replaces this one, but never one above `most` bytes,
    /// the size of a full buffer.
    pub(super) fn extend(&mut self, bytes: &[u8], most: usize) {
        let length = self.bytes.len() + bytes.len();
        if length > self.bytes.capacity() {
            let mut larger = self.from.take((2 * self.bytes.capacity()).min(most).max(length));
            larger.bytes.extend_from_slice(&self.bytes);
            std::mem::swap(self, &mut larger);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Its size in bytes, filled or not.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.from.give(std::mem::take(&mut self.bytes));
    }
}
