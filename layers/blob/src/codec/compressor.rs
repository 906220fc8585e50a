//! Compresses one piece of a layer. In: the bytes of a chunk, and whether it is the last of its layer. Out: a gzip
//! member, a zstd frame, or the next part of the layer's only one.

use std::io::Write as _;

use flate2::{Compress, Compression, FlushCompress, Status};
use libdeflater::{CompressionLvl, Compressor as Deflate};
use zstd::bulk::Compressor as Zstandard;
use zstd::stream::write::Encoder;
use zstd::zstd_safe::CParameter;

use super::Codec;
use crate::BlobError;

/// The totals of a layer's uncompressed bytes, which the trailer of a single gzip member contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Total {
    /// Their CRC-32.
    pub(crate) crc: u32,
    /// Their number.
    pub(crate) size: u64,
}

/// The header of a gzip member: RFC 1952, 2.3, without flags, time and system, as libdeflate writes it.
const GZIP_HEAD: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
/// An empty, final deflate block: RFC 1951, 3.2.3, with the fixed codes.
const LAST_BLOCK: [u8; 2] = [3, 0];

impl Codec {
    /// The bytes before the first piece of a layer.
    pub(crate) const fn head(self) -> &'static [u8] {
        match self {
            Self::GzipSingle => GZIP_HEAD,
            _ => &[],
        }
    }
}

/// A compressor with its memory, for one thread.
pub struct Compressor {
    state: State,
    /// The buffer for a result before it is cut to size. It is reused, because it is as large as the largest piece.
    scratch: Vec<u8>,
}

enum State {
    Gzip(Box<Deflate>),
    GzipSingle(Compress),
    Zstd(Zstandard<'static>),
    /// The open frame, if any.
    ZstdSingle(i32, Option<Encoder<'static, Vec<u8>>>),
}

impl Compressor {
    /// Creates the compressor of this codec, at its level.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new(codec: Codec) -> Result<Self, BlobError> {
        let state = match codec {
            Codec::Gzip => State::Gzip(Box::new(Deflate::new(
                CompressionLvl::new(codec.level())
                    .map_err(|error| failure("libdeflate", 0, format!("{error:?}")))?,
            ))),
            Codec::GzipSingle => {
                State::GzipSingle(Compress::new(Compression::new(codec.level().unsigned_abs()), false))
            }
            Codec::Zstd | Codec::ZstdRelease => {
                State::Zstd(zstd_compressor(codec.level()).map_err(|error| failure("zstd", 0, error))?)
            }
            Codec::ZstdSingle | Codec::ZstdReleaseSingle => State::ZstdSingle(codec.level(), None),
        };
        Ok(Self { state, scratch: Vec::new() })
    }

    /// Appends one gzip member or zstd frame with all of `bytes` to `to`. For codecs with one of these per piece.
    ///
    /// # Errors
    /// The compressor fails.
    pub fn compress(&mut self, bytes: &[u8], to: &mut Vec<u8>) -> Result<(), BlobError> {
        self.compress_piece(bytes, None, to)
    }

    /// Appends the piece with all of `bytes` to `to`; `end` is set for the last piece of a layer.
    pub(crate) fn compress_piece(
        &mut self,
        bytes: &[u8],
        end: Option<Total>,
        to: &mut Vec<u8>,
    ) -> Result<(), BlobError> {
        let length = match &mut self.state {
            State::Gzip(deflate) => {
                let bound = deflate.gzip_compress_bound(bytes.len());
                deflate
                    .gzip_compress(bytes, room(&mut self.scratch, bound))
                    .map_err(|error| failure("libdeflate", bytes.len(), error))?
            }
            State::GzipSingle(deflate) => segment(deflate, bytes, &mut self.scratch)?,
            State::Zstd(zstd) => {
                let bound = zstd::zstd_safe::compress_bound(bytes.len());
                zstd.compress_to_buffer(bytes, room(&mut self.scratch, bound))
                    .map_err(|error| failure("zstd", bytes.len(), error))?
            }
            State::ZstdSingle(level, frame) => {
                return stream(*level, frame, bytes, end.is_some(), to)
                    .map_err(|error| failure("zstd", bytes.len(), error));
            }
        };
        to.extend_from_slice(self.scratch.get(..length).unwrap_or_default());
        if let (State::GzipSingle(_), Some(Total { crc, size })) = (&self.state, end) {
            to.extend(LAST_BLOCK);
            to.extend(crc.to_le_bytes());
            // RFC 1952, 2.3.1: modulo 2^32
            to.extend((size as u32).to_le_bytes());
        }
        Ok(())
    }
}

/// Deflate blocks that refer to no earlier data and end at a byte boundary, so that others may follow: a flush, RFC
/// 1951, 3.2.4.
fn segment(deflate: &mut Compress, bytes: &[u8], scratch: &mut Vec<u8>) -> Result<usize, BlobError> {
    let failed = |reason: &str| failure("zlib-rs", bytes.len(), reason);
    deflate.reset();
    // more than deflate needs for incompressible data
    let bound = bytes.len() + bytes.len() / 8 + 1024;
    let status = deflate
        .compress(bytes, room(scratch, bound), FlushCompress::Sync)
        .map_err(|error| failed(&error.to_string()))?;
    if status != Status::Ok || deflate.total_in() != bytes.len() as u64 {
        return Err(failed("it did not consume all input"));
    }
    usize::try_from(deflate.total_out()).map_err(|_| failed("it produced too much output"))
}

/// The next part of a frame: the library's output for these bytes.
fn stream(
    level: i32,
    frame: &mut Option<Encoder<'static, Vec<u8>>>,
    bytes: &[u8],
    ends: bool,
    to: &mut Vec<u8>,
) -> std::io::Result<()> {
    let mut encoder = match frame.take() {
        Some(begun) => begun,
        None => {
            let mut encoder = Encoder::new(Vec::new(), level)?;
            encoder.set_parameter(CParameter::ChecksumFlag(false))?;
            encoder.set_parameter(CParameter::DictIdFlag(false))?;
            encoder
        }
    };
    encoder.write_all(bytes)?;
    if ends {
        encoder.do_finish()?;
    }
    to.append(encoder.get_mut());
    *frame = Some(encoder).filter(|_| !ends);
    Ok(())
}

/// Frames state the length of their content. They have neither a checksum (the layer's digest covers every byte) nor a
/// dictionary number.
fn zstd_compressor(level: i32) -> std::io::Result<Zstandard<'static>> {
    let mut zstd = Zstandard::new(level)?;
    zstd.set_parameter(CParameter::ContentSizeFlag(true))?;
    zstd.set_parameter(CParameter::ChecksumFlag(false))?;
    zstd.set_parameter(CParameter::DictIdFlag(false))?;
    Ok(zstd)
}

/// Exactly `length` bytes of buffer, so that spare room cannot influence the compressor.
fn room(scratch: &mut Vec<u8>, length: usize) -> &mut [u8] {
    if scratch.len() < length {
        scratch.resize(length, 0);
    }
    scratch.get_mut(..length).unwrap_or_default()
}

fn failure(compressor: &'static str, length: usize, reason: impl ToString) -> BlobError {
    BlobError::Compress { compressor, length, reason: reason.to_string() }
}
