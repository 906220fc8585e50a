//! The behaviour of the layer writer: threads, cache, failures, memory.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fourply_blob::{
    BlobError, Category, Codec, FragmentCache, Key, Meta, NoCache, TRAILER, layer_key, validate_layer,
    write_layer,
};
use rayon::prelude::*;
use support::{
    CODECS, MemoryCache, custom, decompress, entries, file, noise, path, sample, text, with_threads, write,
};

#[test]
fn threads_and_cache_decide_no_byte() {
    for codec in CODECS {
        let (expected, blob) = write(&sample(), codec, &NoCache);
        validate_layer(expected.as_slice(), &blob).unwrap();
        for threads in [1, 2, 4, 9] {
            let cache = MemoryCache::default();
            for round in ["cold", "warm"] {
                let again = with_threads(threads, || write(&sample(), codec, &cache));
                assert!(again == (expected.clone(), blob), "{codec}, {threads} threads, {round} cache");
            }
        }
    }
}

#[test]
fn no_fragments_are_an_end_of_the_archive() {
    for codec in CODECS {
        let (bytes, blob) = write(&[], codec, &NoCache);
        assert_eq!(decompress(&bytes, codec), TRAILER);
        assert_eq!(validate_layer(bytes.as_slice(), &blob).unwrap(), Default::default());
        assert_eq!(
            write(&[entries([])], codec, &NoCache),
            (bytes, blob),
            "an empty fragment leaves no trace"
        );
    }
}

#[test]
fn a_warm_cache_saves_all_compression() {
    let cache = MemoryCache::default();
    write(&sample(), Codec::Gzip, &cache);
    // two small fragments, and one of 5.1 MB in chunks of 1 MiB
    assert_eq!(cache.take_puts(), 2 + 5);
    write(&sample(), Codec::Gzip, &cache);
    assert_eq!(cache.take_puts(), 0);
    write(&sample()[1..], Codec::Gzip, &cache);
    assert_eq!(cache.take_puts(), 0, "a piece does not depend on its layer");
    write(&sample(), Codec::Zstd, &cache);
    assert_eq!(cache.take_puts(), 2 + 2, "another codec shares nothing, and has chunks of 4 MiB");
    write(&sample(), Codec::ZstdRelease, &cache);
    assert_eq!(cache.take_puts(), 2 + 2, "nor another level");
}

#[test]
fn spoiled_pieces_are_made_anew() {
    let cache = MemoryCache::default();
    let expected = write(&sample(), Codec::Gzip, &cache);
    let spoil: [fn(&mut Vec<u8>); 4] =
        [Vec::clear, |piece| piece.truncate(8), |piece| piece[0] ^= 1, |piece| piece[7] ^= 1];
    for change in spoil {
        cache.change_all(change);
        cache.take_puts();
        assert!(write(&sample(), Codec::Gzip, &cache) == expected);
        assert_eq!(cache.take_puts(), 7);
    }
}

/// A fragment with an incomplete key is a bug. It costs time, but never gives a layer with wrong digests.
#[test]
fn a_key_that_covers_too_little_gives_no_wrong_layer() {
    let cache = MemoryCache::default();
    for content in ["one", "two"] {
        let fragment =
            custom("same", move |tar| tar.bytes(&path("f"), &Meta::file(false, 0, 0), content.as_bytes()));
        let (bytes, blob) = write(&[fragment], Codec::Zstd, &cache);
        validate_layer(bytes.as_slice(), &blob).unwrap();
        let plain = decompress(&bytes, Codec::Zstd);
        assert!(plain.windows(3).any(|three| three == content.as_bytes()));
    }
}

#[test]
fn the_key_of_a_layer_covers_fragments_order_and_codec() {
    let sample = sample();
    let turned: Vec<_> = sample.iter().rev().cloned().collect();
    let keys = [
        layer_key(&sample, Codec::Gzip),
        layer_key(&sample, Codec::Zstd),
        layer_key(&sample, Codec::ZstdRelease),
        layer_key(&sample[..2], Codec::Gzip),
        layer_key(&turned, Codec::Gzip),
    ];
    let distinct: std::collections::BTreeSet<Key> = keys.into_iter().collect();
    assert_eq!(distinct.len(), keys.len());
    assert_eq!(layer_key(&sample, Codec::Gzip), keys[0]);
}

#[test]
fn many_layers_at_once_in_a_small_pool() {
    let fragments = sample();
    let expected = write(&fragments, Codec::Zstd, &NoCache);
    for threads in [1, 2] {
        let all: Vec<_> = with_threads(threads, || {
            (0..6).into_par_iter().map(|_| write(&sample(), Codec::Zstd, &NoCache)).collect()
        });
        assert!(all.iter().all(|layer| *layer == expected));
    }
}

#[test]
fn a_path_of_two_fragments_is_refused() {
    let one = entries([("a/f".to_owned(), file(text(10)))]);
    let other = entries([("a/f".to_owned(), file(text(11)))]);
    let below = entries([("a/f/g".to_owned(), file(text(11)))]);
    let error = write_layer(&[one.clone(), other], Codec::Gzip, &NoCache, &mut io::sink()).unwrap_err();
    assert_eq!(error.to_string(), "\"a/f\" is in the layer twice");
    assert_eq!(error.category(), Category::User);
    let error = write_layer(&[one, below], Codec::Gzip, &NoCache, &mut io::sink()).unwrap_err();
    assert!(matches!(error, BlobError::NotADirectory { .. }), "{error}");
}

/// A long fragment: failures elsewhere must end it.
fn endless(length: u64) -> Arc<dyn fourply_blob::Fragment> {
    custom("endless", move |tar| {
        tar.file(&path("endless"), &Meta::file(false, 0, 0), length, &mut io::repeat(7))
    })
}

#[test]
fn a_full_disk_ends_the_writing() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for threads in [1, 4] {
        let write = || write_layer(&[endless(1 << 50)], Codec::Zstd, &NoCache, &mut Full(5000));
        let error = with_threads(threads, write).unwrap_err();
        let BlobError::Write { source } = &error else { panic!("{error}") };
        assert_eq!((source.kind(), error.category()), (io::ErrorKind::StorageFull, Category::Outside));
    }
}

#[test]
fn a_cache_that_fails_ends_the_writing() {
    struct Full;
    impl FragmentCache for Full {
        fn get(&self, _: &Key) -> Option<Vec<u8>> {
            None
        }
        fn put(&self, _: &Key, _: &[u8]) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    let error = write_layer(&[endless(1 << 50)], Codec::Gzip, &Full, &mut io::sink()).unwrap_err();
    assert!(matches!(error, BlobError::Cache { .. }), "{error}");
}

#[test]
fn a_fragment_that_fails_says_why() {
    let failing = custom("failing", |tar| {
        tar.bytes(&path("f"), &Meta::file(false, 0, 0), &noise(3, 3 << 20))?;
        Err(BlobError::fragment(Category::Outside, "the pack is gone"))
    });
    let error =
        write_layer(&[sample()[0].clone(), failing], Codec::Gzip, &NoCache, &mut io::sink()).unwrap_err();
    assert_eq!(error.category(), Category::Outside);
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the pack is gone");
}

#[test]
fn panics_of_others_are_passed_on() {
    struct Broken;
    impl FragmentCache for Broken {
        fn get(&self, _: &Key) -> Option<Vec<u8>> {
            panic!("a mistake in the cache")
        }
        fn put(&self, _: &Key, _: &[u8]) -> io::Result<()> {
            Ok(())
        }
    }
    let fragment = custom("broken", |_| panic!("a mistake in the fragment"));
    let write = |fragment, cache: &dyn FragmentCache| {
        let write = || write_layer(&[fragment], Codec::Gzip, cache, &mut io::sink());
        catch_unwind(AssertUnwindSafe(write)).is_err()
    };
    assert!(write(fragment, &NoCache));
    assert!(write(endless(1 << 30), &Broken));
}

/// Noise keeps its length when compressed, so the bytes given minus the bytes written are the bytes held.
#[test]
fn little_is_held_of_a_large_fragment() {
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    static MOST: AtomicU64 = AtomicU64::new(0);
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    struct Noise(Vec<u8>);
    impl io::Read for Noise {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(self.0.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            let given = GIVEN.fetch_add(length as u64, Ordering::SeqCst) + length as u64;
            MOST.fetch_max(given - WRITTEN.load(Ordering::SeqCst).min(given), Ordering::SeqCst);
            Ok(length)
        }
    }
    struct Count;
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            WRITTEN.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let length = 80 << 20;
    let large = custom("large", move |tar| {
        let mut noise = io::Read::take(Noise(noise(4, 1 << 16)), length);
        tar.file(&path("large"), &Meta::file(false, 0, 0), length, &mut noise)
    });
    // A single frame finds its noise again, because it looks back beyond a chunk. So its output does not show what it
    // holds.
    for codec in [Codec::Gzip, Codec::GzipSingle] {
        [&GIVEN, &MOST, &WRITTEN].iter().for_each(|count| count.store(0, Ordering::SeqCst));
        let blob = write_layer(std::slice::from_ref(&large), codec, &NoCache, &mut Count).unwrap();
        assert!(blob.diff_size > length);
        let most = MOST.load(Ordering::SeqCst) >> 20;
        assert!((1..=29).contains(&most), "{codec}: {most} MiB were held");
    }
}
