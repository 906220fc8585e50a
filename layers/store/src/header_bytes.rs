//! A size limit for an archive's headers: the crate `tar` reads long names and extended headers into memory. In: the
//! archive's bytes. Out: the same bytes, or an error if the headers of one entry are too large.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The most bytes before the content of one entry: its header, its extended headers, and the padding of the previous
/// content.
const MOST: u64 = 1 << 20;

/// The bytes that headers may still read.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeaderBytes {
    /// For the headers of one entry; `None` while content is read.
    left: Rc<Cell<Option<u64>>>,
    total: Rc<Cell<u64>>,
}

impl HeaderBytes {
    /// Wraps the reader of the archive.
    pub(crate) fn watch<R>(&self, reader: R) -> Watched<R> {
        Watched { reader, bytes: self.clone() }
    }

    /// Reads the next header.
    pub(crate) fn bounded<T>(&self, next: impl FnOnce() -> T) -> T {
        self.left.set(Some(MOST));
        let value = next();
        self.left.set(None);
        value
    }

    /// The number of bytes read so far.
    pub(crate) fn total(&self) -> u64 {
        self.total.get()
    }
}

/// The reader of [`HeaderBytes::watch`].
pub(crate) struct Watched<R> {
    reader: R,
    bytes: HeaderBytes,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let read = count as u64;
        self.bytes.total.set(self.bytes.total.get().saturating_add(read));
        if let Some(left) = self.bytes.left.get() {
            let left = left.checked_sub(read);
            let too_much =
                || io::Error::other(format!("the headers of one entry have more than {MOST} bytes"));
            self.bytes.left.set(Some(left.ok_or_else(too_much)?));
        }
        Ok(count)
    }
}
