//! A blob and sources → a delta. In: the blob's bytes, an index of the sources. Out: the delta's bytes, the same for
//! the same input; or the result that the blob cannot be reproduced here, for example because another program
//! compressed it.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;

use fourply_blob::{Codec, Compressor, Encoder};

use crate::bounds;
use crate::content::Content;
use crate::error::DeltaError;
use crate::members::{Form, Member, walk};
use crate::names::Names;
use crate::patch;
use crate::predict::{Renames, predict};
use crate::recipe::{Part, Patch, Piece, Recipe, SourceBlob};
use crate::sources::{Sources, labels};

/// A blob to express as a delta.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its identity.
    pub blob: SourceBlob,
    /// Its bytes.
    pub content: Content,
    /// Names of its content, if it is not a layer.
    pub names: Vec<String>,
}

/// Writes the delta that produces the target. Returns `false` if there is none; the written bytes must then be
/// discarded.
///
/// # Errors
/// If a blob cannot be read or the delta cannot be written.
pub fn diff(target: &Target, sources: &Sources, out: &mut dyn Write) -> Result<bool, DeltaError> {
    let mut diff = Diff::new(target, sources, out);
    diff.out.write_all(&Recipe::head())?;
    let whole = walk(&target.content, |member| diff.member(member))?;
    if !whole {
        return Ok(false);
    }
    diff.flush()?;
    diff.finish()?;
    Ok(true)
}

struct Diff<'d> {
    target: &'d Target,
    sources: &'d Sources,
    out: &'d mut dyn Write,
    renames: Renames,
    used: BTreeSet<Vec<u8>>,
    names: Names,
    encoders: Encoders,
    pieces: Vec<Piece>,
    patches: Vec<Patch>,
    /// The content of the next patch, and its dictionary.
    gathered: Vec<u8>,
    dictionary: Vec<Part>,
}

impl<'d> Diff<'d> {
    fn new(target: &'d Target, sources: &'d Sources, out: &'d mut dyn Write) -> Diff<'d> {
        Diff {
            target,
            sources,
            out,
            renames: sources.versions.renames(),
            used: BTreeSet::new(),
            names: Names::default(),
            encoders: Encoders::default(),
            pieces: Vec::new(),
            patches: Vec::new(),
            gathered: Vec::new(),
            dictionary: Vec::new(),
        }
    }

    fn member(&mut self, member: Member) -> Result<bool, DeltaError> {
        let labels = labels(&mut self.names, &member, &self.target.names, &mut |_| ());
        if let Some(part) = self.sources.exact(&member.compressed) {
            self.raw(&part);
            return Ok(true);
        }
        let length = member.plain.len();
        let Some(piece) = self.encoders.piece(&member)? else { return Ok(false) };
        let parts = self.sources.alike(&labels);
        if !self.has_room(length, &parts) {
            self.flush()?;
        }
        self.pieces.push(piece);
        self.gathered.extend_from_slice(&member.plain);
        let known: BTreeSet<Part> = self.dictionary.iter().copied().collect();
        self.dictionary.extend(parts.into_iter().filter(|part| !known.contains(part)));
        Ok(true)
    }

    fn raw(&mut self, part: &Part) {
        let more = part.length as u64;
        match self.pieces.last_mut() {
            Some(Piece::Raw { source, at, length }) if *source == part.source && *at + *length == part.at => {
                *length += more;
            }
            _ => self.pieces.push(Piece::Raw { source: part.source, at: part.at, length: more }),
        }
    }

    fn has_room(&self, length: usize, parts: &[Part]) -> bool {
        let more = parts.iter().filter(|part| !self.dictionary.contains(part));
        let dictionary: usize = self.dictionary.iter().chain(more).map(|part| part.plain).sum();
        self.gathered.len() + length <= bounds::GATHERED && dictionary <= bounds::GATHERED_DICTIONARY
    }

    /// Writes the gathered bytes as one patch.
    fn flush(&mut self) -> Result<(), DeltaError> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let mut dictionary = Vec::new();
        for part in &self.dictionary {
            let mut plain = self.sources.plain(part)?;
            predict(&mut plain, &self.renames, &mut self.used);
            dictionary.extend_from_slice(&plain);
        }
        let frame = patch::compress(&self.gathered, &dictionary)?;
        self.out.write_all(&frame)?;
        let length = self.gathered.len();
        self.gathered.clear();
        let dictionary = std::mem::take(&mut self.dictionary);
        self.patches.push(Patch { dictionary, length, frame: frame.len() });
        Ok(())
    }

    /// Writes the recipe, with only the needed sources.
    fn finish(mut self) -> Result<(), DeltaError> {
        let mut needed = HashMap::new();
        let mut sources = Vec::new();
        let all = &self.sources.all;
        let mut number_of = |source: &mut usize| {
            let next = needed.len();
            let number = *needed.entry(*source).or_insert(next);
            if number == next {
                sources.extend(all.get(*source).map(|source| source.blob));
            }
            *source = number;
        };
        for piece in &mut self.pieces {
            if let Piece::Raw { source, .. } = piece {
                number_of(source);
            }
        }
        let parts = self.patches.iter_mut().flat_map(|patch| &mut patch.dictionary);
        parts.for_each(|part| number_of(&mut part.source));
        self.renames.retain(|old, _| self.used.contains(old));
        let recipe = Recipe {
            target: self.target.blob,
            sources,
            encoders: self.encoders.used.iter().map(|codec| Encoder::of(*codec)).collect(),
            renames: self.renames,
            pieces: self.pieces,
            patches: self.patches,
        };
        Ok(self.out.write_all(&recipe.to_bytes()?)?)
    }
}

/// Finds the encoder that wrote a member.
#[derive(Default)]
struct Encoders {
    used: Vec<Codec>,
    compressors: HashMap<&'static str, Compressor>,
    scratch: Vec<u8>,
}

impl Encoders {
    /// The piece that reproduces this member, or `None`.
    fn piece(&mut self, member: &Member) -> Result<Option<Piece>, DeltaError> {
        let length = member.plain.len();
        if member.form == Form::Plain {
            return Ok(Some(Piece::Plain { length }));
        }
        for codec in self.candidates(member.form) {
            if self.makes(codec, member)? {
                let known = self.used.iter().position(|used| *used == codec);
                let encoder = known.unwrap_or_else(|| {
                    self.used.push(codec);
                    self.used.len() - 1
                });
                return Ok(Some(Piece::Made { encoder, length }));
            }
        }
        Ok(None)
    }

    /// The candidates; those that wrote earlier members come first.
    fn candidates(&self, form: Form) -> Vec<Codec> {
        let mut all = form.codecs().to_vec();
        all.sort_by_key(|codec| self.used.iter().position(|used| used == codec).unwrap_or(usize::MAX));
        all
    }

    fn makes(&mut self, codec: Codec, member: &Member) -> Result<bool, DeltaError> {
        if !self.compressors.contains_key(codec.name()) {
            self.compressors.insert(codec.name(), Compressor::new(codec)?);
        }
        let Some(compressor) = self.compressors.get_mut(codec.name()) else { return Ok(false) };
        self.scratch.clear();
        compressor.compress(&member.plain, &mut self.scratch)?;
        Ok(self.scratch == member.compressed)
    }
}
