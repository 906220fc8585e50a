//! A writer that hashes what passes. In: bytes, on their way to another writer. Out: both, and a hash of just the bytes that the writer took.

use std::io::{self, Write};

/// Passes bytes on to `out`, and those that it took to `hasher`.
#[derive(Debug)]
pub(crate) struct HashingWriter<W, H> {
    pub out: W,
    pub hasher: H,
}

impl<W: Write, H: Write> Write for HashingWriter<W, H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.write_all(bytes.get(..count).unwrap_or_default())?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
