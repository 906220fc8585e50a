//! The tar bytes of fragments → chunks.
//!
//! A chunk ends where it has as many bytes as the codec says or the fragment ends, and nowhere else.

use std::io::{self, Write};
use std::sync::Arc;

use super::budget::Budget;
use super::piece::{Chunk, piece_key};
use super::pipeline::Outlets;
use crate::tar::Names;
use crate::{BlobError, Codec, Fragment, Key, TRAILER, TarWriter};

/// What a waiting chunk costs beside its bytes: its key and its places in queues.
const OVERHEAD: usize = 512;

/// Sends all chunks of a layer on their way, the end of the archive last.
pub(super) fn cut_all(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    budget: &Arc<Budget>,
    outlets: &Outlets,
) -> Result<(), BlobError> {
    let mut names = Names::default();
    for fragment in fragments {
        names = cut(fragment.as_ref(), names, codec, budget, outlets)?;
    }
    let permit = budget.take(TRAILER.len()).ok_or_else(stopped);
    let send = |permit| outlets.send(Chunk { bytes: TRAILER.to_vec(), key: None, permit: Arc::new(permit) });
    permit.and_then(send).map_err(|source| BlobError::Write { source })
}

fn cut(
    fragment: &dyn Fragment,
    names: Names,
    codec: Codec,
    budget: &Arc<Budget>,
    outlets: &Outlets,
) -> Result<Names, BlobError> {
    let mut cutter = Cutter::new(fragment, codec, budget, outlets);
    let mut tar = TarWriter::resume(&mut cutter as &mut dyn Write, names);
    fragment.write_to(&mut tar)?;
    let names = tar.into_names();
    cutter.end().map_err(|source| BlobError::Write { source })?;
    Ok(names)
}

struct Cutter<'a> {
    key: Key,
    codec: Codec,
    budget: &'a Arc<Budget>,
    outlets: &'a Outlets,
    index: u64,
    bytes: Vec<u8>,
    /// How many bytes are still to come, as the fragment estimates: only for the size of allocations.
    expected: u64,
}

impl<'a> Cutter<'a> {
    fn new(fragment: &dyn Fragment, codec: Codec, budget: &'a Arc<Budget>, outlets: &'a Outlets) -> Self {
        let (key, expected) = (fragment.key(), fragment.size_hint());
        Self { key, codec, budget, outlets, index: 0, bytes: buffer(codec, expected), expected }
    }

    fn end(mut self) -> io::Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> io::Result<()> {
        self.expected = self.expected.saturating_sub(self.bytes.len() as u64);
        let mut bytes = std::mem::replace(&mut self.bytes, buffer(self.codec, self.expected));
        if bytes.len() < bytes.capacity() / 2 {
            bytes.shrink_to_fit();
        }
        let permit = Arc::new(self.budget.take(bytes.capacity() + OVERHEAD).ok_or_else(stopped)?);
        let key = Some(piece_key(self.codec, &self.key, self.index));
        self.index += 1;
        self.outlets.send(Chunk { bytes, key, permit })
    }
}

impl Write for Cutter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.codec.chunk() - self.bytes.len());
        self.bytes.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if self.bytes.len() == self.codec.chunk() {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn buffer(codec: Codec, expected: u64) -> Vec<u8> {
    Vec::with_capacity(usize::try_from(expected).unwrap_or(usize::MAX).min(codec.chunk()))
}

/// What a fragment is told when the pipeline has failed elsewhere: that other error is the one that is reported.
pub(super) fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the writing of the layer was stopped")
}
