//! Deltas, for the fuzz targets only. In: any bytes. Out: nothing; a violated property panics.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::io;

use fourply_blob::{BlobError, Codec, Compressor, Digest};

use crate::bounds;
use crate::members::walk;
use crate::names::Names;
use crate::predict::predict;
use crate::wire::{put, put_text};
use crate::{Content, Delta, DeltaError, Source, SourceBlob, Sources, Target, diff, rebuild};

/// The only source of [`seed`]'s deltas.
fn old() -> Result<Vec<u8>, BlobError> {
    layer(&[b"old ".repeat(300), b"same".to_vec()])
}

/// A delta's bytes, rebuilt with the source of [`seed`]; a blob's bytes, split; and a recipe, packed into a delta.
pub fn delta(bytes: &[u8]) {
    let Ok(old) = old() else { return };
    let sources = [(Digest::of(&old), Content::Bytes(old.into()))].into();
    for bytes in [bytes.to_vec(), packed(bytes)] {
        opened(bytes, &sources);
    }
    let mut names = Names::default();
    let read = walk(&Content::Bytes(bytes.into()), |member| {
        assert!(member.plain.len() <= bounds::MEMBER);
        names.labels(&member.plain, &mut |_| ());
        Ok::<_, io::Error>(true)
    });
    assert!(read.is_ok());
    let mut predicted = bytes.to_vec();
    let renames = [(b"a@1".to_vec(), b"a@1.0.0".to_vec())].into();
    predict(&mut predicted, &renames, &mut Default::default());
    assert_eq!(predicted.len(), bytes.len());
}

fn opened(bytes: Vec<u8>, sources: &BTreeMap<Digest, Content>) {
    let Ok(delta) = Delta::open(Content::Bytes(bytes.into())) else { return };
    let mut made = Vec::new();
    if rebuild(&delta, sources, &mut made).is_ok() {
        assert_eq!(Digest::of(&made), delta.target().digest);
    }
    assert!(made.len() as u64 <= delta.target().size);
}

/// The bytes as the recipe of a delta without patches.
fn packed(recipe: &[u8]) -> Vec<u8> {
    let recipe = zstd::bulk::compress(recipe, 1).unwrap_or_default();
    let length = (recipe.len() as u32).to_le_bytes();
    [b"4plydlt\x01", &recipe[..], &length].concat()
}

fn layer(members: &[Vec<u8>]) -> Result<Vec<u8>, BlobError> {
    let (mut layer, mut compressor) = (Vec::new(), Compressor::new(Codec::Gzip)?);
    members.iter().try_for_each(|member| compressor.compress(member, &mut layer))?;
    Ok(layer)
}

/// A delta that can be rebuilt, and the recipe of another one.
pub fn seeds() -> Result<Vec<Vec<u8>>, DeltaError> {
    let content = |bytes: &[u8]| Content::Bytes(bytes.into());
    let blob = |bytes: &[u8]| SourceBlob { digest: Digest::of(bytes), size: bytes.len() as u64 };
    let (old, new) = (old()?, layer(&[b"same".to_vec(), b"old new ".repeat(300)])?);
    let source = Source { blob: blob(&old), content: content(&old), names: Vec::new() };
    let target = Target { blob: blob(&new), content: content(&new), names: Vec::new() };
    let mut delta = Vec::new();
    diff(&target, &Sources::index(vec![source])?, &mut delta)?;
    let mut recipe = blob(&old).digest.as_bytes().to_vec();
    put(&mut recipe, old.len() as u64);
    put(&mut recipe, 1);
    recipe.extend_from_slice(blob(&old).digest.as_bytes());
    put(&mut recipe, old.len() as u64);
    put(&mut recipe, 0);
    put(&mut recipe, 1);
    [b"a@1", b"a@2"].into_iter().for_each(|name| put_text(&mut recipe, name));
    [1, 0, 0, 0, old.len() as u64, 0].into_iter().for_each(|number| put(&mut recipe, number));
    Ok(vec![delta, recipe])
}
