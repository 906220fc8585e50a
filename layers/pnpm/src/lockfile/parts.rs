//! Reads a large lockfile on all cores: `packages` and `snapshots` are cut between their entries, which are independent
//! of each other. If anything looks unusual, the caller reads the file in one piece, which also gives better error
//! texts.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::de::DeserializeOwned;

use super::raw::{File, Map};
use crate::yaml;

/// Smaller texts are read in one piece.
const SMALLEST: usize = 64 << 10;

/// The approximate length of a piece.
const PIECE: usize = 64 << 10;

/// Reads the text in pieces; `None` if it is small, or if a piece is not valid on its own.
pub(super) fn parse(text: &str) -> Option<File> {
    let cut = (text.len() >= SMALLEST).then(|| cut(text))??;
    let (rest, lists) = rayon::join(
        || yaml::parse::<File>(&cut.rest).ok(),
        || rayon::join(|| merged(&cut.packages), || merged(&cut.snapshots)),
    );
    let mut file = rest?;
    file.packages = lists.0?;
    file.snapshots = Some(lists.1?);
    Some(file)
}

/// A text without two of its sections, and these sections in pieces.
struct Cut<'a> {
    rest: String,
    packages: Vec<&'a str>,
    snapshots: Vec<&'a str>,
}

fn cut(text: &str) -> Option<Cut<'_>> {
    let (before, packages, after) = section(text, "packages:\n")?;
    let (between, snapshots, end) = section(after, "snapshots:\n")?;
    Some(Cut {
        rest: [before, between, end].concat(),
        packages: pieces(packages),
        snapshots: pieces(snapshots),
    })
}

/// The text before a heading, the indented lines below it, and the rest.
fn section<'a>(text: &'a str, heading: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let at_line = |at: &usize| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
    let at = text.match_indices(heading).map(|(at, _)| at).find(at_line)?;
    let (before, rest) = (text.get(..at)?, text.get(at + heading.len()..)?);
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if !line.starts_with([' ', '\n']) {
            break;
        }
        end += line.len();
    }
    let (body, after) = rest.split_at_checked(end)?;
    Some((before, body, after))
}

fn pieces(section: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    for line in section.split_inclusive('\n') {
        if at - start >= PIECE && begins_entry(line) {
            pieces.extend(section.get(start..at));
            start = at;
        }
        at += line.len();
    }
    pieces.extend(section.get(start..));
    pieces
}

/// An entry's key is indented by two spaces. `  : value` belongs to the `  ? key` before it.
fn begins_entry(line: &str) -> bool {
    line.strip_prefix("  ").is_some_and(|key| !key.starts_with([' ', '\n', ':', '#']))
}

/// The pieces as one map; `None` if a key occurs in two of them.
fn merged<T: DeserializeOwned + Send>(pieces: &[&str]) -> Option<Map<Option<T>>> {
    let maps = pieces
        .par_iter()
        .filter(|piece| !piece.trim().is_empty())
        .map(|piece| yaml::parse::<Map<Option<T>>>(piece));
    let maps = maps.collect::<Result<Vec<_>, _>>().ok()?;
    let count: usize = maps.iter().map(BTreeMap::len).sum();
    let merged: Map<Option<T>> = maps.into_iter().flatten().collect();
    (merged.len() == count).then_some(merged)
}

#[cfg(test)]
mod tests;
