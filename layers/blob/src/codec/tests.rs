use std::io::Read;

use super::{Codec, Compressor, LIBDEFLATE};

const ALL: [Codec; 3] = [Codec::Gzip, Codec::Zstd, Codec::ZstdRelease];

fn compress(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::new();
    Compressor::new(codec).unwrap().compress(bytes, &mut to).unwrap();
    to
}

/// Text that compresses well and ends with bytes that do not.
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
        used.compress(&sample(1 << 20), &mut Vec::new()).unwrap();
        let mut to = b"before".to_vec();
        used.compress(&sample(3000), &mut to).unwrap();
        assert!(to == [b"before".as_slice(), &compress(codec, &sample(3000))].concat(), "{codec}");
    }
}

#[test]
fn names_go_both_ways() {
    for codec in ALL {
        assert_eq!(codec.to_string().parse::<Codec>().unwrap(), codec);
        assert_eq!(serde_json::from_str::<Codec>(&serde_json::to_string(&codec).unwrap()).unwrap(), codec);
    }
    assert!("GZIP".parse::<Codec>().unwrap_err().to_string().contains("GZIP"));
}

/// The version is part of cache keys, and the library cannot be asked for it.
#[test]
fn the_version_of_libdeflate_is_the_pinned_one() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let pinned =
        lock.split("name = \"libdeflate-sys\"\nversion = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(pinned.starts_with(&format!("{LIBDEFLATE}.")), "Cargo.lock has libdeflate-sys {pinned}");
}
