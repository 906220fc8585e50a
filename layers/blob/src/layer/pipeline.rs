//! The threads that write a layer, and the data flow between them.
//!
//! ```text
//! fragments ─ read ×3 ─ (chunks, in order) ─ hash: diff_id ─┐
//!                                                           └─ compress ×n ─ (pieces, in order) ─ write: digest, out
//! ```
//!
//! The hashing thread takes the streams of the fragments in order, which gives the chunks their order. The writer's
//! queue has, for every chunk in order, a slot for its piece. So pieces may be compressed in any order, except in a
//! single zstd frame, where one thread compresses all parts in order. Budgets limit the queues: one the data that is
//! read ahead, the other everything from the hash on.

use std::io::{self, Write};
use std::panic;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

use tracing::{Span, info_span};

use super::budget::{Budget, CloseAtEnd};
use super::buffers::{Buffer, Buffers};
use super::piece::{Chunk, Piece, piece_key};
use super::read::{OVERHEAD, Reader, Stream, stopped};
use crate::codec::{Compressor, Total};
use crate::{BlobError, Codec, Digest, DigestWriter, Fragment, FragmentCache, Key, LayerBlob, TRAILER};

/// The bytes of chunks between the hash and the writer, at least and at most.
const IN_FLIGHT: (usize, usize) = (8 << 20, 24 << 20);

/// The bytes that may be read ahead: enough for the hash to continue while a reader opens a large package.
const AHEAD: usize = 8 << 20;

/// More readers would only wait: a single one is nearly as fast as SHA-256.
const MOST_READERS: usize = 3;

type Made = Result<Piece, BlobError>;

/// A chunk, and where its piece is expected.
struct Job {
    chunk: Arc<Chunk>,
    reply: Sender<Made>,
}

pub(super) fn run(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    cache: &dyn FragmentCache,
    out: &mut dyn Write,
) -> Result<LayerBlob, BlobError> {
    let threads = rayon::current_num_threads();
    // Two chunks for each compressor, and some that are being written or hashed.
    let in_flight = ((2 * threads + 4) * codec.chunk()).clamp(IN_FLIGHT.0, IN_FLIGHT.1);
    let budget = Budget::new(in_flight, 0);
    let ahead = Budget::new(AHEAD, codec.chunk() + OVERHEAD);
    let (compress, to_compress) = channel();
    let (write, to_write) = channel();
    let jobs = Mutex::new(to_compress);
    let (reader, streams) = Reader::new(fragments, codec, &ahead);
    let here = Span::current();
    scope(|scope| {
        let _close = CloseAtEnd([&budget, &ahead]);
        for _ in 0..threads.min(MOST_READERS) {
            let (reader, span) = (reader.clone(), info_span!(parent: &here, "read"));
            start(scope, "read", move || span.in_scope(|| reader.run()))?;
        }
        drop(reader);
        // more compressors would find no chunk
        let compressors = if codec.in_order() { 1 } else { threads.min(in_flight / codec.chunk()) };
        for _ in 0..compressors {
            let compressor = Compressor::new(codec)?;
            let (jobs, budget, span) = (&jobs, &budget, info_span!(parent: &here, "compress"));
            start(scope, "compress", move || {
                span.in_scope(|| compress_all(jobs, compressor, cache, budget))
            })?;
        }
        let conveyor = Conveyor { codec, budget: &budget, compress, write };
        let ahead = &ahead;
        let span = info_span!(parent: &here, "hash");
        let hashing = start(scope, "hash", move || span.in_scope(|| hash_all(streams, ahead, conveyor)))?;
        let write = || write_all(codec.head(), to_write, out);
        let (digest, size) = info_span!("write").in_scope(write)?;
        let (diff_id, diff_size) = join(hashing)?;
        Ok(LayerBlob { digest, diff_id, size, diff_size, codec })
    })
}

/// The path from the hash to the compressors and the writer.
struct Conveyor<'a> {
    codec: Codec,
    budget: &'a Arc<Budget>,
    compress: Sender<Job>,
    write: Sender<Receiver<Made>>,
}

impl Conveyor<'_> {
    /// Sends one chunk as soon as there is room for it; fails once the writer has ended.
    fn send(&self, bytes: Buffer, key: Option<Key>, end: Option<Total>) -> Result<Arc<Chunk>, BlobError> {
        let stopped = || BlobError::Write { source: stopped() };
        let permit = self.budget.take(0, bytes.capacity() + OVERHEAD).ok_or_else(stopped)?;
        let chunk = Arc::new(Chunk { bytes, key, end, permit: Arc::new(permit) });
        let (reply, made) = channel();
        self.write.send(made).map_err(|_| stopped())?;
        self.compress.send(Job { chunk: Arc::clone(&chunk), reply }).map_err(|_| stopped())?;
        Ok(chunk)
    }
}

/// Sends all chunks of all fragments, and the end of the archive; returns the digest and number of all these bytes.
fn hash_all(
    streams: Vec<(Key, Stream)>,
    ahead: &Budget,
    conveyor: Conveyor<'_>,
) -> Result<(Digest, u64), BlobError> {
    let mut hasher = DigestWriter::new(io::sink());
    let mut crc = libdeflater::Crc::new();
    let mut size = 0;
    let mut count = |bytes: &[u8]| {
        crc.update(bytes);
        size += bytes.len() as u64;
        Total { crc: crc.sum(), size }
    };
    let mut hash = |bytes: &[u8]| hasher.write_all(bytes).map_err(|source| BlobError::Write { source });
    for (place, (fragment, stream)) in streams.into_iter().enumerate() {
        ahead.turn_to(place);
        for (index, bytes) in (0..).zip(stream) {
            let key = || piece_key(conveyor.codec, &fragment, index);
            let buffer = bytes?.buffer;
            count(&buffer);
            hash(&conveyor.send(buffer, (!conveyor.codec.in_order()).then(key), None)?.bytes)?;
        }
    }
    let mut end = Arc::<Buffers>::default().take(TRAILER.len());
    end.extend(&TRAILER, TRAILER.len());
    let total = count(&end);
    hash(&conveyor.send(end, None, Some(total))?.bytes)?;
    let (_, diff_id, diff_size) = hasher.into_parts();
    Ok((diff_id, diff_size))
}

/// Compresses chunks until no more arrive.
fn compress_all(
    jobs: &Mutex<Receiver<Job>>,
    mut compressor: Compressor,
    cache: &dyn FragmentCache,
    budget: &Budget,
) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { chunk, reply }) = job else { return };
        if !budget.is_closed() {
            // if the writer has ended, it reports the reason itself
            let _ = reply.send(Piece::of(&chunk, &mut compressor, cache));
        }
    }
}

/// Writes the pieces in order, after their header; returns the digest and number of the written bytes.
fn write_all(
    head: &[u8],
    pieces: Receiver<Receiver<Made>>,
    out: &mut dyn Write,
) -> Result<(Digest, u64), BlobError> {
    let mut out = DigestWriter::new(out);
    out.write_all(head).map_err(|source| BlobError::Write { source })?;
    for piece in pieces {
        let piece = piece.recv().map_err(|_| BlobError::Lost)??;
        out.write_all(piece.compressed()).map_err(|source| BlobError::Write { source })?;
    }
    out.flush().map_err(|source| BlobError::Write { source })?;
    let (_, digest, size) = out.into_parts();
    Ok((digest, size))
}

fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, BlobError> {
    let thread = Builder::new().name(format!("layer-{name}"));
    thread.spawn_scoped(scope, work).map_err(|source| BlobError::Threads { source })
}

/// The result of a thread. Its panic continues here, like panics of other threads when their scope ends.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|cause| panic::resume_unwind(cause))
}
