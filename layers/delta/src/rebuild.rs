//! A delta and its sources → the blob. In: a parsed delta, the bytes of its sources. Out: the blob's bytes. Their
//! digest is checked at the end: the receiver must not use them before. The format bounds the memory, whatever the
//! delta claims.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use fourply_blob::{Compressor, Digest, DigestWriter};

use crate::content::Content;
use crate::error::DeltaError;
use crate::patch;
use crate::predict::predict;
use crate::recipe::{Delta, HEAD, Patch, Piece};
use crate::sources::member;

/// The bytes of a source that are copied at once.
const COPIED: u64 = 1 << 20;

/// Writes the blob that a delta produces.
///
/// # Errors
/// If a source or an encoder is missing, or the delta is damaged. The written bytes must then be discarded.
pub fn rebuild(
    delta: &Delta,
    sources: &BTreeMap<Digest, Content>,
    out: &mut dyn Write,
) -> Result<(), DeltaError> {
    let target = delta.recipe.target;
    let mut rebuild = Rebuild::new(delta, sources, out)?;
    for piece in &delta.recipe.pieces {
        rebuild.piece(piece)?;
    }
    let (_, found, size) = rebuild.out.into_parts();
    match found == target.digest && size == target.size {
        true => Ok(()),
        false => Err(DeltaError::Rebuilt { expected: target.digest, found }),
    }
}

struct Rebuild<'r> {
    delta: &'r Delta,
    contents: Vec<&'r Content>,
    compressors: Vec<Compressor>,
    out: DigestWriter<&'r mut dyn Write>,
    /// The number of bytes that may still be written.
    room: u64,
    patches: std::slice::Iter<'r, Patch>,
    /// The offset of the next patch's frame.
    frame: u64,
    plain: Vec<u8>,
    /// The number of bytes of `plain` that were used.
    taken: usize,
    scratch: Vec<u8>,
}

impl<'r> Rebuild<'r> {
    fn new(
        delta: &'r Delta,
        sources: &'r BTreeMap<Digest, Content>,
        out: &'r mut dyn Write,
    ) -> Result<Rebuild<'r>, DeltaError> {
        let recipe = &delta.recipe;
        let mut contents = Vec::new();
        for source in &recipe.sources {
            let content = sources.get(&source.digest).filter(|content| content.size() == source.size);
            contents.push(content.ok_or(DeltaError::Source(source.digest))?);
        }
        let mut compressors = Vec::new();
        for encoder in &recipe.encoders {
            let codec = encoder.codec().ok_or_else(|| DeltaError::Encoder(encoder.clone()))?;
            compressors.push(Compressor::new(codec)?);
        }
        Ok(Rebuild {
            delta,
            contents,
            compressors,
            out: DigestWriter::new(out),
            room: recipe.target.size,
            patches: recipe.patches.iter(),
            frame: HEAD as u64,
            plain: Vec::new(),
            taken: 0,
            scratch: Vec::new(),
        })
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), DeltaError> {
        match *piece {
            Piece::Raw { source, mut at, mut length } => {
                let content =
                    *self.contents.get(source).ok_or(DeltaError::Malformed("it names no source"))?;
                while length > 0 {
                    let count = length.min(COPIED);
                    self.write(&content.read(at, count as usize)?)?;
                    (at, length) = (at + count, length - count);
                }
                Ok(())
            }
            Piece::Plain { length } => {
                let range = self.take(length)?;
                let plain = std::mem::take(&mut self.plain);
                self.write(plain.get(range).unwrap_or_default())?;
                self.plain = plain;
                Ok(())
            }
            Piece::Made { encoder, length } => {
                let range = self.take(length)?;
                let compressor = self.compressors.get_mut(encoder);
                let compressor = compressor.ok_or(DeltaError::Malformed("it names no encoder"))?;
                let mut made = std::mem::take(&mut self.scratch);
                made.clear();
                compressor.compress(self.plain.get(range).unwrap_or_default(), &mut made)?;
                self.write(&made)?;
                self.scratch = made;
                Ok(())
            }
        }
    }

    /// The range of the next `length` bytes of the patches, all in one patch.
    fn take(&mut self, length: usize) -> Result<std::ops::Range<usize>, DeltaError> {
        if self.taken == self.plain.len() && length > 0 {
            self.next_patch()?;
        }
        let end = self.taken + length;
        if end > self.plain.len() {
            return Err(DeltaError::Malformed("a member of it is in two patches"));
        }
        Ok(std::mem::replace(&mut self.taken, end)..end)
    }

    fn next_patch(&mut self) -> Result<(), DeltaError> {
        let patch = self.patches.next().ok_or(DeltaError::Malformed("it has too few patches"))?;
        let mut dictionary = Vec::new();
        for part in &patch.dictionary {
            let content =
                *self.contents.get(part.source).ok_or(DeltaError::Malformed("it names no source"))?;
            let digest = self.delta.recipe.sources.get(part.source).map(|source| source.digest);
            let digest = digest.ok_or(DeltaError::Malformed("it names no source"))?;
            let mut plain = member(content, &digest, part)?;
            predict(&mut plain, &self.delta.recipe.renames, &mut BTreeSet::new());
            dictionary.extend_from_slice(&plain);
        }
        let frame = self.delta.content.read(self.frame, patch.frame)?;
        self.frame += patch.frame as u64;
        let plain = patch::decompress(&frame, &dictionary, patch.length);
        self.plain = plain.ok_or(DeltaError::Malformed("a patch of it is damaged"))?;
        self.taken = 0;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), DeltaError> {
        let room = self.room.checked_sub(bytes.len() as u64);
        self.room = room.ok_or(DeltaError::Malformed("it makes more than its blob has"))?;
        Ok(self.out.write_all(bytes)?)
    }
}
