//! Shared by the tests of this crate: layers in memory, a cache in memory, a sample with every kind of entry.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fourply_blob::{
    BlobError, Codec, Entry, Fragment, FragmentCache, Key, LayerBlob, LayerPath, Meta, TarWriter, write_layer,
};

pub const CODECS: [Codec; 6] = Codec::ALL;

pub fn path(text: &str) -> LayerPath {
    LayerPath::new(text).unwrap()
}

/// A cache whose pieces can be inspected and damaged.
#[derive(Default)]
pub struct MemoryCache {
    pub pieces: Mutex<BTreeMap<Key, Vec<u8>>>,
    pub puts: AtomicUsize,
}

impl MemoryCache {
    /// The number of pieces put since the last call.
    pub fn take_puts(&self) -> usize {
        self.puts.swap(0, Ordering::Relaxed)
    }

    pub fn change_all(&self, change: impl Fn(&mut Vec<u8>)) {
        self.pieces.lock().unwrap().values_mut().for_each(change);
    }
}

impl FragmentCache for MemoryCache {
    fn get(&self, key: &Key) -> Option<Vec<u8>> {
        self.pieces.lock().unwrap().get(key).cloned()
    }

    fn put(&self, key: &Key, piece: &[u8]) -> io::Result<()> {
        self.puts.fetch_add(1, Ordering::Relaxed);
        self.pieces.lock().unwrap().insert(*key, piece.to_vec());
        Ok(())
    }
}

/// Writes a layer to memory.
pub fn write(
    fragments: &[Arc<dyn Fragment>],
    codec: Codec,
    cache: &dyn FragmentCache,
) -> (Vec<u8>, LayerBlob) {
    let mut bytes = Vec::new();
    let blob = write_layer(fragments, codec, cache, &mut bytes).unwrap();
    (bytes, blob)
}

/// Runs `work` in a pool of `threads`.
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// The uncompressed bytes of a layer, by flate2 and zstd.
pub fn decompress(bytes: &[u8], codec: Codec) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut reader: Box<dyn io::Read + '_> = match codec.is_gzip() {
        true => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        false => Box::new(zstd::stream::read::Decoder::new(bytes).unwrap()),
    };
    reader.read_to_end(&mut plain).unwrap();
    plain
}

type Work = dyn Fn(&mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> + Send + Sync;

/// A fragment with explicit entries; its key covers only `name`.
pub fn custom(
    name: &str,
    write: impl Fn(&mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> + Send + Sync + 'static,
) -> Arc<dyn Fragment> {
    Arc::new(Custom { key: Key::of(name.as_bytes()), write: Box::new(write) })
}

struct Custom {
    key: Key,
    write: Box<Work>,
}

impl Fragment for Custom {
    fn key(&self) -> Key {
        self.key
    }

    fn write_to(&self, tar: &mut TarWriter<&mut dyn Write>) -> Result<(), BlobError> {
        (self.write)(tar)
    }

    fn size_hint(&self) -> u64 {
        0
    }
}

/// `length` incompressible bytes, the same on every host.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// `length` bytes of text.
pub fn text(length: usize) -> Vec<u8> {
    let lines =
        (0_u32..).flat_map(|n| format!("exports.f{} = require('./lib/{}');\n", n, n % 97).into_bytes());
    lines.take(length).collect()
}

pub fn file(bytes: impl Into<Arc<[u8]>>) -> Entry {
    Entry::File { meta: Meta::file(false, 1001, 1001), bytes: bytes.into() }
}

pub fn directory() -> Entry {
    Entry::Directory(Meta::directory(1001, 1001))
}

pub fn symlink(target: &str) -> Entry {
    Entry::Symlink { meta: Meta::symlink(1001, 1001), target: target.to_owned() }
}

pub fn entries(entries: impl IntoIterator<Item = (String, Entry)>) -> Arc<dyn Fragment> {
    let entries = entries.into_iter().map(|(name, entry)| (path(&name), entry)).collect();
    Arc::new(fourply_blob::EntriesFragment::new(entries))
}

/// Three fragments that cover every rule of the format; the last is larger than a chunk of any codec.
pub fn sample() -> Vec<Arc<dyn Fragment>> {
    let named = |name: &str, entry| (name.to_owned(), entry);
    let sizes = [0, 1, 511, 512, 513].map(|size| (format!("app/size-{size}"), file(text(size))));
    let plain = [
        named("app", directory()),
        named("app/link", symlink("../elsewhere")),
        named(&format!("app/{}", "d".repeat(90)), directory()),
        named(&format!("app/{}/{}", "d".repeat(90), "f".repeat(90)), file(text(10))),
        named(&format!("app/{}", "n".repeat(140)), file(text(20))),
        named("app/ünïcödé", directory()),
        named("app/long-link", symlink(&"../target".repeat(20))),
        named("app/blank and\ttab", file(text(30))),
    ];
    let foreign = custom("foreign", |tar| {
        let mut meta = Meta { mode: 0o4755, uid: 5_000_000, gid: 0, mtime: -1, xattrs: BTreeMap::new() };
        tar.bytes(&path("usr/bin/su"), &meta, b"#!/bin/sh\n")?;
        tar.hardlink(&path("usr/bin/su-too"), &meta, &path("usr/bin/su"))?;
        meta.xattrs.insert("security.capability".to_owned(), vec![1, 0, 0, 2, 0, 4, 0, 0]);
        meta.xattrs.insert("security.b".to_owned(), vec![0xff]);
        tar.bytes(&path("usr/bin/ping"), &Meta { mode: 0o755, uid: 0, mtime: 1 << 34, ..meta }, b"ping")
    });
    let mut large = text(3_000_000);
    large.extend(noise(1, 1_400_000));
    let large = entries([
        named("lib", directory()),
        named("lib/large", file(large)),
        named("lib/x", file(noise(2, 700_000))),
    ]);
    vec![entries(plain.into_iter().chain(sizes)), foreign, large]
}
