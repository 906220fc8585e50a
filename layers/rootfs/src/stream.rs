//! Compressed streams: detected by their first bytes, read, and written as gzip. In: bytes of unknown format. Out: the
//! uncompressed bytes, or gzip that is the same for the same input on every host. This module does not know tar.

use std::io::{self, BufRead, Read, Write};

use fourply_blob::{Cause, Digest, DigestWriter};
use libdeflater::{CompressionLvl, Compressor};
use rayon::prelude::*;

use crate::error::{Result, RootfsError};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Not compressed, or in an unknown format.
    Plain,
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
    Xz,
}

impl Form {
    /// By the magic number at the start.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame, as at the start of formats related to zstd:chunked and eStargz.
            [low, 0x2a, 0x4d, 0x18, ..] if (0x50..=0x5f).contains(low) => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ => Self::Plain,
        }
    }
}

/// The most memory for an xz stream, in KiB: twice what `xz -9` needs.
const XZ_MEMORY: u32 = 128 * 1024;
/// The most bytes that one layer or archive may unpack to.
const MAX_PLAIN: u64 = 64 << 30;

/// The uncompressed bytes of a stream, whatever its format. Reading fails beyond `MAX_PLAIN` bytes.
///
/// # Errors
/// The first bytes cannot be read.
pub fn plain<'r>(mut reader: impl BufRead + Send + 'r) -> io::Result<(Form, Box<dyn Read + Send + 'r>)> {
    let form = Form::of(reader.fill_buf()?);
    let decoded: Box<dyn Read + Send + 'r> = match form {
        Form::Plain => Box::new(reader),
        Form::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        Form::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
        Form::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, XZ_MEMORY)),
    };
    Ok((form, Box::new(Bounded { reader: decoded, left: MAX_PLAIN })))
}

/// Fails on a stream that exceeds a limit.
struct Bounded<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(format!("it unpacks to more than {MAX_PLAIN} bytes"))),
        }
        Ok(count)
    }
}

/// Hashes the bytes read through it.
pub struct Hashing<R> {
    reader: R,
    digest: DigestWriter<io::Sink>,
}

impl<R: Read> Hashing<R> {
    /// Begins to hash.
    pub fn new(reader: R) -> Self {
        Self { reader, digest: DigestWriter::new(io::sink()) }
    }

    /// Reads the rest, and returns the digest and length in bytes of the whole.
    ///
    /// # Errors
    /// Reading fails.
    pub fn finish(mut self) -> io::Result<(Digest, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        let (_, digest, size) = self.digest.into_parts();
        Ok((digest, size))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.digest.write_all(buffer.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}

/// Uncompressed bytes in each gzip member, as in fourply's own layers.
const MEMBER: usize = 1 << 20;
/// libdeflate's level, as in fourply's own layers.
const LEVEL: i32 = 6;

/// Compresses all of `reader` into gzip members of `MEMBER` uncompressed bytes each, so that the bytes do not depend
/// on the number of cores. Returns the digest of the uncompressed bytes.
///
/// # Errors
/// `reader` or `out` fails.
pub fn gzip(reader: impl Read, out: &mut dyn Write) -> Result<Digest> {
    let mut reader = Hashing::new(reader);
    let batch = rayon::current_num_threads() * 2;
    let mut written = false;
    loop {
        let members = (0..batch).map(|_| member(&mut reader)).collect::<io::Result<Vec<_>>>()?;
        let last = members.iter().any(|member| member.len() < MEMBER);
        let members: Vec<_> = members.into_iter().filter(|member| !member.is_empty()).collect();
        let packed = members.par_iter().map(|member| pack(member)).collect::<Result<Vec<_>>>()?;
        packed.iter().try_for_each(|member| out.write_all(member))?;
        written |= !packed.is_empty();
        if last {
            break;
        }
    }
    if !written {
        // Empty input gives one empty member, not an empty file.
        out.write_all(&pack(&[])?)?;
    }
    Ok(reader.finish()?.0)
}

fn member(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MEMBER as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let failed = |reason: Cause| RootfsError::Gzip { reason };
    let level = CompressionLvl::new(LEVEL).map_err(|error| failed(format!("{error:?}").into()))?;
    let mut compressor = Compressor::new(level);
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut packed).map_err(|error| failed(error.into()))?;
    packed.truncate(length);
    Ok(packed)
}

#[cfg(test)]
mod tests;
