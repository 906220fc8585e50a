use std::io::Read;

use super::{Codec, Compressor, LIBDEFLATE, Total, ZLIB_RS};

const ALL: [Codec; 3] = [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease];

fn compress(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::new();
    Compressor::new(codec).unwrap().compress_piece(bytes, None, &mut to).unwrap();
    to
}

/// Text that compresses well, followed by incompressible bytes.
fn sample(length: usize) -> Vec<u8> {
    let text = (0..).flat_map(|n: u32| format!("line {}\n", n / 3).into_bytes());
    let noise = (0_u32..).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
    text.take(length / 2).chain(noise.take(length - length / 2)).collect()
}

#[test]
fn a_gzip_member_tells_neither_time_nor_name_nor_system() {
    let member = compress(Codec::Gzip, b"hello");
    // RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system
    assert_eq!(&member[..10], b"\x1f\x8b\x08\0\0\0\0\0\0\xff");
    assert_eq!(member[member.len() - 4..], 5_u32.to_le_bytes());
}

#[test]
fn a_zstd_frame_tells_its_length_and_nothing_else() {
    for codec in [Codec::Zstd, Codec::ZstdRelease] {
        for length in [1, 255, 256, 65_791, 65_792, 4 << 20] {
            let frame = compress(codec, &sample(length));
            assert_eq!(&frame[..4], b"\x28\xb5\x2f\xfd");
            // RFC 8878, 3.1.1.1.1: nothing reserved or unused, no checksum, no dictionary
            assert_eq!(frame[4] & 0b0001_1111, 0, "{length}");
            let known = zstd::zstd_safe::get_frame_content_size(&frame).unwrap();
            assert_eq!(known, Some(length as u64));
        }
    }
}

#[test]
fn other_libraries_read_it() {
    for length in [1, 100, 5000, 1 << 20] {
        let bytes = sample(length);
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(compress(Codec::Gzip, &bytes).as_slice())
            .read_to_end(&mut back)
            .unwrap();
        assert!(back == bytes, "gzip of {length} bytes");
        for codec in [Codec::Zstd, Codec::ZstdRelease] {
            assert!(
                zstd::decode_all(compress(codec, &bytes).as_slice()).unwrap() == bytes,
                "{codec} of {length} bytes"
            );
        }
    }
}

#[test]
fn a_used_compressor_gives_the_same_bytes() {
    for codec in ALL {
        let mut used = Compressor::new(codec).unwrap();
        used.compress_piece(&sample(1 << 20), None, &mut Vec::new()).unwrap();
        let mut to = b"before".to_vec();
        used.compress_piece(&sample(3000), None, &mut to).unwrap();
        assert!(to == [b"before".as_slice(), &compress(codec, &sample(3000))].concat(), "{codec}");
    }
}

#[test]
fn names_go_both_ways() {
    for codec in Codec::ALL {
        assert_eq!(codec.to_string().parse::<Codec>().unwrap(), codec);
        assert_eq!(serde_json::from_str::<Codec>(&serde_json::to_string(&codec).unwrap()).unwrap(), codec);
    }
    assert!("GZIP".parse::<Codec>().unwrap_err().to_string().contains("GZIP"));
}

/// The bytes of a layer in chunks of this size.
fn single(codec: Codec, bytes: &[u8], chunk: usize) -> Vec<u8> {
    let mut compressor = Compressor::new(codec).unwrap();
    let mut to = codec.head().to_vec();
    let total = Total { crc: libdeflater::crc32(bytes), size: bytes.len() as u64 };
    let count = bytes.chunks(chunk).count();
    for (index, part) in bytes.chunks(chunk).enumerate() {
        compressor.compress_piece(part, (index + 1 == count).then_some(total), &mut to).unwrap();
    }
    to
}

#[test]
fn chunks_decide_no_byte_of_a_single_frame() {
    let bytes = sample(3 << 20);
    for codec in [Codec::ZstdSingle, Codec::ZstdReleaseSingle] {
        let whole = single(codec, &bytes, bytes.len());
        for chunk in [1 << 10, 100_003, 1 << 17, 1 << 20] {
            assert!(single(codec, &bytes, chunk) == whole, "{codec} in chunks of {chunk}");
        }
        assert!(zstd::bulk::decompress(&whole, 4 << 20).unwrap() == bytes, "{codec}");
    }
}

#[test]
fn a_single_member_is_read_by_what_reads_one() {
    for chunk in [1 << 10, 1 << 20] {
        let bytes = sample(3 << 20);
        let mut back = Vec::new();
        let member = single(Codec::GzipSingle, &bytes, chunk);
        let mut reader = flate2::bufread::GzDecoder::new(member.as_slice());
        reader.read_to_end(&mut back).unwrap();
        assert!(back == bytes && reader.into_inner().is_empty(), "chunks of {chunk}");
        // libdeflate reads one member and needs its size.
        let mut decompressor = libdeflater::Decompressor::new();
        assert_eq!(decompressor.gzip_decompress(&member, &mut back), Ok(bytes.len()));
    }
}

/// The buffer must have room for incompressible data.
#[test]
fn noise_fits_into_a_segment() {
    let noise: Vec<u8> = (0_u64..1 << 20)
        .map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(n | 1) >> 32) as u8)
        .collect();
    for length in [0, 1, 3, 1000, 65_535, 65_536, noise.len()] {
        let member = single(Codec::GzipSingle, &noise[..length.max(1)], 1 << 20);
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(member.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == noise[..length.max(1)], "{length}");
    }
}

/// The versions are part of cache keys, and the libraries do not report them.
#[test]
fn the_versions_of_libraries_are_the_pinned_ones() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let pinned = |name: &str| {
        let behind = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).unwrap();
        behind.split('"').next().unwrap().to_owned()
    };
    let libdeflate = pinned("libdeflate-sys");
    assert!(libdeflate.starts_with(&format!("{LIBDEFLATE}.")), "Cargo.lock has libdeflate-sys {libdeflate}");
    assert_eq!(pinned("zlib-rs"), ZLIB_RS);
}
