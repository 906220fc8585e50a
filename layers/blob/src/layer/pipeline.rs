//! The threads that make a layer, and what flows between them.
//!
//! ```text
//!                       ┌─ hash ──────────────────────────────► diff_id
//! fragments ─ cut ──────┤
//!             (chunks)  └─ compress ×n ─ (pieces, in order) ─► write: digest, out
//! ```
//!
//! The queue of the writer holds, for every chunk in order, the place where its piece will appear; so pieces may be made in
//! any order. The budget bounds what lies in all queues.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};
use std::{io, panic};

use super::budget::{Budget, CloseAtEnd};
use super::cut::{cut_all, stopped};
use super::piece::{Chunk, Piece};
use crate::codec::Compressor;
use crate::{BlobError, Codec, Digest, DigestWriter, Fragment, FragmentCache, LayerBlob};

/// How many bytes of chunks may be on their way.
const IN_FLIGHT: usize = 32 << 20;

type Made = Result<Piece, BlobError>;

/// A chunk, and where its piece is awaited.
struct Job {
    chunk: Arc<Chunk>,
    reply: Sender<Made>,
}

/// The three queues that a chunk goes to.
pub(super) struct Outlets {
    hash: Sender<Arc<Chunk>>,
    compress: Sender<Job>,
    write: Sender<Receiver<Made>>,
}

impl Outlets {
    /// Sends one chunk on its way; fails once one of the receivers has gone.
    pub(super) fn send(&self, chunk: Chunk) -> io::Result<()> {
        let chunk = Arc::new(chunk);
        let (reply, made) = channel();
        self.write.send(made).map_err(|_| stopped())?;
        self.hash.send(Arc::clone(&chunk)).map_err(|_| stopped())?;
        self.compress.send(Job { chunk, reply }).map_err(|_| stopped())
    }
}

pub(super) fn run(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    cache: &dyn FragmentCache,
    out: &mut dyn Write,
) -> Result<LayerBlob, BlobError> {
    let budget = Budget::new(IN_FLIGHT);
    let (hash, to_hash) = channel();
    let (compress, to_compress) = channel();
    let (write, to_write) = channel();
    let outlets = Outlets { hash, compress, write };
    let jobs = Mutex::new(to_compress);
    scope(|threads| {
        let _close = CloseAtEnd(&budget);
        let hashing = start(threads, "hash", move || hash_all(to_hash))?;
        // more would find no chunk to compress
        for _ in 0..rayon::current_num_threads().min(IN_FLIGHT / codec.chunk()) {
            let compressor = Compressor::new(codec)?;
            start(threads, "compress", || compress_all(&jobs, compressor, cache, &budget))?;
        }
        let cutting = start(threads, "cut", {
            let budget = &budget;
            move || cut_all(fragments, codec, budget, &outlets)
        })?;
        let (digest, size) = write_all(to_write, out)?;
        join(cutting)?;
        let (diff_id, diff_size) = join(hashing);
        Ok(LayerBlob { digest, diff_id, size, diff_size, codec })
    })
}

/// The digest and the number of all uncompressed bytes.
fn hash_all(chunks: Receiver<Arc<Chunk>>) -> (Digest, u64) {
    let mut hasher = DigestWriter::new(io::sink());
    for chunk in chunks {
        // a sink takes everything
        let _ = hasher.write_all(&chunk.bytes);
    }
    let (_, diff_id, diff_size) = hasher.into_parts();
    (diff_id, diff_size)
}

/// Makes pieces until no chunk will come any more.
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
            // a writer that has gone says why itself
            let _ = reply.send(Piece::of(&chunk, &mut compressor, cache));
        }
    }
}

/// Writes the pieces in order; gives the digest and the number of their bytes.
fn write_all(pieces: Receiver<Receiver<Made>>, out: &mut dyn Write) -> Result<(Digest, u64), BlobError> {
    let mut out = DigestWriter::new(out);
    for piece in pieces {
        let piece = piece.recv().map_err(|_| BlobError::Lost)??;
        out.write_all(piece.compressed()).map_err(|source| BlobError::Write { source })?;
    }
    out.flush().map_err(|source| BlobError::Write { source })?;
    let (_, digest, size) = out.into_parts();
    Ok((digest, size))
}

fn start<'scope, T: Send + 'scope>(
    threads: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>, BlobError> {
    let thread = Builder::new().name(format!("layer-{name}"));
    thread.spawn_scoped(threads, work).map_err(|source| BlobError::Threads { source })
}

/// What a thread has come to; a panic goes on here.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|cause| panic::resume_unwind(cause))
}
