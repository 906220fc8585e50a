//! The composition of a blob, as bytes. In: a delta's bytes. Out: its [`Recipe`], with every number within the limits,
//! and the location of its patches. See docs/delta-format.md.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Digest, Encoder};

use crate::bounds;
use crate::content::Content;
use crate::error::DeltaError;
use crate::wire::{Wire, put, put_text};

/// The first seven bytes of a delta; the eighth is the version.
const MAGIC: &[u8; 7] = b"4plydlt";
/// The version of the format.
const VERSION: u8 = 1;
/// The length in bytes of magic and version, which precede the patches.
pub(crate) const HEAD: usize = 8;
/// The length in bytes of the trailing field with the compressed recipe's length.
const TAIL: usize = 4;

/// The identity of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceBlob {
    /// The SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
}

/// The composition of one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipe {
    pub(crate) target: SourceBlob,
    pub(crate) sources: Vec<SourceBlob>,
    pub(crate) encoders: Vec<Encoder>,
    /// Names of folders in the dictionaries, and their replacements.
    pub(crate) renames: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) patches: Vec<Patch>,
}

/// A part of the blob's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes of a source, unchanged.
    Raw { source: usize, at: u64, length: u64 },
    /// The next bytes of the patches, unchanged.
    Plain { length: usize },
    /// The next bytes of the patches, compressed by an encoder.
    Made { encoder: usize, length: usize },
}

/// The next uncompressed bytes, as a zstd frame with members of sources as dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) dictionary: Vec<Part>,
    pub(crate) length: usize,
    /// The length of its frame in bytes.
    pub(crate) frame: usize,
}

/// One member of a source, uncompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) source: usize,
    pub(crate) at: u64,
    pub(crate) length: usize,
    pub(crate) plain: usize,
}

/// A delta whose recipe was parsed and checked.
#[derive(Debug, Clone)]
pub struct Delta {
    pub(crate) recipe: Recipe,
    pub(crate) content: Content,
}

impl Delta {
    /// Parses a delta. Its sources are not read.
    ///
    /// # Errors
    /// If it is not a delta, has another version, or exceeds the format's limits.
    pub fn open(content: Content) -> Result<Delta, DeltaError> {
        let size = content.size();
        let head = content.read(0, HEAD).map_err(|_| DeltaError::Malformed("it is too short"))?;
        match head.split_last() {
            Some((&VERSION, magic)) if magic == MAGIC && size <= bounds::DELTA => {}
            Some((version, magic)) if magic == MAGIC => return Err(DeltaError::Version(*version)),
            _ => return Err(DeltaError::Malformed("it does not begin as one does")),
        }
        let (recipe, at) = read_recipe(&content)?;
        let recipe = Recipe::parse(&recipe, at - HEAD as u64)?;
        Ok(Delta { recipe, content })
    }

    /// The blob that it produces.
    pub fn target(&self) -> SourceBlob {
        self.recipe.target
    }

    /// The blobs that a rebuild needs.
    pub fn sources(&self) -> &[SourceBlob] {
        &self.recipe.sources
    }

    /// The encoders that a rebuild needs.
    pub fn encoders(&self) -> &[Encoder] {
        &self.recipe.encoders
    }
}

/// The recipe's bytes, and the offset of its frame.
fn read_recipe(content: &Content) -> Result<(Vec<u8>, u64), DeltaError> {
    let short = || DeltaError::Malformed("it ends within its recipe");
    let end = content.size().checked_sub(TAIL as u64).ok_or_else(short)?;
    let tail = content.read(end, TAIL)?;
    let length = tail.try_into().map(u32::from_le_bytes).map_err(|_| short())?;
    let length = usize::try_from(length).ok().filter(|length| *length <= bounds::RECIPE).ok_or_else(short)?;
    let at = end.checked_sub(length as u64).filter(|at| *at >= HEAD as u64).ok_or_else(short)?;
    let compressed = content.read(at, length)?;
    let recipe = zstd::bulk::decompress(&compressed, capacity(&compressed)?);
    Ok((recipe.map_err(|_| DeltaError::Malformed("its recipe is damaged"))?, at))
}

/// The content length in a frame's header.
fn capacity(frame: &[u8]) -> Result<usize, DeltaError> {
    let told = zstd::zstd_safe::get_frame_content_size(frame).ok().flatten();
    let told = told.and_then(|told| usize::try_from(told).ok()).filter(|told| *told <= bounds::RECIPE);
    told.ok_or(DeltaError::Malformed("its recipe is too long"))
}

impl Recipe {
    /// The beginning of a delta, before its patches.
    pub(crate) fn head() -> [u8; HEAD] {
        let [a, b, c, d, e, f, g] = *MAGIC;
        [a, b, c, d, e, f, g, VERSION]
    }

    /// The end of a delta, after its patches.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, DeltaError> {
        let mut bytes = zstd::bulk::compress(&self.plain(), 19)?;
        let length = u32::try_from(bytes.len());
        let length = length.map_err(|_| DeltaError::Malformed("its recipe is too long"))?;
        bytes.extend_from_slice(&length.to_le_bytes());
        Ok(bytes)
    }

    fn plain(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_blob(&mut out, &self.target);
        put(&mut out, self.sources.len() as u64);
        self.sources.iter().for_each(|source| put_blob(&mut out, source));
        put(&mut out, self.encoders.len() as u64);
        for encoder in &self.encoders {
            put_text(&mut out, encoder.name.as_bytes());
            put_text(&mut out, encoder.version.as_bytes());
            out.extend_from_slice(&encoder.level.to_le_bytes());
        }
        put(&mut out, self.renames.len() as u64);
        for (from, to) in &self.renames {
            put_text(&mut out, from);
            put_text(&mut out, to);
        }
        put(&mut out, self.pieces.len() as u64);
        self.pieces.iter().for_each(|piece| piece.put(&mut out));
        put(&mut out, self.patches.len() as u64);
        self.patches.iter().for_each(|patch| patch.put(&mut out));
        out
    }

    fn parse(bytes: &[u8], patches: u64) -> Result<Recipe, DeltaError> {
        let mut wire = Wire(bytes);
        let recipe = Recipe {
            target: blob(&mut wire)?,
            sources: wire.list(blob)?,
            encoders: wire.list(encoder)?,
            renames: wire
                .list(|wire| Ok((wire.text()?.to_vec(), wire.text()?.to_vec())))?
                .into_iter()
                .collect(),
            pieces: wire.list(Piece::parse)?,
            patches: wire.list(Patch::parse)?,
        };
        match wire.0.is_empty() {
            true => recipe.checked(patches),
            false => Err(DeltaError::Malformed("something follows its recipe")),
        }
    }

    /// Checks values that depend on each other: positions in sources, and sums.
    fn checked(self, patches: u64) -> Result<Recipe, DeltaError> {
        let within = |source: usize, at: u64, length: u64| {
            let end = at.checked_add(length);
            self.sources.get(source).zip(end).is_some_and(|(source, end)| end <= source.size)
        };
        let whole = |piece: &Piece| match *piece {
            Piece::Raw { source, at, length } => within(source, at, length),
            Piece::Plain { .. } => true,
            Piece::Made { encoder, .. } => encoder < self.encoders.len(),
        };
        let parts = || self.patches.iter().flat_map(|patch| &patch.dictionary);
        if self.sources.len() > bounds::SOURCES
            || !self.pieces.iter().all(whole)
            || !parts().all(|part| within(part.source, part.at, part.length as u64))
        {
            return Err(DeltaError::Malformed("it names what its sources do not have"));
        }
        let distinct: BTreeSet<&Encoder> = self.encoders.iter().collect();
        if self.encoders.len() > bounds::ENCODERS || distinct.len() != self.encoders.len() {
            return Err(DeltaError::Malformed("it names an encoder twice, or too many"));
        }
        let fits = |patch: &Patch| {
            patch.dictionary.iter().map(|part| part.plain).sum::<usize>() <= bounds::DICTIONARY
        };
        if !self.patches.iter().all(fits) {
            return Err(DeltaError::Malformed("a dictionary of it is too large"));
        }
        let made: u64 = self.pieces.iter().map(Piece::taken).sum();
        let given: u64 = self.patches.iter().map(|patch| patch.length as u64).sum();
        let frames: u64 = self.patches.iter().map(|patch| patch.frame as u64).sum();
        let read: u64 = parts().map(|part| part.plain as u64).sum();
        let held = self.sources.iter().fold(0u64, |sum, source| sum.saturating_add(source.size));
        let excess =
            made > self.target.size.saturating_mul(bounds::RATIO) || read > held.saturating_mul(bounds::READ);
        if made != given || frames != patches || excess {
            return Err(DeltaError::Malformed("its parts do not make one blob"));
        }
        Ok(self)
    }
}

impl Piece {
    /// The number of bytes of the patches that it uses.
    pub(crate) fn taken(&self) -> u64 {
        match *self {
            Piece::Raw { .. } => 0,
            Piece::Plain { length } | Piece::Made { length, .. } => length as u64,
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        match *self {
            Piece::Raw { source, at, length } => {
                put(out, 0);
                [source as u64, at, length].into_iter().for_each(|number| put(out, number));
            }
            Piece::Plain { length } => [1, length as u64].into_iter().for_each(|number| put(out, number)),
            Piece::Made { encoder, length } => {
                [2 + encoder as u64, length as u64].into_iter().for_each(|number| put(out, number));
            }
        }
    }

    fn parse(wire: &mut Wire<'_>) -> Result<Piece, DeltaError> {
        match wire.small(bounds::SOURCES)? {
            0 => {
                let source = wire.small(bounds::SOURCES)?;
                Ok(Piece::Raw { source, at: wire.number()?, length: wire.number()? })
            }
            1 => Ok(Piece::Plain { length: wire.small(bounds::MEMBER)? }),
            kind => Ok(Piece::Made { encoder: kind - 2, length: wire.small(bounds::MEMBER)? }),
        }
    }
}

impl Patch {
    fn put(&self, out: &mut Vec<u8>) {
        put(out, self.dictionary.len() as u64);
        for part in &self.dictionary {
            let numbers = [part.source as u64, part.at, part.length as u64, part.plain as u64];
            numbers.into_iter().for_each(|number| put(out, number));
        }
        put(out, self.length as u64);
        put(out, self.frame as u64);
    }

    fn parse(wire: &mut Wire<'_>) -> Result<Patch, DeltaError> {
        let part = |wire: &mut Wire<'_>| {
            let source = wire.small(bounds::SOURCES)?;
            let at = wire.number()?;
            let (length, plain) = (wire.small(2 * bounds::MEMBER)?, wire.small(bounds::MEMBER)?);
            Ok(Part { source, at, length, plain })
        };
        let dictionary = wire.list(part)?;
        Ok(Patch { dictionary, length: wire.small(bounds::PATCH)?, frame: wire.small(2 * bounds::PATCH)? })
    }
}

fn put_blob(out: &mut Vec<u8>, blob: &SourceBlob) {
    out.extend_from_slice(blob.digest.as_bytes());
    put(out, blob.size);
}

fn blob(wire: &mut Wire<'_>) -> Result<SourceBlob, DeltaError> {
    Ok(SourceBlob { digest: wire.digest()?, size: wire.number()? })
}

fn encoder(wire: &mut Wire<'_>) -> Result<Encoder, DeltaError> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec());
    let unreadable = |_| DeltaError::Malformed("a name in it is no text");
    let name = text(wire.text()?).map_err(unreadable)?;
    let version = text(wire.text()?).map_err(unreadable)?;
    let level = wire.level()?;
    Ok(Encoder { name, version, level })
}
