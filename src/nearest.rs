//! Which of some words one was meant: a word and the known ones come in, the nearest goes out. It must not know what the words stand for.

use std::collections::BTreeSet;

/// What differs least from a word: in a third of its letters, at most three.
pub(crate) fn nearest<'a>(word: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    const LONGEST: usize = 100;
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let near = known.iter().filter(|name| name.len().max(word.len()) <= LONGEST);
    let scored = near.map(|name| (strsim::osa_distance(name, word), *name));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name)
}
