//! Buffers of chunks, which go round: memory that was written to a moment ago costs no page faults, and what a layer takes stays what its
//! first chunks took, however large it is.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Below this many bytes, the allocator itself is as good.
const SMALL: usize = 64 << 10;

/// How many bytes wait for use at most.
const KEPT: usize = 8 << 20;

/// Where buffers that nobody uses wait.
#[derive(Default)]
pub(super) struct Buffers(Mutex<Free>);

#[derive(Default)]
struct Free {
    /// The oldest first.
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Buffers {
    /// An empty buffer with room for `length` bytes, and for no more than four times as many.
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

/// Bytes in a buffer, which goes back when they are dropped.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    from: Arc<Buffers>,
}

impl Buffer {
    /// Adds bytes. Where there is no room, a buffer of twice the size takes this one's place, but none of more than `most` bytes, which is
    /// what a full buffer has.
    pub(super) fn extend(&mut self, bytes: &[u8], most: usize) {
        let length = self.bytes.len() + bytes.len();
        if length > self.bytes.capacity() {
            let mut larger = self.from.take((2 * self.bytes.capacity()).min(most).max(length));
            larger.bytes.extend_from_slice(&self.bytes);
            std::mem::swap(self, &mut larger);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// What it takes, filled or not.
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
