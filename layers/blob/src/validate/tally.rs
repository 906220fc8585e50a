//! A reader that hashes and counts bytes, and stops at a limit.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::Digest;

pub(super) struct Tally<R> {
    inner: R,
    hasher: Sha256,
    count: u64,
    limit: u64,
}

impl<R: Read> Tally<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self { inner, hasher: Sha256::new(), count: 0, limit }
    }

    /// The number of bytes read.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether there were more bytes than the limit.
    pub(super) fn is_over(&self) -> bool {
        self.count > self.limit
    }

    /// The digest and number of the bytes read.
    pub(super) fn finish(self) -> (Digest, u64) {
        (Digest::from_bytes(self.hasher.finalize().into()), self.count)
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_over() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than recorded"));
        }
        let read = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        self.count += read as u64;
        Ok(read)
    }
}
