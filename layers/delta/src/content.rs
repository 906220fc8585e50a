//! A blob's bytes, in memory or in a part of a file. In: an offset and a length. Out: exactly those bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// The bytes of one blob, with random access from several threads.
#[derive(Debug, Clone)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// `length` bytes of a file, starting at `start`.
    File {
        /// The open file.
        file: Arc<File>,
        /// The blob's offset in it, in bytes.
        start: u64,
        /// The blob's size in bytes.
        length: u64,
    },
}

impl Content {
    /// The size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File { length, .. } => *length,
        }
    }

    /// Exactly `length` bytes, starting at `at`.
    ///
    /// # Errors
    /// If there are fewer bytes, or the file cannot be read.
    pub fn read(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = at.checked_add(length as u64).filter(|end| *end <= self.size());
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        match self {
            Content::Bytes(bytes) => {
                let (from, to) = (usize::try_from(at), usize::try_from(end));
                let part = from.ok().zip(to.ok()).and_then(|(from, to)| bytes.get(from..to));
                Ok(part.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
            }
            Content::File { file, start, .. } => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, start.checked_add(at).ok_or(io::ErrorKind::InvalidInput)?)?;
                Ok(bytes)
            }
        }
    }

    /// A reader that starts at the first byte.
    pub(crate) fn reader(&self) -> impl BufRead + '_ {
        BufReader::with_capacity(1 << 17, Sequential { content: self, at: 0 })
    }
}

struct Sequential<'c> {
    content: &'c Content,
    at: u64,
}

impl Read for Sequential<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.content.size().saturating_sub(self.at);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let bytes = self.content.read(self.at, count)?;
        self.at += count as u64;
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        Ok(count)
    }
}
