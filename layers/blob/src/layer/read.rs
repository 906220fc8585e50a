//! Fragments → chunks, several fragments at once.
//!
//! In: the fragments, in order. Out: for each one a [`Stream`] of its chunks. A chunk ends where it has as many bytes as the
//! codec says or the fragment ends, and nowhere else. A stream holds nothing: who reads a fragment has one chunk in hand
//! until it is taken, so what is read ahead is one chunk for each reader.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::IntoIter;

use crate::tar::Names;
use crate::{BlobError, Codec, Fragment, Key, TarWriter};

/// The bytes of a chunk, in order; an error is the last of them.
pub(super) type Stream = Receiver<Result<Vec<u8>, BlobError>>;

type StreamEnd = SyncSender<Result<Vec<u8>, BlobError>>;

/// A fragment that waits for its reader.
struct Unread {
    fragment: Arc<dyn Fragment>,
    names: Names,
    to: StreamEnd,
}

/// Reads one fragment after the other, side by side with other readers.
#[derive(Clone)]
pub(super) struct Reader {
    codec: Codec,
    unread: Arc<Mutex<IntoIter<Unread>>>,
}

impl Reader {
    /// A reader, to be cloned for each thread, and the key and the stream of each fragment.
    ///
    /// The earliest fragment that is not finished always has a reader, as all of them take fragments in order: who takes the
    /// streams in order never waits in vain.
    pub(super) fn new(fragments: &[Arc<dyn Fragment>], codec: Codec) -> (Self, Vec<(Key, Stream)>) {
        let names = Names::default();
        let (mut unread, mut streams) = (Vec::new(), Vec::new());
        for (run, fragment) in fragments.iter().enumerate() {
            let (to, stream) = sync_channel(0);
            streams.push((fragment.key(), stream));
            unread.push(Unread { fragment: Arc::clone(fragment), names: names.for_run(run), to });
        }
        (Self { codec, unread: Arc::new(Mutex::new(unread.into_iter())) }, streams)
    }

    /// Reads until there is nothing left.
    pub(super) fn run(self) {
        loop {
            let next = self.unread.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(Unread { fragment, names, to }) = next else { return };
            if let Err(error) = read(fragment.as_ref(), names, self.codec, &to) {
                // a stream that nobody takes any more was given up for an error elsewhere
                let _ = to.send(Err(error));
            }
        }
    }
}

fn read(fragment: &dyn Fragment, names: Names, codec: Codec, to: &StreamEnd) -> Result<(), BlobError> {
    let mut cutter = Cutter::new(codec.chunk(), fragment.size_hint(), to);
    fragment.write_to(&mut TarWriter::with_names(&mut cutter, names))?;
    cutter.end().map_err(|source| BlobError::Write { source })
}

/// Cuts the bytes that are written to it.
struct Cutter<'a> {
    chunk: usize,
    bytes: Vec<u8>,
    to: &'a StreamEnd,
    /// How many bytes are still to come, as the fragment estimates: only for the size of allocations.
    expected: u64,
}

impl<'a> Cutter<'a> {
    fn new(chunk: usize, expected: u64, to: &'a StreamEnd) -> Self {
        Self { chunk, bytes: buffer(chunk, expected), to, expected }
    }

    fn end(mut self) -> io::Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> io::Result<()> {
        self.expected = self.expected.saturating_sub(self.bytes.len() as u64);
        let mut bytes = std::mem::replace(&mut self.bytes, buffer(self.chunk, self.expected));
        if bytes.len() < bytes.capacity() / 2 {
            bytes.shrink_to_fit();
        }
        self.to.send(Ok(bytes)).map_err(|_| stopped())
    }
}

impl Write for Cutter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.chunk - self.bytes.len());
        self.bytes.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if self.bytes.len() == self.chunk {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn buffer(chunk: usize, expected: u64) -> Vec<u8> {
    Vec::with_capacity(usize::try_from(expected).unwrap_or(usize::MAX).min(chunk))
}

/// What a part of the pipeline is told when another one has failed: that other error is the one that is reported.
pub(super) fn stopped() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the writing of the layer was stopped")
}
