//! Fragments → chunks, several fragments at once.
//!
//! In: the fragments, in order. Out: for each one a [`Stream`] of its chunks. A chunk ends when it has the codec's
//! number of bytes or the fragment ends, and nowhere else. A budget limits how far fragments are read ahead of their
//! turn.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::IntoIter;

use super::budget::{Budget, Permit};
use super::buffers::{Buffer, Buffers};
use crate::tar::Names;
use crate::{BlobError, Codec, Fragment, Key, TarWriter};

/// The memory of a waiting chunk in addition to its bytes: its key and queue entries.
pub(super) const OVERHEAD: usize = 512;

/// The bytes of a chunk, read ahead.
pub(super) struct Bytes {
    pub(super) buffer: Buffer,
    _permit: Permit,
}

/// The bytes of a fragment's chunks, in order; an error comes last.
pub(super) type Stream = Receiver<Result<Bytes, BlobError>>;

type StreamEnd = Sender<Result<Bytes, BlobError>>;

/// A fragment that waits for a reader.
struct Unread {
    fragment: Arc<dyn Fragment>,
    names: Names,
    place: usize,
    to: StreamEnd,
}

/// Reads one fragment after the other, in parallel with other readers.
#[derive(Clone)]
pub(super) struct Reader {
    codec: Codec,
    ahead: Arc<Budget>,
    buffers: Arc<Buffers>,
    unread: Arc<Mutex<IntoIter<Unread>>>,
}

impl Reader {
    /// A reader, to be cloned for each thread, and the key and stream of each fragment.
    ///
    /// The earliest unfinished fragment always has a reader, because readers take fragments in order. So a consumer
    /// that takes the streams in order, and announces its turns to the budget, never waits forever.
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

    /// Reads until no fragment is left.
    pub(super) fn run(self) {
        loop {
            let next = self.unread.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(Unread { fragment, names, place, to }) = next else { return };
            let mut cutter = Cutter::new(&self, place, &to, fragment.size_hint());
            let written = fragment.write_to(&mut TarWriter::with_names(&mut cutter, names));
            let ended = written.and_then(|()| cutter.end().map_err(|source| BlobError::Write { source }));
            if let Err(error) = ended {
                // the stream was abandoned because of an error elsewhere
                let _ = to.send(Err(error));
            }
        }
    }
}

/// Cuts the written bytes into chunks.
struct Cutter<'a> {
    reader: &'a Reader,
    place: usize,
    to: &'a StreamEnd,
    buffer: Buffer,
    /// The fragment's estimate of the remaining bytes: only for buffer sizes.
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

/// The error of a part of the pipeline after another part failed. Only the other error is reported.
pub(super) fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the writing of the layer was stopped")
}
