//! The receiver's blobs → an index of their members. In: blobs. Out: the member with exactly the given bytes, and
//! similar members: those with the same files, regardless of version. For each member, its location and labels are
//! kept, never its bytes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io;

use fourply_blob::Digest;

use crate::bounds;
use crate::content::Content;
use crate::error::DeltaError;
use crate::members::{Form, Member, single, walk};
use crate::names::{Label, Names, named};
use crate::recipe::{Part, SourceBlob};
use crate::versions::Versions;

/// The most members under one label: more would not fit into a dictionary.
const ALIKE: usize = 16;

/// One blob of the receiver.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its identity.
    pub blob: SourceBlob,
    /// Its bytes.
    pub content: Content,
    /// Names of its content, if it is not a layer: a blob with the same name is expected to be similar.
    pub names: Vec<String>,
}

/// An index of all sources.
#[derive(Debug, Default)]
pub struct Sources {
    pub(crate) all: Vec<Source>,
    members: Vec<Part>,
    exact: HashMap<Digest, usize>,
    paths: HashMap<u64, Vec<usize>>,
    folders: HashMap<u64, Vec<usize>>,
    /// Names of folders in the sources. The target blobs' names must be added here.
    pub versions: Versions,
}

impl Sources {
    /// Reads all sources; a foreign one is used up to its first foreign member.
    ///
    /// # Errors
    /// If a source cannot be read.
    pub fn index(all: Vec<Source>) -> io::Result<Sources> {
        let mut index = Sources::default();
        for (number, source) in all.iter().enumerate() {
            let mut names = Names::default();
            walk(&source.content, |member| {
                let labels = index.labels(&mut names, &member, &source.names);
                index.add(number, &member, &labels);
                Ok::<_, io::Error>(true)
            })?;
        }
        index.all = all;
        Ok(index)
    }

    fn labels(&mut self, names: &mut Names, member: &Member, own: &[String]) -> Vec<Label> {
        let versions = &mut self.versions;
        labels(names, member, own, &mut |path| versions.old(path))
    }

    fn add(&mut self, source: usize, member: &Member, labels: &[Label]) {
        let (length, plain) = (member.compressed.len(), member.plain.len());
        let number = self.members.len();
        self.members.push(Part { source, at: member.at, length, plain });
        self.exact.entry(Digest::of(&member.compressed)).or_insert(number);
        for label in labels {
            note(&mut self.paths, label.path, number);
            note(&mut self.folders, label.folder, number);
        }
    }

    /// The member with exactly these bytes.
    pub(crate) fn exact(&self, compressed: &[u8]) -> Option<Part> {
        self.members.get(*self.exact.get(&Digest::of(compressed))?).copied()
    }

    /// The members most similar to one with these labels, as many as a dictionary holds, by position.
    pub(crate) fn alike(&self, labels: &[Label]) -> Vec<Part> {
        let mut scores = score(&self.paths, labels.iter().map(|label| (label.path, label.bytes)));
        if scores.is_empty() {
            scores = score(&self.folders, labels.iter().map(|label| (label.folder, label.bytes)));
        }
        let mut best: Vec<(usize, usize)> = scores.into_iter().collect();
        best.sort_unstable_by_key(|(number, score)| (Reverse(*score), *number));
        let mut room = bounds::GATHERED_DICTIONARY;
        let best = best.into_iter().filter_map(|(number, _)| self.members.get(number));
        let fits = |part: &&Part| {
            let fits = part.plain <= room;
            room -= if fits { part.plain } else { 0 };
            fits
        };
        let mut chosen: Vec<Part> = best.take(ALIKE).filter(fits).copied().collect();
        chosen.sort_unstable();
        chosen
    }

    /// The uncompressed bytes of a member.
    pub(crate) fn plain(&self, part: &Part) -> Result<Vec<u8>, DeltaError> {
        let source = self.all.get(part.source).ok_or(DeltaError::Malformed("it names no source"))?;
        member(&source.content, &source.blob.digest, part)
    }

    /// The content of each, by digest.
    pub fn contents(&self) -> BTreeMap<Digest, Content> {
        self.all.iter().map(|source| (source.blob.digest, source.content.clone())).collect()
    }
}

/// Reads and decompresses one member.
pub(crate) fn member(content: &Content, digest: &Digest, part: &Part) -> Result<Vec<u8>, DeltaError> {
    let compressed = content.read(part.at, part.length)?;
    let missing = || DeltaError::Member { digest: *digest, at: part.at, length: part.length as u64 };
    single(&compressed, part.plain).ok_or_else(missing)
}

/// The labels of a member: of its entries in a layer, otherwise of its name.
pub(crate) fn labels(
    names: &mut Names,
    member: &Member,
    own: &[String],
    seen: &mut dyn FnMut(&[u8]),
) -> Vec<Label> {
    match member.form {
        Form::Plain => own.iter().map(|name| named(name, member.plain.len())).collect(),
        Form::Gzip | Form::Zstd => names.labels(&member.plain, seen),
    }
}

fn note(under: &mut HashMap<u64, Vec<usize>>, label: u64, number: usize) {
    let numbers = under.entry(label).or_default();
    if numbers.last() != Some(&number) && numbers.len() < ALIKE {
        numbers.push(number);
    }
}

/// For each member, the bytes of all shared labels; a label that many members have counts less.
fn score(
    under: &HashMap<u64, Vec<usize>>,
    labels: impl Iterator<Item = (u64, usize)>,
) -> HashMap<usize, usize> {
    let mut scores = HashMap::new();
    for (label, bytes) in labels {
        let found = under.get(&label).map(Vec::as_slice).unwrap_or_default();
        for number in found {
            *scores.entry(*number).or_default() += bytes / found.len() + 1;
        }
    }
    scores
}
