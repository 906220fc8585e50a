//! Fragments → chunks, several fragments at once.
//!
//! In: the fragments, in order. Out: for each one a [`Stream`] of its chunks. A chunk ends where it has as many bytes as the
//! codec says or the fragment ends, and nowhere else. What is read ahead of the fragment whose turn it is, a budget bounds.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::IntoIter;

use super::budget::{Budget, Permit};
use super::buffers::{Buffer, Buffers};
use crate::tar::Names;
use crate::{BlobError, Codec, Fragment, Key, TarWriter};

/// What a waiting chunk costs beside its bytes: its key and its places in queues.
pub(super) const OVERHEAD: usize = 512;

/// The bytes of a chunk, read ahead.
pub(super) struct Bytes {
    pub(super) buffer: Buffer,
    _permit: Permit,
}

/// The bytes of a fragment's chunks, in order; an error is the last of them.
pub(super) type Stream = Receiver<Result<Bytes, BlobError>>;

type StreamEnd = Sender<Result<Bytes, BlobError>>;

/// A fragment that waits for its reader.
struct Unread {
    fragment: Arc<dyn Fragment>,
    names: Names,
    place: usize,
    to: StreamEnd,
}

/// Reads one fragment after the other, side by side with other readers.
#[derive(Clone)]
pub(super) struct Reader {
    codec: Codec,
    ahead: Arc<Budget>,
    buffers: Arc<Buffers>,
    unread: Arc<Mutex<IntoIter<Unread>>>,
}

impl Reader {
    /// A reader, to be cloned for each thread, and the key and the stream of each fragment.
    ///
    /// The earliest fragment that is not finished always has a reader, as all of them take fragments in order: who takes the
    /// streams in order, and tells the budget so, never waits in vain.
    pub(super) fn new(
        fragments: &[Arc<dyn Fragment>],
        codec: Codec,
        ahead: &Arc<Budget>,
    ) -> (Self, Vec<(Key, Stream)>) {
        let names = Names::default();
        let (mut unread, mut streams) = (Vec::new(), Vec::new());
        for (place, fragment) in fragments.iter().enumerate() {
            let (to, stream) = channel();
            streams.push((fragment.key(), stream));
            unread.push(Unread { fragment: Arc::clone(fragment), names: names.for_run(place), place, to });
        }
        let (ahead, buffers) = (Arc::clone(ahead), Arc::default());
        (Self { codec, ahead, buffers, unread: Arc::new(Mutex::new(unread.into_iter())) }, streams)
    }

    fn buffer(&self, expected: u64) -> Buffer {
        self.buffers.take(usize::try_from(expected).unwrap_or(usize::MAX).min(self.codec.chunk()))
    }

    /// Reads until there is nothing left.
    pub(super) fn run(self) {
        loop {
            let next = self.unread.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(Unread { fragment, names, place, to }) = next else { return };
            let mut cutter = Cutter::new(&self, place, &to, fragment.size_hint());
            let written = fragment.write_to(&mut TarWriter::with_names(&mut cutter, names));
            let ended = written.and_then(|()| cutter.end().map_err(|source| BlobError::Write { source }));
            if let Err(error) = ended {
                // a stream that nobody takes any more was given up for an error elsewhere
                let _ = to.send(Err(error));
            }
        }
    }
}

/// Cuts the bytes that are written to it.
struct Cutter<'a> {
    reader: &'a Reader,
    place: usize,
    to: &'a StreamEnd,
    buffer: Buffer,
    /// How many bytes are still to come, as the fragment estimates: only for the size of buffers.
    expected: u64,
}

impl<'a> Cutter<'a> {
    fn new(reader: &'a Reader, place: usize, to: &'a StreamEnd, expected: u64) -> Self {
        Self { reader, place, to, buffer: reader.buffer(expected), expected }
    }

    fn end(mut self) -> io::Result<()> {
        if self.buffer.is_empty() { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> io::Result<()> {
        let permit = self.reader.ahead.take(self.place, self.buffer.capacity() + OVERHEAD);
        let permit = permit.ok_or_else(stopped)?;
        self.expected = self.expected.saturating_sub(self.buffer.len() as u64);
        let buffer = std::mem::replace(&mut self.buffer, self.reader.buffer(self.expected));
        self.to.send(Ok(Bytes { buffer, _permit: permit })).map_err(|_| stopped())
    }
}

impl Write for Cutter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let chunk = self.reader.codec.chunk();
        let taken = bytes.len().min(chunk - self.buffer.len());
        self.buffer.extend(bytes.get(..taken).unwrap_or_default(), chunk);
        if self.buffer.len() == chunk {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a part of the pipeline is told when another one has failed: that other error is the one that is reported.
pub(super) fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the writing of the layer was stopped")
}
